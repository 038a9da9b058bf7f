//! `a.b`, `a?.b`, `a.?b`, `a[b]`, `a[?b]`.

use super::{Checker, Form, Typed, nearest};
use crate::{FactPath, FactStep, Ir, Missing, OwnedValue, RecordType, Type};
use gw_syntax::{Access, Code, Diagnostic, Expr, Ident, Span};
use smol_str::SmolStr;
use std::sync::Arc;

/// One read of a member.
#[derive(Clone, Copy)]
struct Read {
    access: Access,
    /// The whole expression.
    span: Span,
    /// The member alone.
    at: Span,
}

impl Checker<'_> {
    pub(super) fn select(
        &mut self,
        whole: &Expr,
        operand: &Expr,
        field: &Ident,
        access: Access,
    ) -> Typed {
        if access == Access::Plain
            && let Some(typed) = self.qualified(whole)
        {
            return typed;
        }
        let presence = std::mem::replace(&mut self.presence, false);
        let operand = self.expr(operand, None);
        self.presence = presence;
        self.member(
            operand,
            &field.name,
            Read {
                access,
                span: whole.span,
                at: field.span,
            },
        )
    }

    fn member(&mut self, operand: Typed, name: &SmolStr, read: Read) -> Typed {
        let (operand, absent) = self.opened(operand, read);
        let ty = self.types.shallow(&operand.ty);
        match ty {
            Type::Error => self.typed(Ir::Fail(crate::EvalError::Absent), Type::Error, read.span),
            Type::Record(record) => self.field(operand, &record, name, read, absent),
            Type::Lookup(value) => self.key(operand, &value, name, read),
            Type::Map(_, value) => {
                self.dynamic_member(operand, name, read, absent, value.as_ref().clone())
            }
            Type::Dyn | Type::Param(_) => {
                self.dynamic_member(operand, name, read, absent, Type::Dyn)
            }
            Type::CelOptional(inner) => self.optional_member(operand, &inner, name, read),
            other => {
                let message = format!("a value of type `{other}` has no fields");
                self.fail(
                    Diagnostic::new(Code::UnknownMember, read.at, message)
                        .here(format!("no `{name}` here"))
                        .help("only records, maps and `json` have fields"),
                )
            }
        }
    }

    /// The operand of a read, present: `?.` passes over an absent one, `has` too.
    fn opened(&mut self, mut operand: Typed, read: Read) -> (Typed, bool) {
        let ty = self.types.shallow(&operand.ty);
        if !ty.may_be_absent() {
            return (operand, false);
        }
        if read.access == Access::Plain && !self.presence {
            let ty = self.needed(&operand, "the operand of `.` or `[…]`");
            operand.ty = ty;
            return (operand, false);
        }
        operand.ty = ty.present().clone();
        (operand, true)
    }

    fn field(
        &mut self,
        operand: Typed,
        record: &Arc<RecordType>,
        name: &SmolStr,
        read: Read,
        absent: bool,
    ) -> Typed {
        let Some(field) = record.fields.get(name) else {
            return self.unknown_field(name, read.at, record);
        };
        let ty = if absent {
            field.read_type().or_absent()
        } else {
            field.read_type()
        };
        match operand.form {
            Form::Path(path) => {
                let path = path.then(FactStep::Field(name.clone()));
                self.path_step(path, ty, read)
            }
            Form::Code(ir) => {
                let may_miss = absent || field.optional;
                let missing = if may_miss {
                    Missing::Absent
                } else {
                    Missing::Error
                };
                let operand = Box::new(ir);
                let code = Ir::Select {
                    operand,
                    field: name.clone(),
                    missing,
                };
                self.wrapped(code, ty, read)
            }
        }
    }

    /// One step further on a path: availability, narrowing, CEL's optional selection.
    fn path_step(&mut self, path: FactPath, ty: Type, read: Read) -> Typed {
        let dotted = path.dotted();
        let is_member = matches!(path.steps.last(), Some(FactStep::Field(_)));
        if is_member && let Some(availability) = self.env.members.get(dotted.as_str()) {
            let availability = availability.clone();
            if let Some(failed) = self.unavailable(&dotted, &availability, read.span) {
                return failed;
            }
        }
        let form = Form::Path(path);
        let ty = self.narrowed(&form, ty);
        if read.access == Access::Optional {
            let code = self.code(Typed {
                form,
                ty: ty.clone(),
                span: read.span,
            });
            return self.wrapped(code, ty, read);
        }
        Typed {
            form,
            ty,
            span: read.span,
        }
    }

    /// Under `.?` the result is CEL's optional.
    fn wrapped(&mut self, code: Ir, ty: Type, read: Read) -> Typed {
        if read.access != Access::Optional {
            let shown = ty.may_be_absent() && self.known_read(&code);
            let ty = if shown { ty.present().clone() } else { ty };
            return self.typed(code, ty, read.span);
        }
        let optional = Type::CelOptional(Arc::new(ty.present().clone()));
        let code = match code {
            Ir::Select { operand, field, .. } => Ir::Select {
                operand,
                field,
                missing: Missing::OptionalNone,
            },
            Ir::Index { operand, index, .. } => Ir::Index {
                operand,
                index,
                missing: Missing::OptionalNone,
            },
            other => optional_of(other),
        };
        self.typed(code, optional, read.span)
    }

    /// `headers["x"]`: a step of the path, absent where there is no such key.
    fn key(&mut self, operand: Typed, value: &Type, name: &SmolStr, read: Read) -> Typed {
        let ty = value.clone().or_absent();
        match operand.form {
            Form::Path(path) => {
                let step = key_step(&path, name);
                self.path_step(path.then(step), ty, read)
            }
            Form::Code(ir) => {
                let missing = Missing::Absent;
                let code = Ir::Select {
                    operand: Box::new(ir),
                    field: name.clone(),
                    missing,
                };
                self.wrapped(code, ty, read)
            }
        }
    }

    fn dynamic_member(
        &mut self,
        operand: Typed,
        name: &SmolStr,
        read: Read,
        absent: bool,
        ty: Type,
    ) -> Typed {
        let operand = Box::new(self.code(operand));
        let safe = absent || read.access == Access::Safe;
        let missing = if safe {
            Missing::Absent
        } else {
            Missing::Error
        };
        let ty = if safe { ty.or_absent() } else { ty };
        let code = Ir::Select {
            operand,
            field: name.clone(),
            missing,
        };
        self.risky_read(&code, &ty, read);
        self.wrapped(code, ty, read)
    }

    fn optional_member(
        &mut self,
        operand: Typed,
        inner: &Type,
        name: &SmolStr,
        read: Read,
    ) -> Typed {
        let value = match self.types.shallow(inner) {
            Type::Map(_, value) => value.as_ref().clone(),
            Type::Record(record) => record
                .fields
                .get(name)
                .map_or(Type::Dyn, |field| field.ty.clone()),
            _ => Type::Dyn,
        };
        let operand = Box::new(self.code(operand));
        let missing = Missing::OptionalNone;
        let code = Ir::Select {
            operand,
            field: name.clone(),
            missing,
        };
        self.typed(code, Type::CelOptional(Arc::new(value)), read.span)
    }

    pub(super) fn index(
        &mut self,
        operand: &Expr,
        index: &Expr,
        access: Access,
        span: Span,
    ) -> Typed {
        let presence = std::mem::replace(&mut self.presence, false);
        let operand = self.expr(operand, None);
        let key = self.expr(index, None);
        self.presence = presence;
        let read = Read {
            access,
            span,
            at: index.span,
        };
        let key_ty = self.needed(&key, "an index");
        let key = self.code(key);
        let (operand, absent) = self.opened(operand, read);
        let ty = self.types.shallow(&operand.ty);
        let constant = match key.constant() {
            Some(OwnedValue::Str(text)) => Some(text.clone()),
            _ => None,
        };
        match (&ty, constant) {
            (Type::Record(_) | Type::Lookup(_), Some(name)) => {
                self.member(Typed { ty, ..operand }, &name, read)
            }
            _ => self.element(operand, (key, key_ty), read, absent),
        }
    }

    fn element(&mut self, operand: Typed, key: (Ir, Type), read: Read, absent: bool) -> Typed {
        let (key, key_ty) = key;
        let container = self.types.shallow(&operand.ty);
        let optional = matches!(container, Type::CelOptional(_));
        let opened = match &container {
            Type::CelOptional(inner) => self.types.shallow(inner),
            other => other.clone(),
        };
        let (wanted, value) = match &opened {
            Type::List(element) => (Type::Int, element.as_ref().clone()),
            Type::Map(key, value) => (key.as_ref().clone(), value.as_ref().clone()),
            Type::Lookup(value) => (Type::String, value.as_ref().clone().or_absent()),
            Type::Error => (Type::Dyn, Type::Error),
            Type::Dyn | Type::Param(_) => (Type::Dyn, Type::Dyn),
            other => return self.not_indexable(other, read.at),
        };
        if self.checked() && !self.types.assignable(&key_ty, &wanted) {
            return self.bad_index(&opened, &wanted, &key_ty, read.at);
        }
        let lookup = matches!(opened, Type::Lookup(_));
        let missing = match lookup || absent || read.access == Access::Safe {
            true => Missing::Absent,
            false => Missing::Error,
        };
        let value = if missing == Missing::Absent {
            value.or_absent()
        } else {
            value
        };
        let operand = Box::new(self.code(operand));
        let code = Ir::Index {
            operand,
            index: Box::new(key),
            missing,
        };
        self.risky_read(&code, &value, read);
        if optional {
            return self.wrapped(
                code,
                value,
                Read {
                    access: Access::Optional,
                    ..read
                },
            );
        }
        self.wrapped(code, value, read)
    }

    /// Notes a read that may find nothing, unless a condition before has shown that it does.
    fn risky_read(&mut self, code: &Ir, ty: &Type, read: Read) {
        let certain = read.access != Access::Plain || self.presence || ty.may_be_absent();
        if certain || self.known_read(code) {
            return;
        }
        if matches!(ty, Type::Dyn | Type::Param(_)) {
            self.dynamic(read.span);
            return;
        }
        let help = "guard it: `key in map && …`, `size(list) > 0 && …`, or `… ?? default`";
        self.risk(read.span, "there may be no such key or index", help);
    }

    fn not_indexable(&mut self, ty: &Type, at: Span) -> Typed {
        let message = format!("a value of type `{ty}` cannot be indexed");
        let help = "only lists, maps, headers, query parameters and `json` can";
        let diagnostic = Diagnostic::new(Code::NoOverload, at, message);
        self.fail(diagnostic.here("an index into this").help(help))
    }

    fn bad_index(&mut self, container: &Type, wanted: &Type, found: &Type, at: Span) -> Typed {
        let (container, wanted) = (self.types.resolve(container), self.types.resolve(wanted));
        let found = self.types.resolve(found);
        let message = format!("the index of a `{container}` is `{wanted}`, not `{found}`");
        let help = format!("write an index of type `{wanted}`");
        let diagnostic = Diagnostic::new(Code::NoOverload, at, message);
        self.fail(diagnostic.here(format!("this is `{found}`")).help(help))
    }

    /// GW0202.
    pub(super) fn unknown_field(
        &mut self,
        name: &str,
        at: Span,
        record: &Arc<RecordType>,
    ) -> Typed {
        let of = if record.name.is_empty() {
            "the record"
        } else {
            record.name.as_str()
        };
        let message = format!("`{of}` has no field `{name}`");
        let mut diagnostic =
            Diagnostic::new(Code::UnknownMember, at, message).here("unknown field");
        let names = || record.fields.keys().map(SmolStr::as_str);
        diagnostic = match nearest(name, names()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                at,
                near,
            ),
            None if record.fields.is_empty() && of == "path" => diagnostic.help(format!(
                "the route's path names nothing; a segment `{{{name}}}` would be `path.{name}`"
            )),
            None if record.fields.is_empty() => diagnostic.help("it has no fields"),
            None => {
                let all: Vec<_> = names().map(|n| format!("`{n}`")).collect();
                diagnostic.help(format!("it has {}", all.join(", ")))
            }
        };
        if let Some(declared) = record.span {
            diagnostic = diagnostic.because(declared, format!("`{of}` is declared here"));
        }
        self.fail(diagnostic)
    }
}

/// The step to a key of a lookup. The case of header names counts nothing.
pub(super) fn key_step(path: &FactPath, key: &str) -> FactStep {
    let headers = matches!(
        path.steps.last(),
        Some(FactStep::Field(name)) if name == "headers" || name == "trailers"
    );
    FactStep::Key(if headers {
        key.to_lowercase().into()
    } else {
        key.into()
    })
}

/// CEL's optional of a value that may be absent.
fn optional_of(code: Ir) -> Ir {
    use crate::Function;
    let make = |name: &str, args| Function::named(name).map(|f| Ir::Call(f, args));
    let none = make("optional.none", Vec::new());
    let some = make("optional.of", vec![Ir::Local(0)]);
    let (Some(none), Some(some)) = (none, some) else {
        return Ir::Fail(crate::EvalError::NoMatchingOverload);
    };
    let present = Ir::Present(Box::new(Ir::Local(0)));
    let body = Ir::Conditional(Box::new([present, some, none]));
    Ir::Let {
        value: Box::new(code),
        body: Box::new(body),
    }
}
