//! The compiled form: the IR with constants, patterns and sets built, and the common predicates
//! fused into one node each.

use super::set::{NetSet, TextSet};
use crate::functions::{Evaluate, Search};
use crate::{EvalError, FactId, Missing, Operator, OwnedValue};
use regex_automata::meta::Regex;
use smol_str::SmolStr;

/// A compiled expression.
#[derive(Debug)]
pub(super) enum Node {
    Const(OwnedValue),
    Fact(FactId),
    Local(u32),
    Select(Box<Node>, SmolStr, Missing),
    Index(Box<[Node; 2]>, Missing),
    HasField(Box<Node>, SmolStr),
    Unary(Operator, Box<Node>),
    Binary(Operator, Box<[Node; 2]>),
    Call(Evaluate, Box<[Node]>),
    /// A call with a constant pattern among its arguments.
    Find(Box<Finder>),
    Conditional(Box<[Node; 3]>),
    Coalesce(Box<[Node; 2]>),
    List(Box<[(Node, bool)]>),
    Map(Box<[(Node, Node, bool)]>),
    Comprehension(Box<Loop>),
    Let(Box<[Node; 2]>),
    Switch(Box<Choice>),
    Fail(EvalError),
    /// A predicate: computed as a bool without going through a value.
    Test(Test),
}

/// A predicate.
#[derive(Debug)]
pub(super) enum Test {
    And(Box<[Test]>),
    Or(Box<[Test]>),
    Not(Box<Test>),
    /// Any node; a value that is not a bool is an error.
    Truth(Box<Node>),
    Present(Box<Node>),
    /// `fact == "text"`, or `!=` where the last is true.
    TextIs(FactId, Box<str>, bool),
    /// `fact == 42`.
    IntIs(FactId, i64, bool),
    /// `fact == fact`.
    Same(FactId, FactId, bool),
    /// `fact < 42` and its kin.
    IntOrder(FactId, Operator, i64),
    Compare(Operator, Box<[Node; 2]>),
    StartsWith(Box<Node>, Box<str>),
    EndsWith(Box<Node>, Box<str>),
    Contains(Box<Node>, Box<str>),
    /// `"text" in list`, and `Enum.variant in list` where several count.
    AnyOf(Box<Node>, Box<[Box<str>]>),
    InTexts(Box<Node>, TextSet),
    InNets(Box<Node>, NetSet),
    Matches(Box<Node>, Box<Regex>),
    Exists(Box<Quantifier>),
    All(Box<Quantifier>),
}

/// `exists` and `all`.
#[derive(Debug)]
pub(super) struct Quantifier {
    pub(super) range: Node,
    pub(super) two_variables: bool,
    pub(super) body: Test,
}

/// The comprehensions that build something.
#[derive(Debug)]
pub(super) struct Loop {
    pub(super) kind: LoopKind,
    pub(super) range: Node,
    pub(super) two_variables: bool,
    pub(super) predicate: Option<Test>,
    pub(super) body: Node,
}

/// What a loop builds.
#[derive(Clone, Copy, Debug)]
pub(super) enum LoopKind {
    /// Whether the body holds exactly once.
    ExistsOne,
    /// The bodies.
    List,
    /// The bodies under the keys of the range.
    Map,
    /// The entries of the bodies, which are maps.
    MapEntry,
    /// The elements, sorted by the bodies.
    SortBy,
}

/// A function of the regex extension with its pattern compiled.
#[derive(Debug)]
pub(super) struct Finder {
    pub(super) search: Search,
    pub(super) args: Box<[Node]>,
    pub(super) regex: Regex,
}

/// A switch.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) subject: Node,
    pub(super) arms: Box<[(Node, Node)]>,
    pub(super) otherwise: Option<Node>,
}
