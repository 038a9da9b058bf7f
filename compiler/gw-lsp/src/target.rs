//! What the word under the cursor stands for, and every other place that means the same.

use crate::members::Members;
use crate::mention::{LocalKind, Mention, Role};
use crate::scope::{Definition, imported_name, imports};
use crate::snapshot::{Snapshot, View};
use crate::typed::{self, Around};
use gw_compiler::Kind;
use gw_expr::Type;
use gw_syntax::{Expr, ExprKind, Span, Statement};
use smol_str::SmolStr;

/// What a word stands for.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Target {
    /// A declaration.
    Declaration(Definition),
    /// A name of one declaration: its file and its place there.
    Local(SmolStr, LocalKind, Span),
    /// A field of a schema or a variant of an enum: its file and its place there.
    Part(SmolStr, Span),
}

impl Target {
    /// The file and place of the declaration.
    pub(crate) fn place(&self) -> (&str, Span) {
        match self {
            Target::Declaration(d) => (&d.path, d.span),
            Target::Local(path, _, span) | Target::Part(path, span) => (path, *span),
        }
    }
}

/// The word at an offset, with what it stands for.
pub(crate) fn at(snapshot: &Snapshot, view: &View, offset: usize) -> Option<(Mention, Target)> {
    let mention = view.mention_at(offset)?;
    let target = of(snapshot, view, &mention)?;
    Some((mention, target))
}

/// What a mention stands for.
pub(crate) fn of(snapshot: &Snapshot, view: &View, mention: &Mention) -> Option<Target> {
    let name = view.slice(mention.span);
    let path = || SmolStr::new(&*view.path);
    match &mention.role {
        Role::Declaration(_) => {
            let own = view
                .definitions()
                .named(name)
                .find(|d| d.span == mention.span)?;
            Some(Target::Declaration(own.clone()))
        }
        Role::Reference(kinds) => {
            let found = snapshot.resolve(view, name, kinds)?;
            Some(Target::Declaration(found))
        }
        Role::Imported | Role::Alias => imported(snapshot, view, mention),
        Role::Local(kind, declared) => Some(Target::Local(path(), *kind, *declared)),
        Role::Argument(of) => argument(snapshot, view, &of.name, name),
        Role::Route | Role::Rule => decider(snapshot, view, mention),
        Role::SchemaField => Some(Target::Part(path(), mention.span)),
        Role::Variant => variant_here(view, mention).map(|span| Target::Part(path(), span)),
        Role::Choice => part_named(snapshot, view, name, Kind::Enum),
        Role::Key => part_named(snapshot, view, name, Kind::Schema),
        Role::Member => member_of_enum(snapshot, view, mention)
            .or_else(|| typed_member(snapshot, view, mention)),
        Role::Keyword(_)
        | Role::Word
        | Role::HttpMethod
        | Role::Field(..)
        | Role::Type
        | Role::Object
        | Role::Function(_)
        | Role::Text
        | Role::Constant => None,
    }
}

fn imported(snapshot: &Snapshot, view: &View, mention: &Mention) -> Option<Target> {
    let inside =
        |s: &Statement| s.span.start <= mention.span.start && mention.span.end <= s.span.end;
    let import = imports(view).find(|i| inside(i.statement))?;
    let entries = import.statement.block.iter().flat_map(|b| &b.statements);
    let entry = entries
        .map(imported_name)
        .find(|(name, alias)| name.span == mention.span || alias.span == mention.span);
    let (name, _) = entry?;
    let from = snapshot.view(&import.path)?;
    let mut own = from.definitions().named(&name.name);
    let found = own.find(|d| d.service.is_none());
    found.cloned().map(Target::Declaration)
}

/// The parameter that an argument gives.
fn argument(snapshot: &Snapshot, view: &View, of: &str, name: &str) -> Option<Target> {
    let kinds = [Kind::Policy, Kind::Limit, Kind::Transform];
    let used = snapshot.resolve(view, of, &kinds)?;
    let from = snapshot.view(&used.path)?;
    let inside = |m: &&Mention| used.whole.start <= m.span.start && m.span.end <= used.whole.end;
    let near = from.mentions_near(&[used.whole.start]);
    let mut parameters = near.iter().filter(inside);
    let found = parameters.find(|m| {
        matches!(m.role, Role::Local(LocalKind::Parameter, declared) if declared == m.span)
            && from.slice(m.span) == name
    })?;
    Some(Target::Local(used.path, LocalKind::Parameter, found.span))
}

/// The route, or whatever else decides, that a test names; none where several are meant.
fn decider(snapshot: &Snapshot, view: &View, mention: &Mention) -> Option<Target> {
    let kinds: &[Kind] = match mention.role {
        Role::Route => &[Kind::Route],
        _ => &[Kind::Policy, Kind::Limit, Kind::Service, Kind::Route],
    };
    let name = view.slice(mention.span);
    let before = view.text.text.get(..mention.span.start as usize)?;
    let service = before.strip_suffix('.').map(last_word);
    let fits = |d: &Definition| {
        kinds.contains(&d.kind) && service.is_none_or(|s| d.service.as_deref() == Some(s))
    };
    let imported = imports(view).filter_map(|i| snapshot.view(&i.path));
    let mut found: Vec<Definition> = Vec::new();
    for from in std::iter::once(view.clone()).chain(imported) {
        found.extend(from.definitions().named(name).filter(|d| fits(d)).cloned());
    }
    match found.as_slice() {
        [one] => Some(Target::Declaration(one.clone())),
        _ => None,
    }
}

/// The name that a text ends with.
pub(crate) fn last_word(text: &str) -> &str {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = text.trim_end_matches(is_name).len();
    text.get(start..).unwrap_or_default()
}

/// The declaration of a variant that its own enum names.
fn variant_here(view: &View, mention: &Mention) -> Option<Span> {
    let items = view.file().items.iter();
    let inside =
        |s: &&Statement| s.span.start <= mention.span.start && mention.span.end <= s.span.end;
    let of = items
        .filter(|s| s.head.ident().name == "enum")
        .find(inside)?;
    let name = view.slice(mention.span);
    part_of(of, name)
}

/// The field or variant of a declaration.
fn part_of(declaration: &Statement, name: &str) -> Option<Span> {
    let parts = declaration.block.iter().flat_map(|b| &b.statements);
    let mut heads = parts.map(|s| s.head.ident());
    heads.find(|h| h.name == name).map(|h| h.span)
}

/// A field or variant by its bare name, if the declarations in sight have only one.
fn part_named(snapshot: &Snapshot, view: &View, name: &str, kind: Kind) -> Option<Target> {
    let visible = snapshot.visible(view);
    let mut found = visible
        .iter()
        .filter(|(_, d)| d.kind == kind)
        .filter_map(|(_, d)| {
            let from = snapshot.view(&d.path)?;
            let span = part_of(d.statement(&from)?, name)?;
            Some(Target::Part(d.path.clone(), span))
        });
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// Whether a member is the variant of an enum, `Role.admin`.
pub(crate) fn is_variant(snapshot: &Snapshot, view: &View, mention: &Mention) -> bool {
    member_of_enum(snapshot, view, mention).is_some()
}

/// `Role.admin`.
fn member_of_enum(snapshot: &Snapshot, view: &View, mention: &Mention) -> Option<Target> {
    let before = view.text.text.get(..mention.span.start as usize)?;
    let operand = before.strip_suffix('.')?;
    let of = snapshot.resolve(view, last_word(operand), &[Kind::Enum])?;
    let from = snapshot.view(&of.path)?;
    let span = part_of(of.statement(&from)?, view.slice(mention.span))?;
    Some(Target::Part(of.path, span))
}

fn typed_member(snapshot: &Snapshot, view: &View, mention: &Mention) -> Option<Target> {
    let around = typed::around(snapshot, view, mention.span.start as usize);
    member(&around, view, mention)
}

/// The field that a member reads, by the type of what it is read from.
pub(crate) fn member(around: &Around, view: &View, mention: &Mention) -> Option<Target> {
    let offset = mention.span.start as usize;
    let place = around.place(view, offset)?;
    let reads =
        |e: &Expr| matches!(&e.kind, ExprKind::Select { field, .. } if field.span == mention.span);
    let (expr, env) = typed::part_at(&place, offset, &reads)?;
    let ExprKind::Select { operand, field, .. } = &expr.kind else {
        return None;
    };
    let ty = typed::type_of(operand, &env);
    let Type::Record(record) = ty.present().base() else {
        return None;
    };
    let span = record.fields.get(&field.name)?.span?;
    let (path, _) = around
        .analysis
        .modules
        .iter()
        .find(|(_, file)| *file == span.file)?;
    let at_home = Span {
        file: gw_syntax::FileId(0),
        ..span
    };
    Some(Target::Part(SmolStr::new(path), at_home))
}

/// Every mention of a target in the files that are known, its declaration included.
pub(crate) fn mentions(snapshot: &Snapshot, target: &Target) -> Vec<(View, Vec<Mention>)> {
    let (home, span) = target.place();
    let Some(home_view) = snapshot.view(home) else {
        return Vec::new();
    };
    let name = SmolStr::new(home_view.slice(span));
    let mut views = snapshot.known();
    if !views.iter().any(|v| *v.path == *home) {
        views.push(home_view);
    }
    if matches!(target, Target::Local(_, kind, _) if *kind != LocalKind::Parameter) {
        views.retain(|v| *v.path == *home);
    }
    let found = views.into_iter().map(|view| {
        let own = in_view(snapshot, &view, target, &name);
        (view, own)
    });
    found.filter(|(_, list)| !list.is_empty()).collect()
}

/// Every mention of a target in one file.
pub(crate) fn mentions_in(snapshot: &Snapshot, view: &View, target: &Target) -> Vec<Mention> {
    let (home, span) = target.place();
    let name = snapshot.view(home).map(|v| SmolStr::new(v.slice(span)));
    name.map_or_else(Vec::new, |name| in_view(snapshot, view, target, &name))
}

fn in_view(snapshot: &Snapshot, view: &View, target: &Target, name: &SmolStr) -> Vec<Mention> {
    let names = names_in(snapshot, view, target, name);
    let named = |m: &&Mention| {
        let text = view.slice(m.span);
        let last = text.rsplit('.').next().unwrap_or(text);
        names.iter().any(|n| n == text || n == last)
    };
    let mut members: Option<Members<'_>> = None;
    let same = |m: &&Mention| match (&m.role, target) {
        (Role::Member, Target::Part(..)) => match member_of_enum(snapshot, view, m) {
            Some(variant) => variant == *target,
            None => {
                let members = members.get_or_insert_with(|| Members::of(snapshot, view));
                members.target(m.span) == Some(target)
            }
        },
        _ => of(snapshot, view, m).as_ref() == Some(target),
    };
    let near = view.mentions_of(&names);
    near.iter().filter(named).filter(same).cloned().collect()
}

/// The names that a target has in a file: its own, and those that imports give it.
fn names_in(snapshot: &Snapshot, view: &View, target: &Target, name: &SmolStr) -> Vec<SmolStr> {
    let mut names = vec![name.clone()];
    if let Target::Declaration(definition) = target {
        let visible = snapshot.visible(view);
        let aliases = visible.into_iter().filter(|(_, d)| d == definition);
        names.extend(aliases.map(|(alias, _)| alias));
    }
    names
}
