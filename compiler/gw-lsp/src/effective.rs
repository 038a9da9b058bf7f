//! What a route takes over from its service, by the rules of the language: its own `authn`
//! replaces an inherited one, `public` lifts it, `override` replaces what it names, limits and
//! rules add up.

use crate::snapshot::View;
use gw_syntax::{Part, Statement};

/// Something inherited, as written in the service.
pub(crate) struct Inherited<'v> {
    pub(crate) statement: &'v Statement,
    pub(crate) text: &'v str,
}

/// What a route inherits.
#[derive(Default)]
pub(crate) struct Effective<'v> {
    pub(crate) authn: Option<Inherited<'v>>,
    pub(crate) limits: Vec<Inherited<'v>>,
    pub(crate) rules: Vec<Inherited<'v>>,
    pub(crate) edits: Vec<Inherited<'v>>,
}

/// What the statement `route` of a service inherits.
pub(crate) fn effective<'v>(
    view: &'v View,
    service: &'v Statement,
    route: &Statement,
) -> Effective<'v> {
    let own = |word: &str| statements(route).any(|s| s.head.ident().name == word);
    let lifts = |what: &str| statements(route).any(|s| overrides(s, what));
    let public = own("public");
    let mut out = Effective::default();
    for statement in statements(service) {
        // Most statements are routes: their text is not looked at.
        let inherited = || Inherited {
            statement,
            text: first_line(view.slice(statement.span)),
        };
        match (statement.head.ident().name.as_str(), used(statement)) {
            ("authn", _) if !(public || own("authn") || lifts("authn")) => {
                out.authn = Some(inherited());
            }
            ("use", Some("limit")) if !lifts("limits") => out.limits.push(inherited()),
            ("allow", _) | ("use", Some("policy")) if !(public || lifts("authz")) => {
                out.rules.push(inherited());
            }
            ("deny", _) if !lifts("authz") => out.rules.push(inherited()),
            ("request" | "response", _) | ("use", Some("transform")) => {
                out.edits.push(inherited());
            }
            _ => {}
        }
    }
    out
}

/// The statements of a block.
pub(crate) fn statements(of: &Statement) -> impl Iterator<Item = &Statement> {
    of.block.iter().flat_map(|b| &b.statements)
}

/// The service around a route.
pub(crate) fn service_of<'v>(view: &'v View, route: &Statement) -> Option<&'v Statement> {
    let items = view.file().items.iter();
    let mut services = items.filter(|s| s.head.ident().name == "service");
    services.find(|s| s.span.start < route.span.start && route.span.end <= s.span.end)
}

fn used(s: &Statement) -> Option<&str> {
    match s.parts.first() {
        Some(Part::Word(word)) => Some(word.name.as_str()),
        _ => None,
    }
}

fn overrides(s: &Statement, what: &str) -> bool {
    s.head.ident().name == "override" && used(s) == Some(what)
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim_end()
}
