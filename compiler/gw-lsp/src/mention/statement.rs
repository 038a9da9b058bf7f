//! Statements: which of their words are what, by the word that they begin with.

use super::{LocalKind, Role, Walker};
use gw_compiler::spec::{BlockSpec, FieldSpec};
use gw_compiler::{Kind, registry};
use gw_syntax::{
    Arg, Block, Head, Ident, Part, PathPattern, PathSegmentKind, Statement, StatementValue,
    TypeExpr, TypeKind,
};

impl Walker<'_> {
    /// A statement inside a block of the keyword `parent`.
    pub(super) fn statement(&mut self, s: &Statement, parent: &'static str) {
        if !self.wants(s) {
            return;
        }
        let before = self.locals.len();
        let head = s.head.ident();
        match parent {
            "schema" => self.schema_field(s),
            "enum" => self.variant(s),
            "import" => self.imported(s),
            "record" => self.record_field(s),
            "test" => self.test_statement(s),
            _ => match registry::find(&head.name, parent).filter(|_| is_word(&s.head)) {
                Some(spec) if !sets_field(s, parent) => self.keyword(s, spec, parent),
                _ => self.other(s, parent),
            },
        }
        self.locals.truncate(before);
    }

    fn keyword(&mut self, s: &Statement, spec: &'static BlockSpec, parent: &'static str) {
        self.push(s.head.ident().span, Role::Keyword(spec));
        match (spec.keyword, parent) {
            ("authn", "service" | "route") => self.names(&s.parts, &[Kind::Authn]),
            ("override", _) => self.overriding(s),
            ("use", _) => self.used(s),
            ("to", _) => self.names(&s.parts, &[Kind::Backend]),
            ("redirect", _) => self.template_parts(&s.parts),
            ("set", _) if is_path(s) => self.path_template(s),
            (_, "file") => self.declaration(s, spec.keyword),
            ("route", _) => self.declaration(s, spec.keyword),
            _ => self.parts(&s.parts),
        }
        if !(spec.keyword == "set" && is_path(s)) {
            self.value(s.value.as_ref());
        }
        self.clauses(s);
        self.block(s.block.as_deref(), block_kind(s, spec.keyword));
    }

    /// `backend orders like …`, `route x GET /path on host`.
    fn declaration(&mut self, s: &Statement, keyword: &str) {
        let kind = Kind::ALL.into_iter().find(|k| k.keyword() == keyword);
        let (Some(kind), Some((first, rest))) = (kind, s.parts.split_first()) else {
            return self.parts(&s.parts);
        };
        match first {
            Part::Word(name) => self.push(name.span, Role::Declaration(kind)),
            Part::Call(call) => {
                self.push(call.name.span, Role::Declaration(kind));
                call.args.iter().for_each(|a| self.parameter(a));
            }
            Part::Methods(_) | Part::Path(_) | Part::Value(_) => self.part(first),
        }
        self.header(rest, kind);
    }

    fn header(&mut self, parts: &[Part], kind: Kind) {
        let mut previous = "";
        for part in parts {
            match (part, previous) {
                (Part::Word(w), "like") if kind == Kind::Backend => {
                    self.push(w.span, Role::Reference(&[Kind::Backend]));
                }
                (Part::Word(w), "on") => self.name(w),
                (Part::Word(w), _) if w.name.bytes().all(|b| b.is_ascii_uppercase()) => {
                    self.push(w.span, Role::HttpMethod);
                }
                _ => self.part(part),
            }
            previous = match part {
                Part::Word(w) => w.name.as_str(),
                Part::Methods(_) | Part::Path(_) | Part::Call { .. } | Part::Value(_) => "",
            };
        }
    }

    /// `base: rate` of a declaration.
    fn parameter(&mut self, arg: &Arg) {
        if let Some(name) = &arg.name {
            self.declare(name, LocalKind::Parameter);
        }
        self.value(Some(&arg.value));
    }

    /// Names of declarations, alone or after `any_of`.
    fn names(&mut self, parts: &[Part], kinds: &'static [Kind]) {
        for part in parts {
            match part {
                Part::Word(w) if matches!(w.name.as_str(), "any_of" | "all_of" | "split") => {
                    self.push(w.span, Role::Word);
                }
                Part::Word(w) => self.push(w.span, Role::Reference(kinds)),
                Part::Value(expr) => self.names_in(expr, kinds),
                Part::Methods(_) | Part::Path(_) | Part::Call { .. } => self.part(part),
            }
        }
    }

    fn overriding(&mut self, s: &Statement) {
        let Some((first, rest)) = s.parts.split_first() else {
            return;
        };
        self.part(first);
        self.names(rest, &[Kind::Authn]);
    }

    /// `use limit per_plan(base = 60/min)`.
    fn used(&mut self, s: &Statement) {
        let [Part::Word(what), used] = s.parts.as_slice() else {
            return self.parts(&s.parts);
        };
        self.push(what.span, Role::Word);
        let kinds: &'static [Kind] = match what.name.as_str() {
            "policy" => &[Kind::Policy],
            "limit" => &[Kind::Limit],
            "transform" => &[Kind::Transform],
            _ => &[Kind::Policy, Kind::Limit, Kind::Transform],
        };
        match used {
            Part::Word(name) => self.push(name.span, Role::Reference(kinds)),
            Part::Call(call) => {
                self.push(call.name.span, Role::Reference(kinds));
                for arg in &call.args {
                    if let Some(argument) = &arg.name {
                        self.push(argument.span, Role::Argument(call.name.clone()));
                    }
                    self.value(Some(&arg.value));
                }
            }
            Part::Methods(_) | Part::Path(_) | Part::Value(_) => self.part(used),
        }
    }

    /// A field, a share of a split, or a word that nobody knows.
    fn other(&mut self, s: &Statement, parent: &'static str) {
        let head = s.head.ident();
        match field(parent, &head.name) {
            Some((spec, field)) => {
                self.push(head.span, Role::Field(spec, field));
                match &s.value {
                    Some(StatementValue::Expr(expr)) => self.field_value(expr, field),
                    value => self.value(value.as_ref()),
                }
            }
            None if parent == "to" => {
                self.push(head.span, Role::Reference(&[Kind::Backend]));
                self.value(s.value.as_ref());
            }
            None => self.value(s.value.as_ref()),
        }
        self.parts(&s.parts);
        self.clauses(s);
        self.block(s.block.as_deref(), "record");
    }

    fn schema_field(&mut self, s: &Statement) {
        self.push(s.head.ident().span, Role::SchemaField);
        self.value(s.value.as_ref());
        self.clauses(s);
    }

    fn variant(&mut self, s: &Statement) {
        self.push(s.head.ident().span, Role::Variant);
        for part in &s.parts {
            match part {
                Part::Word(w) if w.name == "inherits" => self.push(w.span, Role::Word),
                Part::Word(w) => self.push(w.span, Role::Variant),
                Part::Methods(_) | Part::Path(_) | Part::Call { .. } | Part::Value(_) => {
                    self.part(part);
                }
            }
        }
    }

    fn imported(&mut self, s: &Statement) {
        self.push(s.head.ident().span, Role::Imported);
        if let [Part::Word(word), Part::Word(alias)] = s.parts.as_slice() {
            self.push(word.span, Role::Word);
            self.push(alias.span, Role::Alias);
        }
    }

    pub(super) fn parts(&mut self, parts: &[Part]) {
        parts.iter().for_each(|p| self.part(p));
    }

    pub(super) fn part(&mut self, part: &Part) {
        match part {
            Part::Word(w) => self.push(w.span, Role::Word),
            Part::Methods(list) => {
                list.iter()
                    .for_each(|m| self.push(m.span, Role::HttpMethod));
            }
            Part::Path(path) => self.path(path),
            Part::Call(call) => {
                self.push(call.name.span, Role::Word);
                call.args.iter().for_each(|a| self.value(Some(&a.value)));
            }
            Part::Value(expr) => self.expr(expr),
        }
    }

    fn path(&mut self, path: &PathPattern) {
        for segment in &path.segments {
            let PathSegmentKind::Param { name, constraint } = &segment.kind else {
                continue;
            };
            self.declare(name, LocalKind::PathParameter);
            if let Some(constraint) = constraint {
                self.type_name(constraint, &[Kind::Enum]);
            }
        }
    }

    fn template_parts(&mut self, parts: &[Part]) {
        for part in parts {
            match part {
                Part::Value(expr) => self.template(expr),
                Part::Word(_) | Part::Methods(_) | Part::Path(_) | Part::Call { .. } => {
                    self.part(part);
                }
            }
        }
    }

    fn path_template(&mut self, s: &Statement) {
        self.parts(&s.parts);
        if let Some(StatementValue::Expr(expr)) = &s.value {
            self.template(expr);
        }
    }

    pub(super) fn clauses(&mut self, s: &Statement) {
        for clause in &s.clauses {
            self.push(clause.word.span, Role::Word);
            self.expr(&clause.expr);
        }
    }

    pub(super) fn block(&mut self, block: Option<&Block>, kind: &'static str) {
        for statement in block.iter().flat_map(|b| &b.statements) {
            self.statement(statement, kind);
        }
    }

    pub(super) fn value(&mut self, value: Option<&StatementValue>) {
        match value {
            Some(StatementValue::Expr(expr) | StatementValue::Annotation(expr)) => self.expr(expr),
            Some(StatementValue::Type(ty)) => self.type_expr(ty),
            Some(StatementValue::TypedExpr(ty, expr)) => {
                self.type_expr(ty);
                self.expr(expr);
            }
            None => {}
        }
    }

    fn type_expr(&mut self, ty: &TypeExpr) {
        match &ty.kind {
            TypeKind::Named(name, args) => {
                self.type_name(name, &[Kind::Schema, Kind::Enum]);
                args.iter().for_each(|a| self.type_expr(a));
            }
            TypeKind::Record(fields) => {
                for field in fields {
                    self.push(field.name.span, Role::SchemaField);
                    self.type_expr(&field.ty);
                }
            }
        }
        for refinement in &ty.refinements {
            self.push(refinement.word.span, Role::Word);
            self.expr(&refinement.value);
        }
    }

    fn type_name(&mut self, name: &Ident, kinds: &'static [Kind]) {
        let built_in = matches!(
            name.name.as_str(),
            "list" | "map" | "jwt" | "api_key" | "client_certificate" | "**"
        ) || gw_expr::Type::named(&name.name).is_some();
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let role = match built_in {
            true => Role::Type,
            false if name.name.chars().all(is_name) => Role::Reference(kinds),
            false => Role::Text,
        };
        self.push(name.span, role);
    }

    /// A bare word that is a value: a host's `param`.
    pub(super) fn name(&mut self, ident: &Ident) {
        let role = self
            .local(&ident.name, false)
            .unwrap_or(Role::Reference(Kind::VALUES));
        self.push(ident.span, role);
    }
}

/// The keyword under which the statements of a block are read.
fn block_kind(s: &Statement, keyword: &'static str) -> &'static str {
    let has_word = |word: &str| {
        s.parts
            .iter()
            .any(|p| matches!(p, Part::Word(w) if w.name == word))
    };
    match keyword {
        "respond" if has_word("json") => "record",
        other => other,
    }
}

/// Whether a statement sets a field whose name is a keyword elsewhere too.
fn sets_field(s: &Statement, parent: &str) -> bool {
    let assigns = matches!(s.value, Some(StatementValue::Expr(_))) && s.parts.is_empty();
    assigns && field(parent, &s.head.ident().name).is_some()
}

/// `set path = "…"`.
fn is_path(s: &Statement) -> bool {
    matches!(s.parts.as_slice(), [Part::Word(w)] if w.name == "path")
}

fn is_word(head: &Head) -> bool {
    matches!(head, Head::Name(_))
}

/// The field of a block; `tls` and `http` are told apart by what they hold.
pub(crate) fn field(block: &str, name: &str) -> Option<(&'static BlockSpec, &'static FieldSpec)> {
    let blocks = registry::ALL.iter().copied().filter(|s| s.keyword == block);
    blocks
        .filter_map(|s| s.fields.iter().find(|f| f.name == name).map(|f| (s, f)))
        .next()
}
