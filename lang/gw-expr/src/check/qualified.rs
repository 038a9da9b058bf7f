//! Dotted names: `com.example.x` as one identifier, `math.greatest` as one function.

use super::{Checker, Typed};
use crate::{Function, env::Name};
use gw_syntax::{Access, Expr, ExprKind};
use smol_str::SmolStr;

/// A chain of plain names.
#[derive(Debug)]
pub(super) struct Dotted {
    pub(super) text: String,
    pub(super) first: SmolStr,
    pub(super) rooted: bool,
}

/// The chain of names that an expression is, if it is nothing else.
pub(super) fn dotted(expr: &Expr) -> Option<Dotted> {
    match &expr.kind {
        ExprKind::Name { name, rooted } => Some(Dotted {
            text: name.to_string(),
            first: name.clone(),
            rooted: *rooted,
        }),
        ExprKind::Select {
            operand,
            field,
            access: Access::Plain,
        } => {
            let mut chain = dotted(operand)?;
            chain.text.push('.');
            chain.text.push_str(&field.name);
            Some(chain)
        }
        _ => None,
    }
}

impl Checker<'_> {
    /// The whole chain as one declared identifier, an enum variant or the name of a type.
    pub(super) fn qualified(&mut self, expr: &Expr) -> Option<Typed> {
        let chain = dotted(expr)?;
        if !chain.rooted && self.scope.iter().any(|local| local.name == chain.first) {
            return None;
        }
        let (outer, last) = chain.text.rsplit_once('.')?;
        for candidate in self.candidates(outer, chain.rooted) {
            if let Some(Name::Enum(of)) = self.env.names.get(candidate.as_str()) {
                let of = of.clone();
                let known = self.variant(last, &of, expr.span);
                return Some(known.unwrap_or_else(|| {
                    let at = match &expr.kind {
                        ExprKind::Select { field, .. } => field.span,
                        _ => expr.span,
                    };
                    self.unknown_variant(last, &of, at)
                }));
            }
        }
        self.resolve(&chain.text, chain.rooted, expr.span)
    }

    /// The function of a namespace that `receiver.name(…)` calls, with its qualified name.
    pub(super) fn namespaced(&self, receiver: &Expr, name: &str) -> Option<String> {
        let chain = dotted(receiver)?;
        let shadowed = self.scope.iter().any(|local| local.name == chain.first);
        if shadowed && !chain.rooted {
            return None;
        }
        let full = format!("{}.{name}", chain.text);
        self.candidates(&full, chain.rooted)
            .into_iter()
            .find(|candidate| self.declares(candidate))
    }

    /// Whether a function has that qualified name.
    pub(super) fn declares(&self, name: &str) -> bool {
        let declared = self
            .env
            .overloads
            .iter()
            .any(|o| o.name == name && !o.method);
        declared || name.starts_with("cel.") || Function::named(name).is_some()
    }
}
