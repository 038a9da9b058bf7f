//! Renaming: every mention of a name in every known file, or the reason why not.

use crate::mention::{LocalKind, Mention, Role};
use crate::scope::Definition;
use crate::snapshot::{Snapshot, View};
use crate::target::{self, Target};
use crate::text::Encoding;
use gw_compiler::{Kind, OBJECTS};
use lsp_types::{PrepareRenameResponse, TextEdit, Uri};

/// Why something is not renamed, for people.
pub(crate) type Refusal = String;

/// What changes in one file.
pub(crate) struct Edits {
    pub(crate) uri: Uri,
    pub(crate) path: String,
    pub(crate) edits: Vec<TextEdit>,
}

/// The name at an offset, if it can be renamed.
pub(crate) fn prepare(
    snapshot: &Snapshot,
    view: &View,
    offset: usize,
    units: Encoding,
) -> Result<PrepareRenameResponse, Refusal> {
    let (mention, _) = renamed(snapshot, view, offset)?;
    let span = mention.span;
    Ok(PrepareRenameResponse::RangeWithPlaceholder {
        range: view
            .text
            .range(span.start as usize, span.end as usize, units),
        placeholder: view.slice(span).to_owned(),
    })
}

/// The edits by file that give the name at an offset another one.
pub(crate) fn rename(
    snapshot: &Snapshot,
    view: &View,
    offset: usize,
    name: &str,
    units: Encoding,
) -> Result<Vec<Edits>, Refusal> {
    let (mention, target) = renamed(snapshot, view, offset)?;
    let old = view.slice(mention.span).to_owned();
    check_name(name, &target)?;
    check_readers(snapshot, &target, &old)?;
    let mut out = Vec::new();
    for (from, mentions) in places(snapshot, view, &target, &old) {
        check_free(snapshot, &from, &target, name)?;
        let Some(uri) = snapshot.uri(&from.path) else {
            continue;
        };
        let edits = mentions.iter().map(|m| {
            let range = from
                .text
                .range(m.span.start as usize, m.span.end as usize, units);
            TextEdit::new(range, name.to_owned())
        });
        out.push(Edits {
            uri,
            path: from.path.to_string(),
            edits: edits.collect(),
        });
    }
    Ok(out)
}

fn renamed(snapshot: &Snapshot, view: &View, offset: usize) -> Result<(Mention, Target), Refusal> {
    let Some(mention) = view.mention_at(offset) else {
        return Err("there is no name here".to_owned());
    };
    let word = view.slice(mention.span);
    let found = target::of(snapshot, view, &mention);
    match (&mention.role, found) {
        (_, Some(Target::Part(..))) => Err(format!(
            "`{word}` is a name in tokens, keys or bodies too: under another name something else would be read"
        )),
        (_, Some(target)) => Ok((mention, target)),
        (Role::Reference(_) | Role::Imported | Role::Alias | Role::Argument(_), None) => {
            Err(format!("`{word}` is not declared"))
        }
        (Role::Member, None) => Err(format!(
            "`{word}` is a member, which has its name from elsewhere"
        )),
        (Role::Route | Role::Rule, None) => Err(format!("`{word}` is not the name of one route")),
        _ => Err(format!("`{word}` is a word of the language")),
    }
}

/// The mentions to change. Where a file knows the declaration by an alias, its mentions stay, or,
/// if it is the alias that is renamed, they alone change.
fn places(
    snapshot: &Snapshot,
    view: &View,
    target: &Target,
    old: &str,
) -> Vec<(View, Vec<Mention>)> {
    let (home, span) = target.place();
    let declared = snapshot.view(home).map(|v| v.slice(span).to_owned());
    let is_alias = declared.as_deref() != Some(old);
    let mut all = target::mentions(snapshot, target);
    if is_alias {
        all.retain(|(from, _)| from.path == view.path);
    }
    for (from, mentions) in &mut all {
        mentions.retain(|m| from.slice(m.span) == old);
    }
    all.retain(|(_, mentions)| !mentions.is_empty());
    all
}

fn check_name(name: &str, target: &Target) -> Result<(), Refusal> {
    let mut letters = name.chars();
    let first = letters
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if !first || !letters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(format!(
            "`{name}` is not a name: names are letters, digits and `_`, and begin with no digit"
        ));
    }
    if matches!(name, "true" | "false" | "null" | "in" | "switch") {
        return Err(format!("`{name}` is a word of the language"));
    }
    if OBJECTS.contains(&name) && is_value(target) {
        return Err(format!("`{name}` is the name of a built-in object"));
    }
    let is_type = gw_expr::Type::named(name).is_some() || matches!(name, "list" | "map");
    match target {
        Target::Declaration(d) if is_type && matches!(d.kind, Kind::Schema | Kind::Enum) => {
            Err(format!("`{name}` is a built-in type"))
        }
        Target::Declaration(_) | Target::Local(..) | Target::Part(..) => Ok(()),
    }
}

/// Whether a parameter of a path is read where its route is not known: a `let` or a policy reads
/// it on behalf of every route that uses them.
fn check_readers(snapshot: &Snapshot, target: &Target, name: &str) -> Result<(), Refusal> {
    let Target::Local(_, LocalKind::PathParameter, _) = target else {
        return Ok(());
    };
    for view in snapshot.known() {
        let reads = |m: &Mention| {
            let before = view.text.text.get(..m.span.start as usize);
            let of_path = before.is_some_and(|b| b.ends_with("path."));
            matches!(m.role, Role::Member) && of_path && view.slice(m.span) == name
        };
        if let Some(reader) = view.mentions_of(&[name.into()]).iter().find(|m| reads(m)) {
            let line = view.text.line(reader.span.start as usize) + 1;
            let file = file_name(&view.path);
            return Err(format!(
                "`path.{name}` is read for other routes too, in {file} on line {line}"
            ));
        }
    }
    Ok(())
}

fn is_value(target: &Target) -> bool {
    match target {
        Target::Declaration(d) => Kind::VALUES.contains(&d.kind),
        Target::Local(_, kind, _) => *kind != LocalKind::PathParameter,
        Target::Part(..) => false,
    }
}

/// Whether a file has no other use for the new name.
fn check_free(
    snapshot: &Snapshot,
    view: &View,
    target: &Target,
    name: &str,
) -> Result<(), Refusal> {
    let taken = |what: &str| Err(format!("`{name}` is taken already: {what}"));
    match target {
        Target::Declaration(renamed) => {
            let visible = snapshot.visible(view);
            let other = visible
                .iter()
                .find(|(n, d)| n == name && d != renamed && share(d, renamed));
            match other {
                Some((_, d)) => taken(&format!("{} in {}", d.kind.keyword(), file_name(&d.path))),
                None => Ok(()),
            }
        }
        Target::Local(path, _, declared) if *path == *view.path => {
            let used = |m: &Mention| {
                let own = matches!(m.role, Role::Local(_, d) if d != *declared);
                let outer = matches!(m.role, Role::Reference(k) if k.len() > 1);
                (own || outer) && view.slice(m.span) == name
            };
            let around = crate::typed::enclosing(view.file(), declared.start);
            let inside = |m: &&Mention| {
                around.is_none_or(|s| s.span.start <= m.span.start && m.span.end <= s.span.end)
            };
            let near = view.mentions_of(&[name.into()]);
            match near.iter().filter(inside).any(used) {
                true => taken("it is used in the same declaration"),
                false => Ok(()),
            }
        }
        Target::Local(..) | Target::Part(..) => Ok(()),
    }
}

/// Whether two declarations may not have the same name.
fn share(a: &Definition, b: &Definition) -> bool {
    let space = a.kind.space() == b.kind.space();
    space && (a.kind != Kind::Route || a.service == b.service)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
