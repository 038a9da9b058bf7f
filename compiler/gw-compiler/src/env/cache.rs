//! What is made once for equal places: environments, what services contribute, diagrams.

use super::{Identity, Place};
use crate::blocks::binding::Circles;
use crate::recall::Shared;
use crate::scope::Parts;
use gw_expr::{Env, Phase, Type};
use gw_graph::{AuthnTree, Diagram, RuleSetId, SharedList};
use gw_syntax::Span;
use hashbrown::HashMap;
use smol_str::SmolStr;
use std::rc::Rc;

/// What an identity follows from: what a route asks for, and how many authentications there are,
/// which only become more.
type Asked = (Option<AuthnTree>, usize);

/// What a service contributes, with what else came of lowering it.
type Contribution = (Rc<Parts>, Rc<Shared>);

/// Environments by place.
#[derive(Default)]
pub(crate) struct Envs {
    by_pointer: HashMap<Address, (Rc<Env>, Place)>,
    by_key: HashMap<String, Rc<Env>>,
    params: HashMap<String, Rc<Vec<(SmolStr, Type)>>>,
    methods: HashMap<Vec<SmolStr>, SharedList<SmolStr>>,
    identities: HashMap<String, Rc<Identity>>,
    by_tree: Vec<(Asked, Rc<Identity>)>,
    parts: HashMap<(Span, usize, usize), Contribution>,
    diagrams: HashMap<Vec<RuleSetId>, Option<Diagram>>,
    circles: Option<Rc<Circles>>,
    schemas: usize,
    values: usize,
}

impl Envs {
    /// One shared list for equal parameters, so that places compare by address.
    pub(crate) fn shared_params(
        &mut self,
        params: Vec<(SmolStr, Type)>,
    ) -> Rc<Vec<(SmolStr, Type)>> {
        Rc::clone(
            self.params
                .entry(format!("{params:?}"))
                .or_insert_with(|| Rc::new(params)),
        )
    }

    /// One shared list for equal methods: few are in use, by many routes.
    pub(crate) fn shared_methods(&mut self, methods: Vec<SmolStr>) -> SharedList<SmolStr> {
        if let Some(known) = self.methods.get(&methods) {
            return known.clone();
        }
        let shared = SharedList::from(methods.clone());
        self.methods.insert(methods, shared.clone());
        shared
    }

    /// The identity that was kept for what a route asks for. Few are asked for, by many routes.
    pub(crate) fn known_identity(
        &self,
        tree: Option<&AuthnTree>,
        authns: usize,
    ) -> Option<Rc<Identity>> {
        let asked = |(known, count): &Asked| *count == authns && known.as_ref() == tree;
        let mut known = self.by_tree.iter().rev();
        known
            .find(|(key, _)| asked(key))
            .map(|(_, identity)| Rc::clone(identity))
    }

    /// Keeps an identity: one shared for equal ones.
    pub(crate) fn keep_identity(
        &mut self,
        tree: Option<&AuthnTree>,
        authns: usize,
        identity: Identity,
    ) -> Rc<Identity> {
        let shared = self
            .identities
            .entry(format!("{identity:?}"))
            .or_insert_with(|| Rc::new(identity));
        let shared = Rc::clone(shared);
        self.by_tree
            .push(((tree.cloned(), authns), Rc::clone(&shared)));
        shared
    }

    /// What a service contributes at a place, if it was lowered there before.
    pub(crate) fn known_parts(&self, service: Span, place: &Place) -> Option<Contribution> {
        self.parts.get(&parts_key(service, place)).cloned()
    }

    /// Keeps what a service contributes at a place.
    pub(crate) fn keep_parts(&mut self, service: Span, place: &Place, parts: Contribution) {
        self.parts.insert(parts_key(service, place), parts);
    }

    /// The diagram of a list of rule sets, if it was tried before.
    #[expect(
        clippy::option_option,
        reason = "not yet tried, over budget, and built are three things"
    )]
    pub(crate) fn known_diagram(&self, sets: &[RuleSetId]) -> Option<Option<Diagram>> {
        self.diagrams.get(sets).cloned()
    }

    /// Keeps the diagram of a list of rule sets.
    pub(crate) fn keep_diagram(&mut self, sets: &[RuleSetId], diagram: Option<Diagram>) {
        self.diagrams.insert(sets.to_vec(), diagram);
    }

    /// Notes that a schema is being read; how many are, inside each other.
    pub(crate) fn enter_schema(&mut self) -> usize {
        self.schemas += 1;
        self.schemas
    }

    /// Notes that the value of a parameter is worked out; how many are, each for the one before.
    pub(crate) fn enter_param(&mut self) -> usize {
        self.values += 1;
        self.values
    }

    /// Notes that the value of a parameter was worked out.
    pub(crate) fn leave_param(&mut self) {
        self.values = self.values.saturating_sub(1);
    }

    /// Notes that a schema was read.
    pub(crate) fn leave_schema(&mut self) {
        self.schemas = self.schemas.saturating_sub(1);
    }

    /// The circles of lets, if they were looked for before.
    pub(crate) fn known_circles(&self) -> Option<Rc<Circles>> {
        self.circles.as_ref().map(Rc::clone)
    }

    /// Keeps the circles of lets.
    pub(crate) fn keep_circles(&mut self, circles: Rc<Circles>) {
        self.circles = Some(circles);
    }

    /// The environment of an equal place.
    pub(crate) fn known(&mut self, place: &Place) -> Option<Rc<Env>> {
        let pointer = pointer(place);
        if let Some((env, _)) = self.by_pointer.get(&pointer) {
            return Some(Rc::clone(env));
        }
        let env = Rc::clone(self.by_key.get(&place.key())?);
        // The place is kept with the entry, so that its addresses are not used again.
        self.by_pointer
            .insert(pointer, (Rc::clone(&env), place.clone()));
        Some(env)
    }

    /// Keeps the environment of a place.
    pub(crate) fn keep(&mut self, place: &Place, env: Rc<Env>) {
        self.by_key.insert(place.key(), Rc::clone(&env));
        self.by_pointer.insert(pointer(place), (env, place.clone()));
    }
}

/// Parameters and identities are shared (see [`Envs::shared_params`]), so addresses tell them apart.
fn parts_key(service: Span, place: &Place) -> (Span, usize, usize) {
    (
        service,
        Rc::as_ptr(&place.params) as usize,
        Rc::as_ptr(&place.identity) as usize,
    )
}

/// Module, phase, and the addresses of parameters and identity.
type Address = (usize, Option<Phase>, usize, usize);

fn pointer(place: &Place) -> Address {
    let params = Rc::as_ptr(&place.params) as usize;
    (
        place.module,
        place.phase,
        params,
        Rc::as_ptr(&place.identity) as usize,
    )
}
