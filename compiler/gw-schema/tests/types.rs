//! Each description of tests/types gives its snapshot: every schema that it names, as the author of
//! a policy would write the type, with the differences between the two. Files that begin with `_`
//! are only referred to.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "the descriptions are read from the disk"
)]

use gw_expr::Type;
use gw_schema::{Document, Library, NoteKind, Place, Problem, Version, child, components, read};
use gw_syntax::{FileId, Ident};
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// The files of tests/types, in the order in which they were opened.
#[derive(Default)]
struct Folder(Vec<(String, Arc<Document>)>);

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/types"))
}

impl Folder {
    fn file(&mut self, name: &str) -> Option<FileId> {
        let known = self.0.iter().position(|(known, _)| known == name);
        let index = match known {
            Some(index) => index,
            None => {
                let text = std::fs::read_to_string(folder().join(name)).ok()?;
                let document = Arc::new(Document::read(&text).unwrap());
                self.0.push((name.to_owned(), document));
                self.0.len() - 1
            }
        };
        Some(FileId(u32::try_from(index).unwrap()))
    }
}

impl Library for Folder {
    fn document(&self, file: FileId) -> Option<Arc<Document>> {
        Some(Arc::clone(&self.0.get(file.0 as usize)?.1))
    }

    fn open(&mut self, _: &Place, name: &str) -> Option<FileId> {
        self.file(name)
    }

    fn declared(&self, place: &Place) -> Option<Ident> {
        let span = gw_syntax::Span::default();
        let name = place.pointer.strip_prefix("/components/schemas/Named")?;
        Some(Ident {
            name: format!("Policy{name}").into(),
            span,
        })
    }
}

#[test]
fn every_description_gives_its_snapshot() {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with('_') && !name.ends_with(".snap"))
        .collect();
    names.sort();
    assert!(names.len() >= 8);
    for name in names {
        let stem = name.rsplit_once('.').unwrap().0.to_owned();
        insta::with_settings!({
            snapshot_path => folder(),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!(stem, shown(&name)) });
    }
}

fn shown(name: &str) -> String {
    let mut library = Folder::default();
    let file = library.file(name).unwrap();
    let document = library.document(file).unwrap();
    let version = document.version().unwrap_or(Version::V3_1);
    let mut pointers: Vec<String> = components(&document)
        .flat_map(|(folder, names)| names.into_iter().map(move |name| child(folder, name)))
        .collect();
    if document.version().is_err() {
        pointers.insert(0, String::new());
    }
    let mut out = String::new();
    for pointer in pointers {
        let place = Place { file, pointer };
        writeln!(out, "#{}", place.pointer).unwrap();
        match read(&mut library, &place, version) {
            Ok(reading) => {
                write_type(&mut out, &reading.ty);
                for note in &reading.notes {
                    let (file, document) = &library.0[note.place.file.0 as usize];
                    let range = document.place(&note.place.pointer);
                    let kind = match note.kind {
                        NoteKind::Loose(why) => format!("json, {why}"),
                        NoteKind::Unchecked => "not checked".to_owned(),
                    };
                    let pointer = &note.place.pointer;
                    writeln!(out, "  {kind}: {file}#{pointer} at {}", range.start).unwrap();
                }
            }
            Err(problem) => writeln!(out, "  {}", words(&problem)).unwrap(),
        }
    }
    out
}

fn write_type(out: &mut String, ty: &Type) {
    match ty {
        Type::Record(record) => {
            for (name, field) in &record.fields {
                let optional = if field.optional { "?" } else { "" };
                write!(out, "  {name}{optional}: {}", field.ty).unwrap();
                match field.doc.is_empty() {
                    true => out.push('\n'),
                    false => writeln!(out, " // {}", field.doc).unwrap(),
                }
            }
        }
        other => writeln!(out, "  = {other}").unwrap(),
    }
}

fn words(problem: &Problem) -> String {
    match problem {
        Problem::Missing { at, target } => format!("#{} misses #{}", at.pointer, target.pointer),
        Problem::Unopened => "a file cannot be had".to_owned(),
        Problem::Circle { chain } => {
            let places: Vec<&str> = chain.iter().map(|p| p.pointer.as_str()).collect();
            format!("circle: {}", places.join(" > "))
        }
        Problem::NoSchema(place) => format!("no schema: #{}", place.pointer),
        Problem::TooDeep(place) => format!("too deep: #{}", place.pointer),
        Problem::TooLarge(place) => format!("too large: #{}", place.pointer),
    }
}
