//! Findings about descriptions. They stand where the policy names the description, since that is
//! whose author can act; the second places are in the description.

use super::library::Descriptions;
use super::{Declaration, Outcome, Written};
use crate::suggest::nearest;
use gw_expr::Type;
use gw_schema::{Document, Library, Note, NoteKind, Place, Problem};
use gw_syntax::{Code, Diagnostic, Ident, MAX_SOURCE_BYTES, Span};
use std::fmt::Write;

/// Most places of a description that one finding shows.
const SHOWN: usize = 4;

/// A finding moved to where the policy names the file.
pub(super) fn at(mut diagnostic: Diagnostic, span: Span) -> Diagnostic {
    if let Some(first) = diagnostic.labels.first_mut() {
        first.span = span;
    }
    diagnostic
}

pub(super) fn remote(name: &Ident) -> Diagnostic {
    let message = format!(
        "`{}` is not a file: descriptions never cross the network",
        name.name
    );
    Diagnostic::new(Code::FileNotFound, name.span, message)
        .here("needed here")
        .help("copy the file into the repository, so that builds are reproducible")
}

pub(super) fn too_large(path: &str) -> Diagnostic {
    let most = MAX_SOURCE_BYTES >> 20;
    let message = format!("`{path}` is larger than {most} MiB");
    Diagnostic::new(Code::FileTooLarge, Span::default(), message)
        .here("needed here")
        .help("keep the schemas that the policy needs in a file of their own")
}

pub(super) fn not_utf8(path: &str) -> Diagnostic {
    let message = format!("`{path}` is not UTF-8");
    Diagnostic::new(Code::InvalidUtf8, Span::default(), message)
        .here("needed here")
        .help("save the file as UTF-8")
}

pub(super) fn unreadable(path: &str, why: &str, place: Span) -> Diagnostic {
    let message = format!("`{path}` is neither YAML nor JSON: {why}");
    let diagnostic = Diagnostic::new(Code::BadDescription, Span::default(), message);
    let diagnostic = diagnostic.here("cannot be read");
    diagnostic
        .because(place, "here")
        .help("mend the file; a YAML or JSON linter says more about it")
}

pub(super) fn wrong_version(
    path: &str,
    why: &str,
    written: &Written,
    document: &Document,
) -> Diagnostic {
    let message = format!("`{path}` cannot be used: {why}");
    let diagnostic = Diagnostic::new(Code::BadDescription, written.file.span, message);
    let diagnostic = diagnostic.here("not a description that is understood");
    let has = |pointer: &&str| document.at(pointer).is_some();
    let schema = ["/type", "/properties", "/$defs", "/definitions", "/$schema"];
    match schema.iter().any(has) && !has(&"/swagger") {
        true => diagnostic.help(format!("write `json_schema(\"{path}\")`")),
        false => diagnostic.help("convert the description to OpenAPI 3.0 or 3.1"),
    }
}

pub(super) fn nameless<'n>(
    written: &Written,
    folders: impl Iterator<Item = (&'static str, Vec<&'n str>)>,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::UnknownSchema,
        written.span,
        format!("`{}` describes an API, not one schema", written.file.name),
    );
    let names: Vec<&str> = folders.flat_map(|(_, names)| names).collect();
    let diagnostic = diagnostic.here("the schema is missing");
    diagnostic.help(match names.first() {
        Some(first) => format!(
            "write `openapi(\"{}\").{}`; {}",
            written.file.name,
            member(first),
            listing(&names)
        ),
        None => "the description has no schemas under `components`".to_owned(),
    })
}

pub(super) fn unknown<'n>(
    written: &Written,
    name: &Ident,
    folders: impl Iterator<Item = (&'static str, Vec<&'n str>)>,
) -> Diagnostic {
    let names: Vec<&str> = folders.flat_map(|(_, names)| names).collect();
    let message = format!("`{}` has no schema `{}`", written.file.name, name.name);
    let diagnostic = Diagnostic::new(Code::UnknownSchema, name.span, message);
    let diagnostic = diagnostic.here("not declared there");
    match nearest(&name.name, names.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            name.span,
            member(near),
        ),
        None => diagnostic.help(listing(&names)),
    }
}

/// A name as it stands after a dot.
fn member(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match name.chars().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit()) {
        true => name.to_owned(),
        false => format!("`{name}`"),
    }
}

fn listing(names: &[&str]) -> String {
    let shown = names.iter().take(12).copied().collect::<Vec<_>>();
    match (names.len(), names.len() - shown.len()) {
        (0, _) => "it has no schemas under a name".to_owned(),
        (_, 0) => format!("it has `{}`", shown.join("`, `")),
        (_, more) => format!("it has `{}` and {more} more", shown.join("`, `")),
    }
}

/// What there is to say about the schema of a declaration.
pub(super) fn findings(
    library: &Descriptions<'_>,
    declaration: &Declaration<'_>,
    place: &Place,
    outcome: &Outcome,
) -> Vec<Diagnostic> {
    match outcome {
        Ok(reading) => {
            let of = |loose: bool| -> Vec<&Note> {
                let is = |note: &&Note| matches!(note.kind, NoteKind::Loose(_)) == loose;
                reading.notes.iter().filter(is).collect()
            };
            let mut found = Vec::new();
            found.extend(wrong_kind(library, declaration, place, &reading.ty));
            if found.is_empty() {
                found.extend(loose(library, declaration, &of(true)));
                found.extend(unchecked(library, declaration, &of(false)));
            }
            found
        }
        Err(problem) => self::problem(library, declaration, problem)
            .into_iter()
            .collect(),
    }
}

/// GW0123 for a schema that is no record, or an enum that is none.
fn wrong_kind(
    library: &Descriptions<'_>,
    declaration: &Declaration<'_>,
    place: &Place,
    ty: &Type,
) -> Option<Diagnostic> {
    let name = &declaration.name.name;
    let keyword = declaration.keyword;
    let (is, help) = match (ty.present(), keyword) {
        (Type::Record(_), "schema") | (Type::Enum(_), "enum") => return None,
        (Type::Enum(_), _) => (
            "a list of texts",
            format!("declare it as `enum {name} = …`"),
        ),
        (Type::Record(_), _) => ("an object", format!("declare it as `schema {name} = …`")),
        (Type::Map(..), _) => (
            "an object without properties",
            "list its `properties` in the description, or write the schema here".to_owned(),
        ),
        (_, "enum") => (
            "no list of texts",
            format!("write the variants here: `enum {name} {{ … }}`"),
        ),
        _ => (
            "no object with properties",
            format!("name a schema of an object, or write it here: `schema {name} {{ … }}`"),
        ),
    };
    let message = format!("{keyword} `{name}` is described as {is}");
    let diagnostic = Diagnostic::new(Code::KindMismatch, declaration.written.span, message);
    let diagnostic = diagnostic.here(format!("this is `{ty}`"));
    Some(
        diagnostic
            .because(library.span(place), "described here")
            .help(help),
    )
}

/// GW0221.
fn loose(
    library: &Descriptions<'_>,
    declaration: &Declaration<'_>,
    notes: &[&Note],
) -> Option<Diagnostic> {
    let name = &declaration.name.name;
    let message = match notes {
        [] => return None,
        [one] => format!("`{}` of `{name}` has no type here", one.place.pointer),
        several => format!("{} parts of `{name}` have no type here", several.len()),
    };
    let why = |note: &Note| match note.kind {
        NoteKind::Loose(why) => why.to_owned(),
        NoteKind::Unchecked => String::new(),
    };
    let diagnostic = Diagnostic::new(Code::LooseSchema, declaration.written.span, message);
    let diagnostic = diagnostic.here(match notes {
        [_] => "it reads as `json`",
        _ => "they read as `json`",
    });
    let help = "give it one type in the description, or accept it: `lint loose_schema = allow because \"…\"`";
    Some(shown(library, diagnostic, notes, why).help(help))
}

/// GW0222.
fn unchecked(
    library: &Descriptions<'_>,
    declaration: &Declaration<'_>,
    notes: &[&Note],
) -> Option<Diagnostic> {
    let name = &declaration.name.name;
    let message = match notes {
        [] => return None,
        [one] => format!("`{}` of `{name}` is not checked", one.place.pointer),
        several => format!("{} constraints of `{name}` are not checked", several.len()),
    };
    let diagnostic = Diagnostic::new(Code::UncheckedSchema, declaration.written.span, message);
    let diagnostic = diagnostic.here("values are taken that the description refuses");
    let help = "ask for it in a rule where it matters, or accept it: `lint unchecked_schema = allow because \"…\"`";
    Some(shown(library, diagnostic, notes, |_| "not checked".to_owned()).help(help))
}

/// Adds the first places of notes.
fn shown(
    library: &Descriptions<'_>,
    diagnostic: Diagnostic,
    notes: &[&Note],
    why: impl Fn(&Note) -> String,
) -> Diagnostic {
    let mut diagnostic = diagnostic;
    for (index, note) in notes.iter().take(SHOWN).enumerate() {
        let mut text = why(note);
        let more = notes.len() - SHOWN.min(notes.len());
        if index + 1 == SHOWN && more > 0 {
            let _ = write!(text, ", and {more} more");
        }
        diagnostic = diagnostic.because(library.span(&note.place), text);
    }
    diagnostic
}

fn problem(
    library: &Descriptions<'_>,
    declaration: &Declaration<'_>,
    problem: &Problem,
) -> Option<Diagnostic> {
    let name = &declaration.name.name;
    let new = |code, message: String| Diagnostic::new(code, declaration.written.span, message);
    Some(match problem {
        Problem::Unopened => return None,
        Problem::Missing { at, target } => {
            let message = format!(
                "a reference of `{name}` leads to nothing: `#{}`",
                target.pointer
            );
            let diagnostic = new(Code::UnknownSchema, message).here("needed here");
            let diagnostic = diagnostic.because(library.span(at), "leads nowhere");
            diagnostic.help(there_is(library, target))
        }
        Problem::Circle { chain } => {
            let first = chain.first().map(|place| format!("#{}", place.pointer));
            let first = first.unwrap_or_default();
            let message = format!("references of `{name}` lead only back to `{first}`");
            let diagnostic = new(Code::ReferenceCircle, message).here("needed here");
            let places = chain.iter().take(SHOWN);
            let diagnostic = places.fold(diagnostic, |d, place| {
                d.because(library.span(place), "refers on")
            });
            diagnostic.help("say in one of them what the schema is")
        }
        Problem::NoSchema(place) => {
            let message = format!("what `{name}` refers to is no schema: `#{}`", place.pointer);
            let diagnostic = new(Code::BadDescription, message).here("needed here");
            let diagnostic =
                diagnostic.because(library.span(place), "neither an object nor a bool");
            diagnostic.help("a schema is an object such as `{ type: string }`, or `true`")
        }
        Problem::TooDeep(place) => {
            let message = format!("`{name}` contains schemas that contain each other too deeply");
            let diagnostic = new(Code::NestingTooDeep, message).here("too deep");
            let diagnostic = diagnostic.because(library.span(place), "one more here");
            diagnostic.help("name a schema further in, or write the part that is needed here")
        }
        Problem::TooLarge(place) => {
            let message = format!("the type of `{name}` would be too large");
            let diagnostic = new(Code::SchemaTooLarge, message).here("too large");
            let diagnostic = diagnostic.because(library.span(place), "still growing here");
            diagnostic.help("name a schema further in, or write the part that is needed here")
        }
    })
}

/// What could have been meant by a reference to nothing.
fn there_is(library: &Descriptions<'_>, target: &Place) -> String {
    let document = library.document(target.file);
    let (folder, last) = target.pointer.rsplit_once('/').unwrap_or_default();
    let members = document.as_ref().and_then(|d| d.at(folder)?.as_object());
    let names: Vec<&str> = members
        .into_iter()
        .flat_map(|m| m.keys().map(String::as_str))
        .collect();
    match nearest(last, names.iter().copied()) {
        Some(near) => format!("did the description mean `#{folder}/{near}`?"),
        None if target.pointer.starts_with('/') || target.pointer.is_empty() => {
            "mend the reference, or declare what it names".to_owned()
        }
        None => "only JSON pointers are followed, as in `#/$defs/Address`".to_owned(),
    }
}
