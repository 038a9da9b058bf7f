//! Conditions of one request: each atom is evaluated lazily and at most once, for routing,
//! authorization and everything else together. Must not know what depends on them.

use crate::facts::{Identified, Stage};
use crate::{Engine, Truth};
use gw_expr::EvalError;
use gw_graph::{AtomId, Formula};
use hashbrown::HashMap;
use smallvec::{SmallVec, smallvec};

/// What is known of the conditions.
#[derive(Debug)]
pub(crate) struct Conditions<'x> {
    engine: &'x Engine,
    known: Known,
    /// From this stage on facts may still change.
    pub(crate) stage: Stage,
    /// How many evaluations failed.
    pub(crate) errors: u32,
    /// Evaluated atoms in order, where they are collected.
    pub(crate) log: Option<Vec<(AtomId, Truth)>>,
}

/// The values of evaluated atoms.
#[derive(Debug)]
enum Known {
    /// Two bits for each atom: 0 not known, 1 false, 2 true, 3 an error.
    Dense {
        bits: SmallVec<[u64; 8]>,
        errors: SmallVec<[(AtomId, EvalError); 1]>,
    },
    /// Of graphs with so many atoms that the bits would take longer to clear than to look up.
    Sparse(HashMap<AtomId, Truth, foldhash::fast::RandomState>),
}

/// At most 2 KiB of bits.
const MOST_DENSE: usize = 8_192;

impl<'x> Conditions<'x> {
    #[inline(always)]
    pub(crate) fn new(engine: &'x Engine) -> Self {
        let atoms = engine.graph.atoms.len();
        let known = if atoms <= MOST_DENSE {
            Known::Dense {
                bits: smallvec![0; atoms.div_ceil(32)],
                errors: SmallVec::new(),
            }
        } else {
            Known::Sparse(HashMap::default())
        };
        Self {
            engine,
            known,
            stage: Stage::Request,
            errors: 0,
            log: None,
        }
    }

    /// What a formula gives.
    pub(crate) fn formula<F: Identified>(&mut self, formula: &Formula, facts: &F) -> Truth {
        match formula {
            Formula::Constant(true) => Truth::True,
            Formula::Constant(false) => Truth::False,
            Formula::Atom(atom) => self.atom(*atom, facts),
            Formula::Not(inner) => !self.formula(inner, facts),
            Formula::All(parts) => self.absorb(parts, Truth::False, facts),
            Formula::Any(parts) => self.absorb(parts, Truth::True, facts),
        }
    }

    /// What an atom gives.
    #[inline]
    pub(crate) fn atom<F: Identified>(&mut self, atom: AtomId, facts: &F) -> Truth {
        if let Some(truth) = self.known.find(atom) {
            return truth;
        }
        let truth = self.evaluate(atom, facts);
        let settled = self.engine.stages.get(atom.index());
        // What depends on a route that is only being judged, or on a response, may change.
        if settled.is_some_and(|s| *s <= self.stage && *s != Stage::Response) {
            self.known.keep(atom, truth);
        }
        truth
    }

    fn evaluate<F: Identified>(&mut self, atom: AtomId, facts: &F) -> Truth {
        let truth = match self.engine.by_claims.bit(atom).zip(facts.claims()) {
            Some((bit, claims)) => claims.judged(self.engine, bit).unwrap_or_else(|| {
                let truth = self.run(atom, facts);
                claims.judge(self.engine, bit, truth);
                truth
            }),
            None => self.run(atom, facts),
        };
        if let Truth::Error(_) = truth {
            self.errors = self.errors.saturating_add(1);
        }
        if let Some(log) = &mut self.log {
            log.push((atom, truth));
        }
        truth
    }

    fn run<F: Identified>(&self, atom: AtomId, facts: &F) -> Truth {
        let atom = self.engine.graph.atoms.get(atom.index());
        let program = atom.and_then(|atom| self.engine.programs.get(atom.expr.index()));
        let undeclared = Err(EvalError::UndeclaredReference);
        let value = program.map_or(undeclared, |program| program.eval_bool(facts));
        value.into()
    }

    /// `winner` if any part gives it, else the first error, else the opposite.
    fn absorb<F: Identified>(&mut self, parts: &[Formula], winner: Truth, facts: &F) -> Truth {
        let mut result = !winner;
        for part in parts {
            let truth = self.formula(part, facts);
            if truth == winner {
                return winner;
            }
            if let (Truth::Error(_), Truth::True | Truth::False) = (truth, result) {
                result = truth;
            }
        }
        result
    }
}

impl Known {
    #[inline]
    fn find(&self, atom: AtomId) -> Option<Truth> {
        match self {
            Known::Dense { bits, errors } => {
                let word = bits.get(atom.index() / 32)?;
                match word >> (atom.index() % 32 * 2) & 3 {
                    1 => Some(Truth::False),
                    2 => Some(Truth::True),
                    3 => errors
                        .iter()
                        .find(|(a, _)| *a == atom)
                        .map(|(_, e)| Truth::Error(*e)),
                    _ => None,
                }
            }
            Known::Sparse(known) => known.get(&atom).copied(),
        }
    }

    fn keep(&mut self, atom: AtomId, truth: Truth) {
        match self {
            Known::Dense { bits, errors } => {
                let state = match truth {
                    Truth::False => 1,
                    Truth::True => 2,
                    Truth::Error(error) => {
                        errors.push((atom, error));
                        3
                    }
                };
                if let Some(word) = bits.get_mut(atom.index() / 32) {
                    *word |= state << (atom.index() % 32 * 2);
                }
            }
            Known::Sparse(known) => {
                known.insert(atom, truth);
            }
        }
    }
}
