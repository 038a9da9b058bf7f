//! Checked expressions as plain data: names resolved, facts interned, macros expanded, constants
//! as values, patterns as text. What the graph stores and [`crate::Program`] compiles. Must not
//! know how it is evaluated.

use crate::{EvalError, FactId, Function, OwnedValue};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// A checked expression.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Ir {
    /// A constant.
    Const(OwnedValue),
    /// The read of a fact; absent where there is none.
    Fact(FactId),
    /// A variable of a comprehension or binding: 0 is the innermost.
    Local(u32),
    /// `operand.field` of a map or record.
    Select {
        /// What is read.
        operand: Box<Ir>,
        /// The key.
        field: SmolStr,
        /// What happens where there is nothing.
        missing: Missing,
    },
    /// `operand[index]`.
    Index {
        /// What is read.
        operand: Box<Ir>,
        /// Where.
        index: Box<Ir>,
        /// What happens where there is nothing.
        missing: Missing,
    },
    /// CEL's `has(operand.field)`.
    HasField {
        /// What is looked into.
        operand: Box<Ir>,
        /// The key.
        field: SmolStr,
    },
    /// gw's `has(x)`: x is not absent.
    Present(Box<Ir>),
    /// A prefix or infix operator. Operands that are absent: `==` is false, `!=` true, `in` false,
    /// anything else [`EvalError::Absent`].
    Operation(Operator, Vec<Ir>),
    /// A function of the registry.
    Call(Function, Vec<Ir>),
    /// CEL's `&&` of two or more: false if any is false, else the first error.
    And(Vec<Ir>),
    /// CEL's `||` of two or more: true if any is true, else the first error.
    Or(Vec<Ir>),
    /// `condition ? then : otherwise`.
    Conditional(Box<[Ir; 3]>),
    /// `left ?? right`: right where left is absent.
    Coalesce(Box<[Ir; 2]>),
    /// `[a, b]`.
    List(Vec<ListElement>),
    /// `{ key: value }`.
    Map(Vec<MapElement>),
    /// A macro over the elements of a list or the entries of a map.
    Comprehension(Box<Comprehension>),
    /// Evaluates `value` once and makes it [`Ir::Local`] 0 of `body`.
    Let {
        /// What is bound.
        value: Box<Ir>,
        /// Where it is visible.
        body: Box<Ir>,
    },
    /// `switch subject { pattern => value, _ => otherwise }`; the subject is evaluated once.
    Switch(Box<Switch>),
    /// `operand.matches("pattern")` with a constant pattern, checked.
    Matches {
        /// The text.
        operand: Box<Ir>,
        /// The pattern (RE2 syntax), compiled with the program.
        pattern: SmolStr,
    },
    /// `Enum.variant in list`: the list has one of these values.
    AnyOf {
        /// The list.
        list: Box<Ir>,
        /// The variant and all that inherit it.
        values: Vec<SmolStr>,
    },
    /// An evaluation that always fails; where checking is off, or a constant could not be folded.
    Fail(EvalError),
}

/// What reading a missing key or index gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Missing {
    /// An error, as CEL has it.
    Error,
    /// Absent: an optional field, `?.`, a lookup.
    Absent,
    /// CEL's `optional.none()`: `a.?b`, `a[?b]`.
    OptionalNone,
}

/// Operators that are not short-circuiting.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Operator {
    /// `!`
    Not,
    /// prefix `-`
    Negate,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `in`
    In,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
}

/// An element of a list.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ListElement {
    /// Its value.
    pub value: Ir,
    /// CEL's `[?x]`: left out where x is `optional.none()`.
    pub optional: bool,
}

/// An entry of a map.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MapElement {
    /// Its key.
    pub key: Ir,
    /// Its value.
    pub value: Ir,
    /// CEL's `{?k: v}`: left out where v is `optional.none()`.
    pub optional: bool,
}

/// A macro over a collection. Inside `predicate` and `body` the first variable is [`Ir::Local`]
/// 0, or 1 where there are two.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Comprehension {
    /// What it computes.
    pub kind: ComprehensionKind,
    /// The collection.
    pub range: Ir,
    /// Two variables: index and value of lists, key and value of maps.
    pub two_variables: bool,
    /// Elements for which it is false are skipped.
    pub predicate: Option<Ir>,
    /// What is tested or collected.
    pub body: Ir,
}

/// What a comprehension computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ComprehensionKind {
    /// `all`
    All,
    /// `exists`
    Exists,
    /// `exists_one`
    ExistsOne,
    /// `map`, `filter`, `transformList`: a list of bodies.
    List,
    /// `transformMap`: a map of the same keys with new values.
    Map,
    /// `transformMapEntry`: a map merged from maps.
    MapEntry,
    /// `sortBy`: the elements in the order of their bodies.
    SortBy,
}

/// A choice by equality.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Switch {
    /// What is compared.
    pub subject: Ir,
    /// Patterns with their values, in source order.
    pub arms: Vec<(Ir, Ir)>,
    /// The value where no pattern fits.
    pub otherwise: Option<Ir>,
}

impl Ir {
    /// Calls `visit` for this expression and every one inside it, outermost first.
    pub fn walk<'i>(&'i self, visit: &mut impl FnMut(&'i Ir)) {
        visit(self);
        self.each_child(&mut |child| child.walk(visit));
    }

    /// The facts that the expression may read, each once, in order of first use.
    pub fn facts(&self) -> Vec<FactId> {
        let mut seen = Vec::new();
        self.walk(&mut |ir| {
            if let Ir::Fact(id) = ir
                && !seen.contains(id)
            {
                seen.push(*id);
            }
        });
        seen
    }

    /// The number of nodes.
    pub fn size(&self) -> usize {
        let mut count = 0;
        self.walk(&mut |_| count += 1);
        count
    }

    /// The constant, if it is one.
    pub fn constant(&self) -> Option<&OwnedValue> {
        match self {
            Ir::Const(value) => Some(value),
            _ => None,
        }
    }

    fn each_child<'i>(&'i self, visit: &mut dyn FnMut(&'i Ir)) {
        match self {
            Ir::Const(_) | Ir::Fact(_) | Ir::Local(_) | Ir::Fail(_) => {}
            Ir::Select { operand, .. } | Ir::HasField { operand, .. } => visit(operand),
            Ir::Present(operand) | Ir::Matches { operand, .. } => visit(operand),
            Ir::AnyOf { list, .. } => visit(list),
            Ir::Index { operand, index, .. } => [operand, index].into_iter().for_each(|i| visit(i)),
            Ir::Let { value, body } => [value, body].into_iter().for_each(|i| visit(i)),
            Ir::Operation(_, list) | Ir::Call(_, list) | Ir::And(list) | Ir::Or(list) => {
                list.iter().for_each(visit);
            }
            Ir::Conditional(parts) => parts.iter().for_each(visit),
            Ir::Coalesce(parts) => parts.iter().for_each(visit),
            Ir::List(elements) => elements.iter().for_each(|e| visit(&e.value)),
            Ir::Map(entries) => {
                entries
                    .iter()
                    .flat_map(|e| [&e.key, &e.value])
                    .for_each(visit);
            }
            Ir::Comprehension(c) => [Some(&c.range), c.predicate.as_ref(), Some(&c.body)]
                .into_iter()
                .flatten()
                .for_each(visit),
            Ir::Switch(s) => {
                visit(&s.subject);
                s.arms
                    .iter()
                    .flat_map(|(p, v)| [p, v])
                    .for_each(&mut *visit);
                s.otherwise.iter().for_each(visit);
            }
        }
    }
}
