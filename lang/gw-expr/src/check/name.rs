//! Names: variables of comprehensions, root variables with their availability, lets, enum
//! variants by bare name, and the names of types.

use super::{Checker, Form, Typed, listed, nearest};
use crate::env::Name;
use crate::{Availability, EnumType, FactPath, Ir, OwnedValue, Type, Variable};
use gw_syntax::{Code, Diagnostic, Expr, Span};
use smol_str::SmolStr;
use std::sync::Arc;

/// After so many findings none helps with a near name any more: any input must be answered soon.
const MANY: usize = 200;

impl Checker<'_> {
    pub(super) fn name(
        &mut self,
        name: &SmolStr,
        rooted: bool,
        span: Span,
        expected: Option<&Type>,
    ) -> Typed {
        if let Some(Type::Enum(of)) = expected.map(|ty| ty.present().base())
            && self.gw()
            && !rooted
            && let Some(variant) = of.variant(name)
        {
            let value = Ir::Const(OwnedValue::Str(variant.name.clone()));
            return self.typed(value, Type::Enum(of.clone()), span);
        }
        if !rooted && let Some(local) = self.local(name, span) {
            return local;
        }
        match self.resolve(name, rooted, span) {
            Some(typed) => typed,
            None => self.unknown_variable(name, span, expected),
        }
    }

    /// A variable of a comprehension or binding.
    pub(super) fn local(&mut self, name: &str, span: Span) -> Option<Typed> {
        let (outward, local) = self
            .scope
            .iter()
            .rev()
            .enumerate()
            .find(|(_, local)| local.name == name)?;
        let index = u32::try_from(outward).unwrap_or(u32::MAX);
        Some(self.typed(Ir::Local(index), local.ty.clone(), span))
    }

    /// A declared name or the name of a type, looked up in the container and its parents.
    pub(super) fn resolve(&mut self, name: &str, rooted: bool, span: Span) -> Option<Typed> {
        for candidate in self.candidates(name, rooted) {
            match self.env.names.get(candidate.as_str()) {
                Some(Name::Variable(variable)) => {
                    return Some(self.variable(&candidate, variable, span));
                }
                Some(Name::Let(body)) => return Some(self.expand(&candidate, body, span)),
                Some(Name::Checked(checked)) => {
                    self.risks.extend(checked.risks.iter().cloned());
                    let form = match &checked.ir {
                        Ir::Fact(id) => self.facts.path(*id).cloned().map(Form::Path),
                        _ => None,
                    };
                    let form = form.unwrap_or_else(|| Form::Code(checked.ir.clone()));
                    let narrowed = self.narrowed(&form, checked.ty.clone());
                    return Some(Typed {
                        form,
                        ty: narrowed,
                        span,
                    });
                }
                Some(Name::Enum(of)) => return Some(self.bare_enum(of, span)),
                None => {}
            }
        }
        let ty = type_named(name)?;
        let value = Ir::Const(OwnedValue::Type(name.into()));
        Some(self.typed(value, Type::Type(Arc::new(ty)), span))
    }

    /// Qualified names to try, the innermost container first.
    pub(super) fn candidates(&self, name: &str, rooted: bool) -> Vec<String> {
        let mut candidates = Vec::new();
        let mut container = if rooted {
            ""
        } else {
            self.env.container.as_str()
        };
        while !container.is_empty() {
            candidates.push(format!("{container}.{name}"));
            container = container.rsplit_once('.').map_or("", |(outer, _)| outer);
        }
        candidates.push(name.to_owned());
        candidates
    }

    fn variable(&mut self, name: &str, variable: &Variable, span: Span) -> Typed {
        // A variable of type T? that nothing provides is absent: `?.`, `??` and `has` may read it.
        let optional =
            variable.availability == Availability::NoIdentity && variable.ty.may_be_absent();
        if !optional && let Some(failed) = self.unavailable(name, &variable.availability, span) {
            return failed;
        }
        let form = Form::Path(FactPath::root(name));
        let ty = self.narrowed(&form, variable.ty.clone());
        Typed { form, ty, span }
    }

    /// T instead of T? where the path is known to be present.
    pub(super) fn narrowed(&self, form: &Form, ty: Type) -> Type {
        match form {
            Form::Path(path) if ty.may_be_absent() && self.known_present(path) => {
                ty.present().clone()
            }
            Form::Path(_) | Form::Code(_) => ty,
        }
    }

    /// GW0204, GW0205 or the reason that the embedder gives.
    pub(super) fn unavailable(
        &mut self,
        name: &str,
        availability: &Availability,
        span: Span,
    ) -> Option<Typed> {
        let diagnostic = match availability {
            Availability::Always => return None,
            Availability::From(first) => {
                let now = self.env.phase.filter(|now| now < first)?;
                let message = format!("`{name}` is not known in the phase `{now}`");
                Diagnostic::new(Code::WrongPhase, span, message)
                    .here(format!("known from the phase `{first}` on"))
                    .help(format!(
                        "read it in a `{first} {{ … }}` block; what stands here runs before"
                    ))
            }
            Availability::NoIdentity => no_identity(name, span),
            Availability::Missing {
                code,
                message,
                help,
            } => Diagnostic::new(*code, span, message.clone())
                .here("cannot be read here")
                .help(help.clone()),
        };
        Some(self.fail(diagnostic))
    }

    /// A `let` is checked where it is used; its own findings point into its body.
    fn expand(&mut self, name: &str, body: &Arc<Expr>, span: Span) -> Typed {
        if self.lets.iter().any(|l| l == name) {
            let message = format!("`{name}` is defined by itself");
            let help = "the language has no recursion: write the expression out";
            let code = Code::RecursiveDeclaration;
            let diagnostic = Diagnostic::new(code, span, message).here("leads back to itself");
            return self.fail(diagnostic.help(help));
        }
        self.lets.push(name.into());
        let scope = std::mem::take(&mut self.scope);
        let before = self.diagnostics.len();
        let mut typed = self.expr(body, None);
        self.scope = scope;
        self.lets.pop();
        for diagnostic in self.diagnostics.iter_mut().skip(before) {
            // Of a long chain of lets the first and the last use say enough.
            diagnostic.labels.truncate(3);
            let through = diagnostic.clone();
            *diagnostic = through.because(span, format!("through `{name}`, used here"));
        }
        typed.span = span;
        typed
    }

    fn bare_enum(&mut self, of: &Arc<EnumType>, span: Span) -> Typed {
        let example = of.variants.first().map_or("variant", |v| v.name.as_str());
        let message = format!("`{}` is an enum, not a value", of.name);
        let help = format!("name one of its variants, such as `{}.{example}`", of.name);
        let diagnostic = Diagnostic::new(Code::TypeMismatch, span, message).here("not a value");
        self.fail(diagnostic.help(help))
    }

    fn unknown_variable(&mut self, name: &str, span: Span, expected: Option<&Type>) -> Typed {
        if let Some(Type::Enum(of)) = expected.map(|ty| ty.present().base())
            && self.gw()
        {
            return self.unknown_variant(name, of, span);
        }
        let message = format!("unknown variable `{name}`");
        let mut diagnostic =
            Diagnostic::new(Code::UnknownVariable, span, message).here("not declared here");
        let names = self.env.names.keys().map(SmolStr::as_str);
        let locals = self.scope.iter().map(|l| l.name.as_str());
        let near = match self.diagnostics.len() < MANY {
            true => nearest(name, names.chain(locals)),
            false => None,
        };
        diagnostic = match near {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                span,
                near,
            ),
            None if elsewhere(name).is_some() => {
                let here = elsewhere(name).unwrap_or_default();
                diagnostic.help(format!("write `{here}`"))
            }
            None => {
                let known: Vec<_> = self
                    .env
                    .variables()
                    .map(|(n, _)| format!("`{n}`"))
                    .take(12)
                    .collect();
                diagnostic.help(match known.is_empty() {
                    true => "declare it with `let`".to_owned(),
                    false => format!("known here: {}", known.join(", ")),
                })
            }
        };
        self.fail(diagnostic)
    }

    /// `Role.admin`.
    pub(super) fn variant(&mut self, name: &str, of: &Arc<EnumType>, span: Span) -> Option<Typed> {
        let variant = of.variant(name)?;
        let value = Ir::Const(OwnedValue::Str(variant.name.clone()));
        Some(self.typed(value, Type::Enum(of.clone()), span))
    }

    /// GW0207.
    pub(super) fn unknown_variant(&mut self, name: &str, of: &Arc<EnumType>, span: Span) -> Typed {
        let message = format!("`{}` has no variant `{name}`", of.name);
        let names = of.variants.iter().map(|v| v.name.as_str());
        let mut diagnostic = Diagnostic::new(Code::UnknownVariant, span, message);
        diagnostic = match nearest(name, names.clone()) {
            Some(near) => diagnostic
                .here("unknown variant")
                .help(format!("did you mean `{near}`?"))
                .fix(format!("write `{near}`"), span, near),
            None => diagnostic
                .here("unknown variant")
                .help(format!("it has {}", listed(names))),
        };
        if let Some(declared) = of.span {
            diagnostic = diagnostic.because(declared, "declared here");
        }
        self.fail(diagnostic)
    }
}

/// The types whose names are values, as in `type(x) == int`.
fn type_named(name: &str) -> Option<Type> {
    Some(match name {
        "bool" => Type::Bool,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "double" => Type::Double,
        "string" => Type::String,
        "bytes" => Type::Bytes,
        "null_type" => Type::Null,
        "list" => Type::list(Type::Dyn),
        "map" => Type::map(Type::Dyn, Type::Dyn),
        "type" => Type::Type(Arc::new(Type::Dyn)),
        "google.protobuf.Timestamp" => Type::Timestamp,
        "google.protobuf.Duration" => Type::Duration,
        "optional_type" => Type::CelOptional(Arc::new(Type::Dyn)),
        "net.IP" => Type::Ip,
        "net.CIDR" => Type::Cidr,
        _ => return None,
    })
}

/// GW0205: identity is read where nothing provides it.
pub(super) fn no_identity(name: &str, span: Span) -> Diagnostic {
    let message = format!("`{name}` is read, but nothing here authenticates the caller");
    Diagnostic::new(Code::NoIdentity, span, message)
        .here(format!("no `authn` provides `{name}` here"))
        .help(format!(
            "add `authn NAME` to the route or its service; where there may be no caller, read \
             `{name}?.…` and give a default with `??`"
        ))
}

/// What a variable of another gateway is called here.
fn elsewhere(name: &str) -> Option<&'static str> {
    let bare = name.trim_start_matches('$').to_ascii_lowercase();
    Some(match bare.as_str() {
        "remote_addr" | "client_ip" | "clientip" | "remote_ip" | "ip" | "downstream" => "source.ip",
        "headers" | "header" | "req_headers" => "request.headers[\"…\"]",
        "http_host" | "host" | "hostname" | "authority" => "request.host",
        "http_user_agent" | "user_agent" => "request.headers[\"user-agent\"]",
        "method" | "request_method" | "http_method" => "request.method",
        "uri" | "url" | "request_uri" | "document_uri" => "request.path",
        "args" | "query" | "params" | "query_string" | "arg" => "request.query[\"…\"]",
        "scheme" | "protocol" => "request.scheme",
        "claims" | "token" | "user" | "auth" | "identity" => "jwt",
        "apikey" | "api_key" | "consumer" => "key",
        "cert" | "client_cert" | "client_certificate" | "ssl_client_s_dn" | "mtls" => "certificate",
        "time" | "time_local" | "timestamp_now" => "now",
        "status" | "upstream_status" => "response.status",
        "req" | "ctx" | "context" | "http" => "request",
        _ if bare.starts_with("http_") => "request.headers[\"…\"]",
        _ if bare.starts_with("arg_") => "request.query[\"…\"]",
        _ => return None,
    })
}
