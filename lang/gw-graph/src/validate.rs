//! Whether a graph holds together: every identity leads somewhere, and nothing runs in circles.
//! The engine trusts only graphs that passed.

use crate::{
    Access, Action, AuthnKind, AuthnTree, Authorization, Balance, Branch, Edit, ExprId, Formula,
    Graph, HeaderPattern, KeySource, Link, PathNode, RateSource, Route, RouteIndex, SecretId, Text,
    is_field_value, is_framing, is_header_name, normalize_path,
};
use gw_expr::{FactId, Ir};

/// Something that a graph refers to and does not have, or that cannot be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what} {id} in {place}")]
pub struct InvalidGraph {
    /// `unknown expression` and the like.
    pub what: &'static str,
    /// The identity.
    pub id: u32,
    /// `route`, `limit` and the like.
    pub place: &'static str,
}

/// Most segments of a path pattern. A request head of 64 KiB has no more than 32,768.
const MOST_SEGMENTS: usize = 4_096;

type Check = Result<(), InvalidGraph>;

impl Graph {
    /// Checks every reference.
    ///
    /// # Errors
    /// The first one that does not hold.
    pub fn validate(&self) -> Check {
        let check = Checker {
            graph: self,
            place: "expression",
        };
        self.exprs.iter().try_for_each(|ir| check.ir(ir))?;
        let check = check.at("atom");
        self.atoms
            .iter()
            .try_for_each(|atom| check.expr(atom.expr))?;
        let check = check.at("limit");
        for limit in &self.limits {
            limit.key.iter().try_for_each(|expr| check.expr(*expr))?;
            if let RateSource::Expr(expr) = &limit.rate {
                check.expr(*expr)?;
            }
        }
        let check = check.at("rule");
        let rules = self.rule_sets.iter().flat_map(|set| &set.rules);
        rules
            .map(|rule| &rule.when)
            .try_for_each(|when| check.formula(when))?;
        self.validate_access()?;
        let check = check.at("route");
        self.routes
            .iter()
            .try_for_each(|route| check.route(route))?;
        check.at("route index").index(&self.index)
    }

    fn validate_access(&self) -> Check {
        let check = Checker {
            graph: self,
            place: "authentication",
        };
        for authn in &self.authns {
            match &authn.kind {
                AuthnKind::Jwt(jwt) => {
                    if let KeySource::Secret(secret) = &jwt.keys {
                        check.secret(*secret)?;
                    }
                }
                AuthnKind::ApiKey(key) => {
                    check.within("unknown table", key.table.0, self.tables.len())?;
                }
                AuthnKind::ClientCertificate(_) => {}
            }
        }
        let check = check.at("backend");
        for backend in &self.backends {
            if let Balance::Hash(expr) = &backend.balance {
                check.expr(*expr)?;
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Checker<'g> {
    graph: &'g Graph,
    place: &'static str,
}

impl Checker<'_> {
    fn at(self, place: &'static str) -> Self {
        Self { place, ..self }
    }

    fn within(&self, what: &'static str, id: u32, len: usize) -> Check {
        if (id as usize) < len {
            return Ok(());
        }
        Err(InvalidGraph {
            what,
            id,
            place: self.place,
        })
    }

    fn expr(&self, id: ExprId) -> Check {
        self.within("unknown expression", id.0, self.graph.exprs.len())
    }

    fn secret(&self, id: SecretId) -> Check {
        self.within("unknown secret", id.0, self.graph.secrets.len())
    }

    fn ir(&self, ir: &Ir) -> Check {
        let facts = ir.facts();
        facts
            .into_iter()
            .try_for_each(|FactId(id)| self.within("unknown fact", id, self.graph.facts.len()))
    }

    fn formula(&self, formula: &Formula) -> Check {
        match formula {
            Formula::Constant(_) => Ok(()),
            Formula::Atom(atom) => self.within("unknown atom", atom.0, self.graph.atoms.len()),
            Formula::Not(inner) => self.formula(inner),
            Formula::All(parts) | Formula::Any(parts) => {
                parts.iter().try_for_each(|part| self.formula(part))
            }
        }
    }

    fn text(&self, text: &Text) -> Check {
        match text {
            Text::Constant(_) => Ok(()),
            Text::Expr(expr) => self.expr(*expr),
            Text::Template(parts) => parts.iter().try_for_each(|part| self.text(part)),
            Text::Secret(secret) => self.secret(*secret),
        }
    }

    /// A path, or what one begins with: where it is written, it is in normal form.
    fn path(&self, text: &Text) -> Check {
        let normal = match text {
            Text::Constant(path) => {
                normalize_path(path).is_ok_and(|normal| normal == path.as_str())
            }
            Text::Expr(_) | Text::Template(_) | Text::Secret(_) => true,
        };
        self.that(normal, "a path that is not normalised", 0)?;
        self.text(text)
    }

    /// A text that becomes a field value: what is written in it is not looked at again.
    fn value(&self, text: &Text) -> Check {
        match text {
            Text::Constant(text) => {
                self.that(is_field_value(text), "a control character in a header", 0)
            }
            Text::Template(parts) => parts.iter().try_for_each(|part| self.value(part)),
            Text::Expr(_) | Text::Secret(_) => self.text(text),
        }
    }

    /// A field that an edit may write or take away: the proxy does not look again.
    fn header(&self, name: &str) -> Check {
        let may = is_header_name(name) && !is_framing(name);
        self.that(may, "a header that no policy may change", 0)
    }

    fn edit(&self, edit: &Edit) -> Check {
        match edit {
            Edit::SetHeader(name, text) | Edit::AddHeader(name, text) => {
                self.header(name)?;
                self.value(text)
            }
            Edit::RemoveHeader(HeaderPattern::Name(name)) => self.header(name),
            Edit::RenameHeader(from, to) => {
                self.header(from)?;
                self.header(to)
            }
            Edit::SetPath(text) | Edit::ReplacePrefix(_, text) => self.path(text),
            Edit::SetQuery(_, text) => self.text(text),
            Edit::RemoveHeader(HeaderPattern::Prefix(_)) | Edit::RemoveQuery(_) => Ok(()),
            Edit::SetStatus(expr) => self.expr(*expr),
        }
    }

    fn route(&self, route: &Route) -> Check {
        let segments = route.matcher.path.len();
        let id = u32::try_from(segments).unwrap_or(u32::MAX);
        self.that(segments <= MOST_SEGMENTS, "too many path segments:", id)?;
        for listener in &route.matcher.listeners {
            self.within("unknown listener", listener.0, self.graph.listeners.len())?;
        }
        route
            .matcher
            .when
            .iter()
            .try_for_each(|when| self.formula(when))?;
        for limit in &route.limits {
            self.within("unknown limit", limit.0, self.graph.limits.len())?;
        }
        route
            .request_edits
            .iter()
            .try_for_each(|edit| self.edit(edit))?;
        route
            .response_edits
            .iter()
            .try_for_each(|edit| self.edit(edit))?;
        match &route.access {
            Access::Public { denies, .. } => self.authorization(denies)?,
            Access::Protected {
                authn,
                authorization,
            } => {
                authn.iter().try_for_each(|tree| self.authn(tree))?;
                self.authorization(authorization)?;
            }
        }
        self.action(&route.action)
    }

    fn action(&self, action: &Action) -> Check {
        match action {
            Action::Forward(forward) => {
                for share in &forward.split {
                    self.within(
                        "unknown backend",
                        share.backend.0,
                        self.graph.backends.len(),
                    )?;
                }
                forward
                    .sticky
                    .iter()
                    .try_for_each(|expr| self.expr(*expr))?;
                let some = forward.split.iter().any(|share| share.weight > 0);
                self.that(some, "a split without shares", 0)
            }
            Action::Respond(respond) => {
                for (name, text) in &respond.headers {
                    self.header(name)?;
                    self.value(text)?;
                }
                self.text(&respond.body)
            }
            Action::Redirect { location, .. } => self.value(location),
        }
    }

    fn authn(&self, tree: &AuthnTree) -> Check {
        match tree {
            AuthnTree::One(id) => {
                self.within("unknown authentication", id.0, self.graph.authns.len())
            }
            AuthnTree::AnyOf(trees) | AuthnTree::AllOf(trees) => {
                trees.iter().try_for_each(|tree| self.authn(tree))
            }
        }
    }

    fn authorization(&self, authorization: &Authorization) -> Check {
        for set in &authorization.sets {
            self.within("unknown rule set", set.0, self.graph.rule_sets.len())?;
        }
        let Some(diagram) = &authorization.diagram else {
            return Ok(());
        };
        self.branch(authorization, &diagram.root, None, diagram.nodes.len())?;
        for (at, node) in (0u32..).zip(&diagram.nodes) {
            self.within("unknown atom", node.atom.0, self.graph.atoms.len())?;
            for branch in [&node.if_true, &node.if_false, &node.if_error] {
                self.branch(authorization, branch, Some(at), diagram.nodes.len())?;
            }
        }
        Ok(())
    }

    /// Branches lead on, never back, and end at rules that exist.
    fn branch(
        &self,
        authorization: &Authorization,
        branch: &Branch,
        from: Option<u32>,
        nodes: usize,
    ) -> Check {
        let set = |at: u32| {
            let id = authorization.sets.get(at as usize);
            id.and_then(|id| self.graph.rule_sets.get(id.index()))
        };
        let (holds, id) = match branch {
            Branch::Pass => (true, 0),
            Branch::Node(to) => (
                from.is_none_or(|from| from < *to) && (*to as usize) < nodes,
                *to,
            ),
            Branch::Allow(at, rule) | Branch::Deny(at, rule) | Branch::DenyError(at, rule) => (
                set(*at).is_some_and(|set| (*rule as usize) < set.rules.len()),
                *rule,
            ),
            Branch::NoAllow(at) => (set(*at).is_some(), *at),
        };
        self.that(holds, "a branch that leads nowhere", id)
    }

    fn index(&self, index: &RouteIndex) -> Check {
        let node = |link: Link| self.link("out of bounds", link, index.nodes.len());
        index.hosts.iter().try_for_each(|(_, root)| node(*root))?;
        node(index.any_host)?;
        for state in &index.nodes {
            match state {
                PathNode::Segment {
                    edges,
                    other,
                    end,
                    tail,
                } => {
                    self.that(edges.range().end <= index.edges.len(), "edges", edges.start)?;
                    node(*other)?;
                    self.link("leaf", *end, index.leaves.len())?;
                    self.link("leaf", *tail, index.leaves.len())?;
                }
                PathNode::Chain { first, second } => {
                    node(*first)?;
                    node(*second)?;
                    let segment = |link: &Link| {
                        let at = link.position().and_then(|at| index.nodes.get(at));
                        matches!(at, Some(PathNode::Segment { .. }))
                    };
                    self.that(segment(first), "a chain of chains", 0)?;
                }
            }
        }
        self.chains_end(index)?;
        for edge in &index.edges {
            node(edge.child)?;
            self.that(
                index.text.get(edge.text.range()).is_some(),
                "text",
                edge.text.start,
            )?;
        }
        self.leaves(index)
    }

    /// Following a chain must come to an end: no walk may take longer than there are states.
    fn chains_end(&self, index: &RouteIndex) -> Check {
        let mut ends = vec![false; index.nodes.len()];
        for start in 0..index.nodes.len() {
            let (mut at, mut seen) = (Some(start), Vec::new());
            while let Some(here) = at {
                if ends.get(here).copied().unwrap_or(true) {
                    break;
                }
                self.that(seen.len() <= index.nodes.len(), "an endless chain", 0)?;
                seen.push(here);
                at = match index.nodes.get(here) {
                    Some(PathNode::Chain { second, .. }) => second.position(),
                    Some(PathNode::Segment { .. }) | None => None,
                };
            }
            for here in seen {
                if let Some(end) = ends.get_mut(here) {
                    *end = true;
                }
            }
        }
        Ok(())
    }

    fn leaves(&self, index: &RouteIndex) -> Check {
        for leaf in &index.leaves {
            let (routes, dimensions) = (leaf.candidates.range(), leaf.dimensions.range());
            self.that(
                routes.end <= index.candidates.len(),
                "candidates",
                leaf.candidates.start,
            )?;
            self.that(dimensions.end <= index.dimensions.len(), "dimensions", 0)?;
        }
        for route in &index.candidates {
            self.that(
                route.index() < self.graph.routes.len(),
                "unknown route",
                route.0,
            )?;
        }
        for dimension in &index.dimensions {
            self.that(
                (dimension.any as usize) < index.masks.len(),
                "mask",
                dimension.any,
            )?;
            self.that(
                dimension.values.range().end <= index.values.len(),
                "values",
                0,
            )?;
        }
        for value in &index.values {
            self.that(
                (value.mask as usize) < index.masks.len(),
                "mask",
                value.mask,
            )?;
        }
        Ok(())
    }

    fn link(&self, what: &'static str, link: Link, len: usize) -> Check {
        let at = link.position().unwrap_or(0);
        self.that(
            link == Link::NONE || at < len,
            what,
            u32::try_from(at).unwrap_or(u32::MAX),
        )
    }

    fn that(&self, holds: bool, what: &'static str, id: u32) -> Check {
        if holds {
            Ok(())
        } else {
            Err(InvalidGraph {
                what,
                id,
                place: self.place,
            })
        }
    }
}
