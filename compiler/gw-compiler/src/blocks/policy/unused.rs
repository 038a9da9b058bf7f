//! Policies that nothing uses. A condition is typed where it is used, and these are not: they are held
//! against what every place has in common, and only findings that no place would lift are kept. Must
//! not touch the graph.

use super::{clause, lints, warn_constant};
use crate::blocks::schema;
use crate::cx::Cx;
use crate::env::{Identity, IdentityKind, Place, names_in};
use crate::follow_on::is_same_everywhere;
use crate::resolve::parameters;
use gw_expr::{Env, FactTable, Ir, OwnedValue, Phase, Type, Variable};
use gw_graph::{Effect, Formula};
use gw_syntax::{Code, Expr, Statement};
use hashbrown::{HashMap, HashSet};
use smol_str::SmolStr;
use std::rc::Rc;

/// What the places of a policy have in common: every identity that is declared, as if it were there.
pub(crate) struct Anywhere {
    identity: Rc<Identity>,
    /// Objects whose fields depend on the place.
    vague: Vec<&'static str>,
    /// What may be referred to, by module.
    envs: HashMap<usize, Env>,
}

impl Anywhere {
    /// Known once all authentications are lowered.
    pub(crate) fn new(cx: &Cx<'_, '_>) -> Self {
        let kinds = cx.graph.authns.iter().map(|a| IdentityKind::of(&a.kind));
        let declared = |kind| kinds.clone().filter(|k| *k == kind).take(2).count();
        // Of several that are declared, any may be asked for; what none declares is not known.
        let mut vague = vec!["path"];
        for (kind, object) in [
            (IdentityKind::Jwt, "jwt"),
            (IdentityKind::Key, "key"),
            (IdentityKind::Certificate, "certificate"),
        ] {
            if declared(kind) != 1 {
                vague.push(object);
            }
        }
        Self {
            identity: Rc::new(Identity::declared(cx)),
            vague,
            envs: HashMap::new(),
        }
    }

    /// Findings about the rules of a policy.
    pub(super) fn check(
        &mut self,
        cx: &mut Cx<'_, '_>,
        (module, policy): (usize, &Statement),
        rules: &[(&Statement, Effect)],
    ) {
        let mut params = Vec::new();
        for (name, written) in parameters(policy) {
            let Some(ty) = schema::resolve(cx, module, written) else {
                return;
            };
            params.push((name.name.clone(), Variable::new(ty)));
        }
        let mut env = match self.envs.remove(&module) {
            Some(env) => env,
            None => self.common(cx, module),
        };
        env.with_variables(params, |env| {
            for (rule, effect) in rules {
                self.check_rule(cx, (module, env), (rule, *effect));
            }
        });
        self.envs.insert(module, env);
    }

    /// What all places of a module may refer to.
    fn common(&self, cx: &mut Cx<'_, '_>, module: usize) -> Env {
        let place = Place {
            phase: Some(Phase::Authz),
            identity: Rc::clone(&self.identity),
            ..Place::constant(module)
        };
        Env::clone(&cx.env(&place))
    }

    fn check_rule(
        &self,
        cx: &mut Cx<'_, '_>,
        (module, env): (usize, &Env),
        (statement, effect): (&Statement, Effect),
    ) {
        let Some(when) = clause(statement, "when") else {
            return;
        };
        lints::warn_unanchored(cx, effect, when);
        let (mut facts, before) = (FactTable::default(), cx.diagnostics.len());
        let checked = gw_expr::check_as(when, &Type::Bool, env, &mut facts, cx.diagnostics);
        let mut found = cx.diagnostics.split_off(before);
        if let (Ir::Const(OwnedValue::Bool(value)), true) = (checked.ir, found.is_empty()) {
            warn_constant(cx, statement, effect, &Formula::Constant(value));
        }
        if found.iter().any(|d| depends_on_types(d.code)) && self.is_vague(cx, module, when) {
            found.retain(|d| !depends_on_types(d.code));
        }
        found.retain(|d| stays(d.code));
        cx.diagnostics.extend(found);
    }

    /// Whether an expression reads, also by its `let`s, what differs from place to place.
    fn is_vague(&self, cx: &Cx<'_, '_>, module: usize, expr: &Expr) -> bool {
        let (mut open, mut seen) = (names_in(expr), HashSet::<SmolStr>::new());
        while let Some(name) = open.pop() {
            if self.vague.contains(&name.as_str()) {
                return true;
            }
            if !seen.insert(name.clone()) {
                continue;
            }
            let decl = cx.program.peek(module, &name);
            let decl = decl.and_then(|id| cx.program.decl(id));
            let body = decl.and_then(|d| crate::load::assigned(d.statement));
            open.extend(body.into_iter().flat_map(names_in));
        }
        false
    }
}

/// Whether no place of use would lift a finding. All of them are in the phase of authorization.
fn stays(code: Code) -> bool {
    let phase = matches!(code, Code::WrongPhase | Code::SecretLeak);
    phase || is_same_everywhere(code) || depends_on_types(code)
}

/// Findings that follow from the type of something that is read.
fn depends_on_types(code: Code) -> bool {
    matches!(
        code,
        Code::TypeMismatch
            | Code::UnknownMember
            | Code::MaybeAbsent
            | Code::NoOverload
            | Code::DisjointComparison
            | Code::UnitMismatch
    )
}
