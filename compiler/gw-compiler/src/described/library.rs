//! The description files of a policy: each is read once, and is part of its sources.

use super::{Declaration, Format, Unopened, Written, named, report};
use crate::Files;
use crate::load::{join, read_named, unreadable};
use gw_expr::Type;
use gw_schema::{Document, Library, Place, Version};
use gw_syntax::{Diagnostic, FileId, Ident, MAX_SOURCE_BYTES, Severity, Sources, Span};
use hashbrown::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// The descriptions that were opened.
pub(super) struct Descriptions<'d> {
    files: &'d dyn Files,
    pub(super) sources: &'d mut Sources,
    pub(super) diagnostics: &'d mut Vec<Diagnostic>,
    /// By identity.
    opened: HashMap<String, Result<FileId, Unopened>>,
    documents: HashMap<FileId, Arc<Document>>,
    declared: HashMap<Place, Ident>,
    /// The expression that names the description being read.
    from: Span,
}

impl<'d> Descriptions<'d> {
    pub(super) fn new(
        files: &'d dyn Files,
        sources: &'d mut Sources,
        diagnostics: &'d mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            files,
            sources,
            diagnostics,
            opened: HashMap::new(),
            documents: HashMap::new(),
            declared: HashMap::new(),
            from: Span::default(),
        }
    }

    /// Gives a schema the name of its declaration; the first of several counts.
    pub(super) fn declare(&mut self, place: Place, name: Ident) {
        self.declared.entry(place).or_insert(name);
    }

    /// Where the schema of a declaration stands, and how it is read.
    pub(super) fn place(&mut self, declaration: &Declaration<'_>) -> Option<(Place, Version)> {
        let found = self.locate(&declaration.module.path, &declaration.written);
        found.map_err(|why| self.report(*why)).ok()
    }

    /// The same for what the file at `from` writes, with the finding where there is none.
    pub(super) fn locate(
        &mut self,
        from: &str,
        written: &Written,
    ) -> Result<(Place, Version), Box<Diagnostic>> {
        let name = &written.file;
        let found = match name.name.contains("://") {
            true => Err(Unopened(Box::new(report::remote(name)))),
            false => self.open_file(&join(from, &name.name)),
        };
        match found {
            Ok(file) => self.target(file, written),
            Err(Unopened(why)) => Err(Box::new(report::at(*why, name.span))),
        }
    }

    /// The type of a declaration's schema, under its name.
    pub(super) fn read(
        &mut self,
        declaration: &Declaration<'_>,
        place: &Place,
        version: Version,
    ) -> Option<Type> {
        self.from = declaration.written.span;
        let outcome = gw_schema::read(self, place, version);
        let found = report::findings(self, declaration, place, &outcome);
        let wrong = found.iter().any(|d| d.severity == Severity::Error);
        found.into_iter().for_each(|d| self.report(d));
        let ty = outcome.ok().map(|r| named(r.ty, &declaration.name));
        ty.filter(|_| !wrong)
    }

    /// What is wrong with a file is said once, however often the file is named.
    fn report(&mut self, diagnostic: Diagnostic) {
        let said = |d: &Diagnostic| d.code == diagnostic.code && d.message == diagnostic.message;
        if !self.diagnostics.iter().any(said) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// The file at a path.
    fn open_file(&mut self, path: &str) -> Result<FileId, Unopened> {
        let identity = self.files.identity(path);
        let known = self.opened.get(&identity).cloned();
        let opened = known.unwrap_or_else(|| self.open_new(path).map_err(Unopened));
        self.opened.insert(identity, opened.clone());
        opened
    }

    fn open_new(&mut self, path: &str) -> Result<FileId, Box<Diagnostic>> {
        let nowhere = Span::default();
        let bytes = read_named(self.files, path);
        let bytes = bytes.map_err(|why| Box::new(unreadable(path, &why, nowhere)))?;
        if bytes.len() > MAX_SOURCE_BYTES {
            return Err(Box::new(report::too_large(path)));
        }
        let text = String::from_utf8(bytes).map_err(|_| Box::new(report::not_utf8(path)))?;
        let read = self.files.document(path, &text);
        let offset = read.as_ref().err().map_or(0, |error| error.offset(&text));
        let file = self.sources.add(path, text);
        let document = read.map_err(|error| {
            let place = Span::new(file, offset, offset);
            Box::new(report::unreadable(path, &error.message, place))
        })?;
        self.documents.insert(file, document);
        Ok(file)
    }

    /// Where a written description leads.
    fn target(&self, file: FileId, written: &Written) -> Result<(Place, Version), Box<Diagnostic>> {
        let document = self.documents.get(&file);
        let path = written.file.name.as_str();
        let version = match (written.format, document) {
            (Format::OpenApi, Some(document)) => document.version().map_err(|error| {
                let why = error.to_string();
                Box::new(report::wrong_version(path, &why, written, document))
            })?,
            (Format::OpenApi | Format::JsonSchema, _) => Version::V3_1,
        };
        let names = || document.into_iter().flat_map(|d| gw_schema::components(d));
        let folder = names().next().map_or("/components/schemas", |(f, _)| f);
        let pointer = match (&written.component, written.format) {
            (None, Format::JsonSchema) => String::new(),
            (None, Format::OpenApi) => return Err(Box::new(report::nameless(written, names()))),
            (Some(name), _) => {
                let holds = |(_, names): &(&str, Vec<&str>)| names.contains(&name.name.as_str());
                match names().find(holds) {
                    Some((folder, _)) => gw_schema::child(folder, &name.name),
                    None if document.is_some() => {
                        return Err(Box::new(report::unknown(written, name, names())));
                    }
                    None => gw_schema::child(folder, &name.name),
                }
            }
        };
        Ok((Place { file, pointer }, version))
    }

    /// The bytes of a place in its file.
    pub(super) fn range(&self, place: &Place) -> Range<usize> {
        let document = self.documents.get(&place.file);
        document.map_or(0..0, |d| d.place(&place.pointer))
    }

    /// The same as a span.
    pub(super) fn span(&self, place: &Place) -> Span {
        let range = self.range(place);
        Span::new(place.file, range.start, range.end)
    }
}

impl Library for Descriptions<'_> {
    fn document(&self, file: FileId) -> Option<Arc<Document>> {
        self.documents.get(&file).cloned()
    }

    fn open(&mut self, from: &Place, name: &str) -> Option<FileId> {
        let holder = self.sources.get(from.file).map(|s| s.name.clone());
        let path = join(holder.as_deref().unwrap_or_default(), name);
        let opened = match name.contains("://") {
            true => {
                let name = Ident {
                    name: name.into(),
                    span: self.from,
                };
                Err(Unopened(Box::new(report::remote(&name))))
            }
            false => self.open_file(&path),
        };
        match opened {
            Ok(file) => Some(file),
            Err(Unopened(why)) => {
                let place = self.span(from);
                let why = report::at(*why, self.from).because(place, "referred to here");
                self.report(why);
                None
            }
        }
    }

    fn declared(&self, place: &Place) -> Option<Ident> {
        self.declared.get(place).cloned()
    }
}
