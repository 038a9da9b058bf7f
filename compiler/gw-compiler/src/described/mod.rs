//! Schemas and enums that descriptions in JSON Schema or OpenAPI declare: `schema Order =
//! openapi("api.yaml").Order`. Read once after the modules, before anything is lowered. Must not
//! know what a schema is used for.

mod library;
mod report;
mod written;

pub(crate) use written::{Format, Written, not_described};

use crate::Files;
use crate::load::{Loaded, Module};
use gw_expr::Type;
use gw_schema::{Place, Problem, Reading, Version};
use gw_syntax::{Diagnostic, Ident, Sources, Span, Statement};
use hashbrown::HashMap;
use library::Descriptions;
use std::ops::Range;

/// The types of described declarations, by their statements; `None` where there is a finding.
#[derive(Debug, Default)]
pub(crate) struct Described(HashMap<Span, Option<Type>>);

impl Described {
    /// The type of a declaration.
    pub(crate) fn of(&self, statement: Span) -> Option<Type> {
        self.0.get(&statement).cloned().flatten()
    }
}

/// A declaration that a description makes.
struct Declaration<'l> {
    module: &'l Module,
    keyword: &'l str,
    name: Ident,
    statement: Span,
    written: Written,
}

/// Reads every description that the modules name.
pub(crate) fn load(
    files: &dyn Files,
    loaded: &Loaded,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Described {
    let declarations: Vec<Declaration<'_>> = loaded.modules.iter().flat_map(declarations).collect();
    let mut library = Descriptions::new(files, sources, diagnostics);
    let places: Vec<Option<(Place, Version)>> = declarations
        .iter()
        .map(|declaration| library.place(declaration))
        .collect();
    for (declaration, place) in declarations.iter().zip(&places) {
        if let Some((place, _)) = place {
            library.declare(place.clone(), declaration.name.clone());
        }
    }
    let mut described = Described::default();
    for (declaration, place) in declarations.iter().zip(places) {
        let ty = place.and_then(|(place, version)| library.read(declaration, &place, version));
        described.0.insert(declaration.statement, ty);
    }
    described
}

fn declarations(module: &Module) -> impl Iterator<Item = Declaration<'_>> {
    module.file.items.iter().filter_map(|statement| {
        let (name, written) = written::of(statement)?;
        Some(Declaration {
            module,
            keyword: statement.head.ident().name.as_str(),
            name,
            statement: statement.span,
            written,
        })
    })
}

/// Where a declaration is described, and as what.
#[derive(Clone, PartialEq, Debug)]
pub struct Description {
    /// The file.
    pub path: String,
    /// The text of the file.
    pub text: String,
    /// The bytes of the key under which the schema stands in it, or of the first line.
    pub place: Range<usize>,
    /// The type.
    pub ty: Type,
}

/// What describes a `schema` or `enum` of `module`, the file at `path`, for editors. `None` for one
/// that the policy writes itself, and where something is wrong, which a check reports.
pub fn description(
    files: &dyn Files,
    path: &str,
    module: &gw_syntax::File,
    statement: &Statement,
) -> Option<Description> {
    let (name, written) = written::of(statement)?;
    let mut sources = Sources::default();
    let mut ignored = Vec::new();
    let mut library = Descriptions::new(files, &mut sources, &mut ignored);
    for (name, written) in module.items.iter().filter_map(written::of) {
        if let Ok((place, _)) = library.locate(path, &written) {
            library.declare(place, name);
        }
    }
    let (place, version) = library.locate(path, &written).ok()?;
    let reading = gw_schema::read(&mut library, &place, version).ok()?;
    let range = library.range(&place);
    let source = sources.get(place.file)?;
    Some(Description {
        path: source.name.clone(),
        text: source.text.to_string(),
        place: range,
        ty: named(reading.ty, &name),
    })
}

/// The names of the schemas that a description holds; none where it cannot be read.
pub fn described_schemas(files: &dyn Files, path: &str) -> Vec<String> {
    let bytes = crate::load::read_named(files, path).unwrap_or_default();
    let document = files.document(path, &String::from_utf8_lossy(&bytes));
    let folders = document.iter().flat_map(|d| gw_schema::components(d));
    let names = folders.flat_map(|(_, names)| names.into_iter().map(str::to_owned));
    names.collect()
}

/// A described type under the name of its declaration.
fn named(ty: Type, name: &Ident) -> Type {
    match ty.present() {
        Type::Record(record) => {
            let mut record = (**record).clone();
            (record.name, record.span) = (name.name.clone(), Some(name.span));
            Type::record(record)
        }
        Type::Enum(of) => {
            let mut of = (**of).clone();
            (of.name, of.span) = (name.name.clone(), Some(name.span));
            Type::Enum(of.into())
        }
        _ => ty,
    }
}

/// A file that cannot be had; why, without a place in the policy yet.
#[derive(Clone)]
struct Unopened(Box<Diagnostic>);

/// What was read of a declaration.
type Outcome = Result<Reading, Problem>;
