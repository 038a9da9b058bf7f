//! How much a call costs and how large its result is, from what its declaration says.

use super::bulk::{Bulk, ELEMENT, PRINTED, join_all};

/// What compiling a pattern costs at most; the automata of a pattern have a largest size.
const COMPILE: u64 = 100_000;

/// The most elements that `lists.range` gives.
const LONGEST_RANGE: u64 = 100_000;

/// What a call costs and how large its result is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Cost {
    pub(crate) work: Work,
    pub(crate) gives: Growth,
}

/// What is done besides the call itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Work {
    /// Nothing that grows with the arguments.
    Fixed,
    /// Every byte and element of the arguments is looked at.
    Scan,
    /// The same, and the result is written.
    Make,
    /// As much as the shorter argument has is looked at.
    Shorter,
    /// Every part of the first argument is compared with the whole second one.
    Product,
    /// Every element of the first list is compared with every one of the last.
    Pairs,
    /// The elements are put in order.
    Sort,
    /// A pattern is compiled and run.
    Match,
    /// A pattern is compiled and run from one match to the next, and the result is written.
    Search,
}

/// How large the result is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Growth {
    /// No size.
    Scalar,
    /// As large as the first argument.
    First,
    /// As large as the first or the second argument, or what is in them.
    Either,
    /// The text of a scalar, or a text as it is.
    Printed,
    /// Three bytes for one, and a few.
    Triple,
    /// Parts of a text.
    Parts,
    /// A part of a text, if there is one.
    OptionalText,
    /// All texts of a list with the separator between them.
    Joined,
    /// A text with every part replaced.
    Replaced,
    /// A template with its clauses filled in.
    Formatted,
    /// Ints from 0.
    Range,
    /// The elements of the elements.
    Flat,
    /// An optional of an element.
    OptionalElement,
    /// An optional of the argument.
    Optional,
    /// The value of an optional.
    Inner,
    /// The values of the optionals of a list.
    Unwrapped,
}

impl Cost {
    /// A call that costs a step.
    pub(crate) const STEP: Cost = Cost::of(Work::Fixed, Growth::Scalar);
    /// A call that looks at all of its arguments.
    pub(crate) const SCAN: Cost = Cost::of(Work::Scan, Growth::Scalar);

    /// A cost.
    pub(crate) const fn of(work: Work, gives: Growth) -> Cost {
        Cost { work, gives }
    }
}

/// The steps of looking at so many bytes.
pub(super) fn bytes(weight: u64) -> u64 {
    weight.div_ceil(16)
}

/// The steps of a call whose arguments and result are so large.
pub(crate) fn call(cost: Cost, args: &[Bulk], result: &Bulk) -> u64 {
    let compile = match cost.work {
        Work::Match | Work::Search => COMPILE,
        _ => 0,
    };
    search(cost, args, result).saturating_add(compile)
}

/// The same where the pattern is compiled already.
pub(crate) fn search(cost: Cost, args: &[Bulk], result: &Bulk) -> u64 {
    let weights = args.iter().map(|arg| bytes(arg.weight));
    let all = weights.fold(0_u64, u64::saturating_add);
    let of = |at: usize| args.get(at).map_or(0, |arg| bytes(arg.weight));
    let work = match cost.work {
        Work::Fixed => 0,
        Work::Scan => all,
        Work::Make => all.saturating_add(bytes(result.weight)),
        Work::Shorter => of(0).min(of(1)),
        Work::Product => args
            .iter()
            .take(2)
            .map(|arg| arg.len.saturating_add(1))
            .fold(1, u64::saturating_mul),
        Work::Pairs => pairs(args),
        Work::Sort => args.first().map_or(0, sort),
        Work::Match => machine(args),
        Work::Search => machine(args)
            .saturating_mul(of(0).saturating_add(1))
            .saturating_add(all)
            .saturating_add(bytes(result.weight)),
    };
    work.saturating_add(1)
}

/// The steps of putting a list in order.
pub(super) fn sort(list: &Bulk) -> u64 {
    let rounds = u64::from(u64::BITS - list.len.leading_zeros()).saturating_add(1);
    let comparison = bytes(list.element().weight).saturating_add(1);
    list.len.saturating_mul(rounds).saturating_mul(comparison)
}

fn pairs(args: &[Bulk]) -> u64 {
    let (Some(a), Some(b)) = (args.first(), args.last()) else {
        return 0;
    };
    let comparison = bytes(a.element().weight.min(b.element().weight)).saturating_add(1);
    let once = a.len.saturating_mul(b.len).saturating_mul(comparison);
    // Both ways.
    once.saturating_mul(2)
}

/// The steps of a pattern over a text: linear in both.
pub(super) fn machine(args: &[Bulk]) -> u64 {
    let of = |at: usize| args.get(at).map_or(0, |arg| bytes(arg.weight));
    of(0)
        .saturating_add(1)
        .saturating_mul(of(1).saturating_add(1).saturating_mul(4))
}

/// How large the result of a call is.
pub(crate) fn result(gives: Growth, args: &[Bulk]) -> Bulk {
    let nothing = Bulk::scalar();
    let first = args.first().unwrap_or(&nothing);
    let second = args.get(1).unwrap_or(&nothing);
    match gives {
        Growth::Scalar => Bulk::scalar(),
        Growth::First => first.clone(),
        Growth::Either => first.inner().or(first.clone()).or(second.clone()),
        Growth::Printed => Bulk::text(first.weight.saturating_mul(4).max(PRINTED)),
        Growth::Triple => Bulk::text(first.weight.saturating_mul(3).saturating_add(4)),
        Growth::Parts => parts_of(first),
        Growth::OptionalText => Bulk::optional(first.clone()),
        Growth::Joined => Bulk::text(
            first
                .weight
                .saturating_add(first.len.saturating_mul(second.weight)),
        ),
        Growth::Replaced => replaced(first, args),
        Growth::Formatted => Bulk::text(
            first
                .weight
                .saturating_add(second.weight.saturating_mul(4))
                .saturating_add(second.len.saturating_mul(512)),
        ),
        Growth::Range => Bulk::list(LONGEST_RANGE, Bulk::scalar()),
        Growth::Flat => flat(first),
        Growth::OptionalElement => Bulk::optional(first.element()),
        Growth::Optional => Bulk::optional(first.clone()),
        Growth::Inner => first.inner(),
        Growth::Unwrapped => Bulk::list(first.len, first.element().inner()).within(first.weight),
    }
}

/// Parts of a text: at most one for each byte and one more, together no longer than the text.
fn parts_of(text: &Bulk) -> Bulk {
    let count = text.len.saturating_add(1);
    let weight = count.saturating_mul(ELEMENT).saturating_add(text.len);
    Bulk::list(count, Bulk::text(text.len)).within(weight)
}

/// Each byte replaced by the last text; a group, written in two bytes, is as long as the match.
fn replaced(text: &Bulk, args: &[Bulk]) -> Bulk {
    let by = join_all(args.iter().skip(1).cloned());
    let places = text.len.saturating_add(1);
    Bulk::text(
        text.len
            .saturating_add(places.saturating_mul(by.len).saturating_mul(2)),
    )
}

fn flat(list: &Bulk) -> Bulk {
    // Every element below weighs something.
    let count = (list.weight / ELEMENT).max(list.len);
    let element = list.element().or(Bulk::any(list.weight, list.weight));
    Bulk::list(count, element).within(list.weight)
}
