//! The walk over an expression that adds up its cost, from the inside out.

use super::bulk::{Bulk, ELEMENT, join_all};
use super::function::{bytes, machine, sort};
use super::{Estimate, Part, call, describe, operation, result, search};
use crate::program::FEW;
use crate::{
    Comprehension, ComprehensionKind, Fact, FactTable, Function, Ir, ListElement, MapElement,
    Missing, Operator, OwnedValue,
};
use smol_str::SmolStr;

/// A cost and the size of the result.
type Costs = (u64, Bulk);

pub(super) fn estimate(ir: &Ir, facts: &FactTable, bytes: &dyn Fn(&Fact) -> u64) -> Estimate {
    let mut walk = Walk {
        facts,
        bytes,
        scope: Vec::new(),
        dearest: None,
    };
    let (steps, _) = walk.of(ir);
    Estimate {
        steps,
        dearest: walk.dearest,
    }
}

struct Walk<'w> {
    facts: &'w FactTable,
    bytes: &'w dyn Fn(&Fact) -> u64,
    /// How large variables are; the innermost is the last.
    scope: Vec<Bulk>,
    dearest: Option<Part>,
}

impl Walk<'_> {
    fn of(&mut self, ir: &Ir) -> Costs {
        match ir {
            Ir::Const(value) => (0, Bulk::of_value(value)),
            Ir::Fail(_) => (0, Bulk::scalar()),
            Ir::Fact(id) => {
                let bulk = self.facts.get(*id).map(|fact| {
                    let bytes = (self.bytes)(fact);
                    Bulk::of_type(&fact.ty, bytes)
                });
                (1, bulk.unwrap_or_else(|| Bulk::any(u64::MAX, u64::MAX)))
            }
            Ir::Local(index) => {
                let found = self.scope.iter().rev().nth(*index as usize).cloned();
                (1, found.unwrap_or_else(Bulk::scalar))
            }
            Ir::Select {
                operand,
                field,
                missing,
            } => {
                let (steps, operand) = self.selected(ir, operand, field);
                (steps, optional_if(*missing, operand.field(field)))
            }
            Ir::HasField { operand, field } => {
                let (steps, _) = self.selected(ir, operand, field);
                (steps, Bulk::scalar())
            }
            Ir::Index {
                operand,
                index,
                missing,
            } => {
                let ((a, operand), (b, index)) = (self.of(operand), self.of(index));
                let own = select(&operand, &index);
                self.note(ir, own, own);
                let steps = a.saturating_add(b).saturating_add(own);
                (steps, optional_if(*missing, operand.read()))
            }
            Ir::Present(operand) => {
                let (steps, _) = self.of(operand);
                (steps.saturating_add(1), Bulk::scalar())
            }
            Ir::Operation(operator, operands) => self.operation(ir, *operator, operands),
            Ir::Call(function, args) => self.call(ir, *function, args),
            Ir::And(parts) | Ir::Or(parts) => (self.sum(parts.iter()).0, Bulk::scalar()),
            Ir::Conditional(parts) => {
                let [condition, then, otherwise] = parts.as_ref();
                let (test, _) = self.of(condition);
                let ((a, then), (b, otherwise)) = (self.of(then), self.of(otherwise));
                let steps = test.saturating_add(a.max(b)).saturating_add(1);
                (steps, then.or(otherwise))
            }
            Ir::Coalesce(parts) => {
                let [left, right] = parts.as_ref();
                let ((a, left), (b, right)) = (self.of(left), self.of(right));
                (a.saturating_add(b).saturating_add(1), left.or(right))
            }
            Ir::List(elements) => self.list(elements),
            Ir::Map(entries) => self.map(entries),
            Ir::Comprehension(comprehension) => self.comprehension(ir, comprehension),
            Ir::Let { value, body } => {
                let (a, value) = self.of(value);
                self.scope.push(value);
                let (b, body) = self.of(body);
                self.scope.pop();
                (a.saturating_add(b).saturating_add(1), body)
            }
            Ir::Switch(switch) => self.switch(switch),
            Ir::Matches { operand, pattern } => {
                let (steps, text) = self.of(operand);
                let own = deciding(&[text.clone(), Bulk::text(pattern.len() as u64)]);
                self.note(ir, own, text.len);
                (steps.saturating_add(own), Bulk::scalar())
            }
            Ir::AnyOf { list, values } => self.any_of(ir, list, values),
        }
    }

    /// The steps of a read of a field, and what it is read from.
    fn selected(&mut self, ir: &Ir, operand: &Ir, field: &str) -> Costs {
        let (steps, operand) = self.of(operand);
        let own = select(&operand, &Bulk::text(field.len() as u64));
        self.note(ir, own, own);
        (steps.saturating_add(own), operand)
    }

    fn list(&mut self, elements: &[ListElement]) -> Costs {
        let (steps, parts) = self.sum(elements.iter().map(|e| &e.value));
        let weight = parts.iter().fold(0_u64, |all, part| {
            all.saturating_add(part.weight).saturating_add(ELEMENT)
        });
        let inner = |(part, e): (Bulk, &ListElement)| match e.optional {
            true => part.inner(),
            false => part,
        };
        let element = join_all(parts.into_iter().zip(elements).map(inner));
        let list = Bulk::list(elements.len() as u64, element).within(weight);
        (steps.saturating_add(1 + list.len), list)
    }

    fn any_of(&mut self, ir: &Ir, list: &Ir, values: &[SmolStr]) -> Costs {
        let (steps, list) = self.of(list);
        let wanted = values.iter().map(|value| value.len() as u64).max();
        let one = bytes(wanted.unwrap_or(0)).saturating_add(1);
        let each = (values.len() as u64).saturating_mul(one);
        let own = list.len.saturating_mul(each).saturating_add(1);
        self.note(ir, own, list.len);
        (steps.saturating_add(own), Bulk::scalar())
    }

    /// The costs and sizes of several parts.
    fn sum<'i>(&mut self, parts: impl Iterator<Item = &'i Ir>) -> (u64, Vec<Bulk>) {
        let (mut steps, mut bulks) = (0_u64, Vec::new());
        for part in parts {
            let (cost, bulk) = self.of(part);
            steps = steps.saturating_add(cost);
            bulks.push(bulk);
        }
        (steps, bulks)
    }

    fn operation(&mut self, ir: &Ir, operator: Operator, operands: &[Ir]) -> Costs {
        let (steps, bulks) = self.sum(operands.iter());
        // Sets of constants are looked up, not searched.
        let (own, result) = match (operator, operands, bulks.as_slice()) {
            (Operator::In, [_, Ir::Const(set)], [element, _]) if looked_up(set) => {
                (bytes(element.weight).saturating_add(1), Bulk::scalar())
            }
            _ => operation(operator, &bulks),
        };
        self.note(
            ir,
            own,
            bulks.iter().map(|bulk| bulk.len).max().unwrap_or(0),
        );
        (steps.saturating_add(own), result)
    }

    fn call(&mut self, ir: &Ir, function: Function, args: &[Ir]) -> Costs {
        let (steps, bulks) = self.sum(args.iter());
        let cost = function.declaration().cost;
        let mut given = result(cost.gives, &bulks);
        if let (super::Growth::Range, [Ir::Const(OwnedValue::Int(count))]) = (cost.gives, args) {
            let count = u64::try_from(*count).unwrap_or(0).min(given.len);
            given = Bulk::list(count, Bulk::scalar());
        }
        let own = match args {
            [_, Ir::Const(OwnedValue::Str(_)), ..] => search(cost, &bulks, &given),
            _ => call(cost, &bulks, &given),
        };
        let size = bulks.iter().map(|bulk| bulk.len).max();
        self.note(ir, own, size.unwrap_or(0).max(given.len));
        (steps.saturating_add(own), given)
    }

    fn map(&mut self, entries: &[MapElement]) -> Costs {
        let (a, keys) = self.sum(entries.iter().map(|e| &e.key));
        let (b, values) = self.sum(entries.iter().map(|e| &e.value));
        let values = values
            .into_iter()
            .zip(entries)
            .map(|(value, e)| if e.optional { value.inner() } else { value });
        let (keys, values) = (join_all(keys), join_all(values));
        let count = entries.len() as u64;
        let own = distinct_keys(count, &keys);
        let steps = a.saturating_add(b).saturating_add(own).saturating_add(1);
        (steps, Bulk::map(count, keys, values).computed())
    }

    fn comprehension(&mut self, ir: &Ir, c: &Comprehension) -> Costs {
        let (steps, range) = self.of(&c.range);
        let depth = self.scope.len();
        if c.two_variables {
            self.scope.extend(range.pair());
        } else {
            self.scope.push(range.element());
        }
        let predicate = c.predicate.as_ref().map_or(0, |p| self.of(p).0);
        let (body, made) = self.of(&c.body);
        self.scope.truncate(depth);
        let turn = predicate.saturating_add(body).saturating_add(1);
        let (extra, result) = collected(c.kind, &range, made);
        let own = range.len.saturating_mul(turn).saturating_add(extra);
        let own = own.saturating_add(1);
        self.note(ir, own, range.len);
        (steps.saturating_add(own), result)
    }

    fn switch(&mut self, switch: &crate::Switch) -> Costs {
        let (mut steps, subject) = self.of(&switch.subject);
        let (mut dearest, mut values) = (0, Vec::new());
        for (pattern, value) in &switch.arms {
            let (test, pattern) = self.of(pattern);
            let compared = super::compared(&subject, &pattern);
            steps = steps
                .saturating_add(test)
                .saturating_add(compared)
                .saturating_add(1);
            let (cost, value) = self.of(value);
            dearest = cost.max(dearest);
            values.push(value);
        }
        if let Some(otherwise) = &switch.otherwise {
            let (cost, value) = self.of(otherwise);
            dearest = cost.max(dearest);
            values.push(value);
        }
        (
            steps.saturating_add(dearest).saturating_add(1),
            join_all(values),
        )
    }

    /// Remembers the dearest part; of parts inside one another the outer one.
    fn note(&mut self, ir: &Ir, steps: u64, size: u64) {
        if self.dearest.as_ref().is_none_or(|part| part.steps <= steps) {
            self.dearest = Some(Part {
                text: describe::part(ir, self.facts, size),
                steps,
                fact: describe::fact(ir, self.facts),
            });
        }
    }
}

/// What `.?field` and `[?index]` give is optional.
fn optional_if(missing: Missing, read: Bulk) -> Bulk {
    match missing {
        Missing::OptionalNone => Bulk::optional(read),
        Missing::Error | Missing::Absent => read,
    }
}

/// The steps of a read: the entries of a computed map are searched one by one.
fn select(operand: &Bulk, key: &Bulk) -> u64 {
    let entries = if operand.has_entries() {
        operand.len
    } else {
        0
    };
    let one = bytes(key.weight).saturating_add(1);
    entries.saturating_mul(one).saturating_add(one)
}

/// The steps of a pattern that is compiled already.
pub(crate) fn deciding(args: &[Bulk]) -> u64 {
    machine(args).saturating_add(1)
}

/// What a macro does besides its turns, and how large its result is.
pub(crate) fn collected(kind: ComprehensionKind, range: &Bulk, made: Bulk) -> Costs {
    let count = range.len;
    match kind {
        ComprehensionKind::All | ComprehensionKind::Exists | ComprehensionKind::ExistsOne => {
            (0, Bulk::scalar())
        }
        ComprehensionKind::List => (count, Bulk::list(count, made)),
        ComprehensionKind::Map => {
            let [key, _] = range.pair();
            (count, Bulk::map(count, key, made).computed())
        }
        ComprehensionKind::MapEntry => {
            let [key, value] = made.pair();
            let count = count.saturating_mul(made.len);
            let steps = distinct_keys(count, &key);
            (steps, Bulk::map(count, key, value).computed())
        }
        ComprehensionKind::SortBy => {
            let keys = Bulk::list(count, made);
            let elements = Bulk::list(count, range.element()).within(range.weight);
            (count.saturating_add(sort(&keys)), elements)
        }
    }
}

/// The steps of finding out that so many keys are distinct.
fn distinct_keys(count: u64, key: &Bulk) -> u64 {
    let one = bytes(key.weight).saturating_add(1);
    // Hashing a key takes less than comparing it with a few.
    let compared = count.min(FEW as u64);
    count.saturating_mul(compared).saturating_mul(one)
}

/// Whether the program has a set for a constant: texts or networks.
fn looked_up(set: &OwnedValue) -> bool {
    match set {
        OwnedValue::List(list) => {
            let text = |value: &OwnedValue| matches!(value, OwnedValue::Str(_));
            let net = |value: &OwnedValue| matches!(value, OwnedValue::Ip(_) | OwnedValue::Cidr(_));
            list.iter().all(text) || list.iter().all(net)
        }
        _ => true,
    }
}
