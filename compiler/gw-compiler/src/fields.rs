//! The statements of a block against its description: fields by name, nested statements, and
//! findings about everything that does not fit. Must not know what a field means.

use crate::load::assigned;
use crate::registry;
use crate::shape;
use crate::spec::{BlockSpec, Presence, Repeats};
use crate::suggest::{foreign, nearest};
use gw_syntax::{Block, Code, Diagnostic, Expr, Part, Span, Statement, StatementValue};

/// A block whose statements were sorted into fields and nested statements.
#[derive(Debug)]
pub(crate) struct Fields<'s> {
    fields: Vec<(&'s Statement, &'s Expr)>,
    /// Statements other than fields, in source order; each is allowed here.
    pub nested: Vec<&'s Statement>,
    /// Fields that an unknown one was probably meant as.
    meant: Vec<&'static str>,
    /// The block's place, or its header's where there is no block.
    pub span: Span,
}

impl<'s> Fields<'s> {
    /// Reads a block. Unknown, duplicate and missing fields become findings.
    pub(crate) fn read(
        block: Option<&'s Block>,
        header: Span,
        spec: &BlockSpec,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let fields = Self::read_partly(block, header, spec, diagnostics);
        fields.require(spec, diagnostics);
        fields
    }

    /// The same, with required fields left to the caller (`backend … like`).
    pub(crate) fn read_partly(
        block: Option<&'s Block>,
        header: Span,
        spec: &BlockSpec,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut out = Fields {
            fields: Vec::new(),
            nested: Vec::new(),
            meant: Vec::new(),
            span: header,
        };
        for statement in block.iter().flat_map(|b| &b.statements) {
            out.sort(statement, spec, diagnostics);
        }
        out
    }

    /// Findings for required fields that are missing.
    pub(crate) fn require(&self, spec: &BlockSpec, diagnostics: &mut Vec<Diagnostic>) {
        for field in spec
            .fields
            .iter()
            .filter(|f| f.presence == Presence::Required)
        {
            if self.expr(field.name).is_none() && !self.was_meant(field.name) {
                diagnostics.push(
                    Diagnostic::new(
                        Code::MissingField,
                        self.span,
                        format!("this {} has no `{}`", spec.keyword, field.name),
                    )
                    .here(format!("`{}` is missing", field.name))
                    .help(format!(
                        "add `{} = …` ({}): {}",
                        field.name, field.takes, field.doc
                    )),
                );
            }
        }
    }

    /// Whether a misspelt field has a finding that names this one.
    pub(crate) fn was_meant(&self, name: &str) -> bool {
        self.meant.contains(&name)
    }

    /// The value of a field.
    pub(crate) fn expr(&self, name: &str) -> Option<&'s Expr> {
        self.fields
            .iter()
            .find(|(s, _)| s.head.ident().name == name)
            .map(|(_, e)| *e)
    }

    /// The statement that sets a field.
    pub(crate) fn statement(&self, name: &str) -> Option<&'s Statement> {
        self.fields
            .iter()
            .find(|(s, _)| s.head.ident().name == name)
            .map(|(s, _)| *s)
    }

    /// The nested statements with a keyword.
    pub(crate) fn all<'f>(&'f self, keyword: &'f str) -> impl Iterator<Item = &'s Statement> + 'f {
        self.nested
            .iter()
            .copied()
            .filter(move |s| s.head.ident().name == keyword)
    }

    /// The first nested statement with a keyword.
    pub(crate) fn one(&self, keyword: &str) -> Option<&'s Statement> {
        self.nested
            .iter()
            .copied()
            .find(|s| s.head.ident().name == keyword)
    }

    fn sort(
        &mut self,
        statement: &'s Statement,
        spec: &BlockSpec,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let word = statement.head.ident();
        let is_field = spec.fields.iter().any(|f| f.name == word.name);
        if let (true, Some(expr), true) =
            (is_field, assigned(statement), statement.parts.is_empty())
        {
            if let Some(first) = self.statement(&word.name) {
                diagnostics.push(duplicate(statement, first));
                return;
            }
            diagnostics.extend(shape::of_field(statement));
            self.fields.push((statement, expr));
            return;
        }
        if let Some(nested) = registry::find(&word.name, spec.keyword) {
            if nested.repeats == Repeats::Once
                && let Some(first) = self.one(&word.name)
            {
                diagnostics.push(duplicate(statement, first));
                return;
            }
            let keyword = nested.keyword;
            // Levels of lints are read from the tree, whatever the block means.
            if keyword == crate::blocks::lint::SPEC.keyword {
                return;
            }
            // A route is read when its turn comes.
            if keyword != crate::blocks::route::SPEC.keyword {
                diagnostics.extend(shape::of_block(statement, nested));
            }
            self.nested.push(statement);
            return;
        }
        if is_field {
            let found = shape::of_field(statement).filter(|_| statement.value.is_some());
            diagnostics.push(found.unwrap_or_else(|| takes_value(statement)));
            self.meant.extend(field_named(spec, &word.name));
            return;
        }
        let names = spec.fields.iter().map(|f| f.name);
        let near = nearest(&word.name, names);
        self.meant.extend(near.and_then(|n| field_named(spec, n)));
        diagnostics.push(unknown(statement, spec, near));
    }
}

fn field_named(spec: &BlockSpec, name: &str) -> Option<&'static str> {
    spec.fields.iter().map(|f| f.name).find(|n| *n == name)
}

fn duplicate(statement: &Statement, first: &Statement) -> Diagnostic {
    let word = statement.head.ident();
    Diagnostic::new(
        Code::DuplicateField,
        word.span,
        format!("`{}` is set twice", word.name),
    )
    .here("set again here")
    .because(first.head.ident().span, "first set here")
    .help("keep one of them")
}

/// The finding for a field without `=` and a value.
fn takes_value(statement: &Statement) -> Diagnostic {
    let word = statement.head.ident();
    let help = format!("write `{} = …`", word.name);
    let before = |value: Span| {
        Span::new(
            word.span.file,
            word.span.start as usize,
            value.start as usize,
        )
    };
    let set = |value: Span| {
        let found = Diagnostic::new(
            Code::WrongShape,
            statement.span,
            format!("`{}` is set with `=`", word.name),
        );
        found
            .help(help.clone())
            .fix("write `=`", before(value), format!("{} = ", word.name))
    };
    match (&statement.value, statement.parts.as_slice()) {
        (Some(value @ (StatementValue::Type(_) | StatementValue::Annotation(_))), []) => {
            set(value.span()).here("`:` gives a type, not a value")
        }
        (None, [Part::Value(value)]) if statement.block.is_none() => {
            set(value.span).here("no `=` before the value")
        }
        _ => Diagnostic::new(
            Code::WrongShape,
            statement.span,
            format!("`{}` takes a value", word.name),
        )
        .here("no `=` and value")
        .help(help),
    }
}

fn unknown(statement: &Statement, spec: &BlockSpec, near: Option<&str>) -> Diagnostic {
    let word = statement.head.ident();
    let sets = statement.value.is_some() && statement.parts.is_empty() && statement.block.is_none();
    if !sets {
        return registry::unknown_statement(statement, spec.keyword);
    }
    let names: Vec<&str> = spec.fields.iter().map(|f| f.name).collect();
    let diagnostic = Diagnostic::new(
        Code::UnknownField,
        word.span,
        format!("`{}` has no field `{}`", spec.keyword, word.name),
    )
    .here("unknown field");
    if let Some(help) = foreign(&word.name, spec.keyword).filter(|_| near.is_none()) {
        return diagnostic.help(help);
    }
    match near {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
            format!("write `{near}`"),
            word.span,
            near,
        ),
        None if names.is_empty() => diagnostic.help(format!("write `{}`", spec.usage)),
        None => diagnostic.help(format!("it has `{}`", names.join("`, `"))),
    }
}
