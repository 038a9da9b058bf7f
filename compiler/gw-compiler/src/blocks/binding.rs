//! `let`: a name for an expression, typed anew where it is used.

use crate::cx::Cx;
use crate::env::names_in;
use crate::load::assigned;
use crate::resolve::{DeclId, Kind};
use crate::spec::{BlockSpec, Repeats, Shape, Words};
use gw_syntax::{Code, Diagnostic, Ident};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// `let`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "let",
    parents: &["file"],
    usage: "let NAME = EXPRESSION",
    shape: Shape::of(Words::Name).assigned(),
    doc: "Names an expression. It is checked where it is used, evaluated only when it is needed, and at most once per request.",
    example: "let same_org = jwt.org == path.org",
    fields: &[],
    repeats: Repeats::Often,
};

/// Lets that have no value because they lead into a circle, and the circles.
#[derive(Debug, Default)]
pub(crate) struct Circles {
    stuck: HashSet<DeclId>,
    found: Vec<Vec<DeclId>>,
}

/// Whether a `let` leads into a circle.
pub(crate) fn is_recursive(cx: &mut Cx<'_, '_>, id: DeclId) -> bool {
    circles(cx).stuck.contains(&id)
}

/// A finding for a `let` that leads back to itself or has no expression.
pub(crate) fn check_circle(cx: &mut Cx<'_, '_>, id: DeclId) {
    let Some(decl) = cx.program.decl(id) else {
        return;
    };
    let (name, statement) = (decl.name.clone(), decl.statement);
    if assigned(statement).is_none() {
        cx.report(
            Diagnostic::new(
                Code::WrongShape,
                statement.span,
                format!("`let {}` has no expression", name.name),
            )
            .here("nothing after the name")
            .help(format!("write `let {} = …`", name.name)),
        );
        return;
    }
    let circles = circles(cx);
    // One finding a circle: at its first `let`.
    let own = circles.found.iter().find(|c| c.iter().min() == Some(&id));
    if let Some(circle) = own {
        report_circle(cx, circle, &name);
    }
}

/// Most further places that a finding shows.
const SHOWN: usize = 3;

fn report_circle(cx: &mut Cx<'_, '_>, circle: &[DeclId], name: &Ident) {
    let mut diagnostic = Diagnostic::new(
        Code::RecursiveDeclaration,
        name.span,
        format!("`{}` is defined by itself", name.name),
    )
    .here("leads back to itself")
    .help("the language has no recursion: write the expression out");
    let members = circle.iter().filter_map(|other| cx.program.decl(*other));
    for decl in members.filter(|d| d.name.span != name.span).take(SHOWN) {
        diagnostic = diagnostic.because(decl.name.span, "through this one");
    }
    cx.report(diagnostic);
}

/// The circles of the policy, found once.
fn circles(cx: &mut Cx<'_, '_>) -> Rc<Circles> {
    if let Some(known) = cx.envs.known_circles() {
        return known;
    }
    let lets = (0..cx.program.decls.len()).map(DeclId);
    let edges: HashMap<DeclId, Vec<DeclId>> = lets
        .filter(|id| cx.program.decl(*id).is_some_and(|d| d.kind == Kind::Let))
        .map(|id| (id, references(cx, id)))
        .collect();
    let circles = Rc::new(find_circles(&edges));
    cx.envs.keep_circles(Rc::clone(&circles));
    circles
}

/// Takes away what refers to nothing that is left, until only circles and what leads into them
/// remain; then follows one reference of each.
fn find_circles(edges: &HashMap<DeclId, Vec<DeclId>>) -> Circles {
    let mut open: HashMap<DeclId, usize> = HashMap::new();
    let mut users: HashMap<DeclId, Vec<DeclId>> = HashMap::new();
    for (id, targets) in edges {
        let lets = targets.iter().filter(|t| edges.contains_key(t));
        open.insert(*id, lets.clone().count());
        lets.for_each(|t| users.entry(*t).or_default().push(*id));
    }
    let mut free: Vec<DeclId> = open
        .iter()
        .filter(|(_, n)| **n == 0)
        .map(|(id, _)| *id)
        .collect();
    let mut stuck: HashSet<DeclId> = edges.keys().copied().collect();
    while let Some(id) = free.pop() {
        stuck.remove(&id);
        for user in users.get(&id).into_iter().flatten() {
            if let Some(left) = open.get_mut(user) {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    free.push(*user);
                }
            }
        }
    }
    let found = walk(edges, &stuck);
    Circles { stuck, found }
}

fn walk(edges: &HashMap<DeclId, Vec<DeclId>>, stuck: &HashSet<DeclId>) -> Vec<Vec<DeclId>> {
    let mut seen: HashSet<DeclId> = HashSet::new();
    let mut found = Vec::new();
    let mut starts: Vec<DeclId> = stuck.iter().copied().collect();
    starts.sort_unstable();
    for start in starts {
        let mut path: Vec<DeclId> = Vec::new();
        let mut next = Some(start);
        while let Some(id) = next.filter(|id| !seen.contains(id)) {
            seen.insert(id);
            path.push(id);
            let targets = edges.get(&id).into_iter().flatten();
            next = targets.copied().find(|t| stuck.contains(t));
        }
        let begin = next.and_then(|id| path.iter().position(|p| *p == id));
        found.extend(begin.map(|begin| path.split_off(begin)));
    }
    found
}

fn references(cx: &Cx<'_, '_>, id: DeclId) -> Vec<DeclId> {
    let Some(decl) = cx.program.decl(id) else {
        return Vec::new();
    };
    let names = assigned(decl.statement).map(names_in).unwrap_or_default();
    names
        .iter()
        .filter_map(|n| cx.program.peek(decl.module, n))
        .collect()
}
