//! Calls: macros, functions of a namespace, methods and plain functions.

use super::qualified::dotted;
use super::{Checker, Form, Typed, nearest};
use crate::{Function, Ir, OwnedValue, Type};
use gw_syntax::{Code, Diagnostic, Expr, Ident, Span};

impl Checker<'_> {
    /// `name(args)`.
    pub(super) fn call(&mut self, name: &Ident, args: &[Expr], span: Span) -> Typed {
        if name.name == "has" {
            return self.has(args, span);
        }
        let known = self
            .candidates(&name.name, false)
            .into_iter()
            .find(|n| self.declares(n));
        match known {
            Some(full) => self.apply(&full, None, (name, args), span),
            None => self.unknown_function(name, args.iter(), span),
        }
    }

    /// `receiver.name(args)`.
    pub(super) fn method(
        &mut self,
        receiver: &Expr,
        name: &Ident,
        args: &[Expr],
        span: Span,
    ) -> Typed {
        if let Some(full) = self.namespaced(receiver, &name.name) {
            if full.starts_with("cel.") {
                return self.cel_macro(name, args, span);
            }
            return self.apply(&full, None, (name, args), span);
        }
        if let Some(typed) = self.comprehension(receiver, name, args, span) {
            return typed;
        }
        let declared = self
            .env
            .overloads
            .iter()
            .any(|o| o.name == name.name && o.method);
        if !declared && Function::named(&name.name).is_none() {
            return self.unknown_function(name, args.iter().chain([receiver]), span);
        }
        self.apply(&name.name, Some(receiver), (name, args), span)
    }

    /// A function whose name is known.
    fn apply(
        &mut self,
        full: &str,
        receiver: Option<&Expr>,
        (name, args): (&Ident, &[Expr]),
        span: Span,
    ) -> Typed {
        let mut typed: Vec<Typed> = Vec::with_capacity(args.len() + 1);
        for expr in receiver.into_iter().chain(args) {
            let argument = self.expr(expr, None);
            typed.push(argument);
        }
        let own = self.env.overloads.iter().any(|o| o.name == full);
        let Some(function) = Function::named(full).filter(|_| !own) else {
            return self.declared_only(full, receiver.is_some(), typed, name);
        };
        let place = match receiver {
            Some(_) => format!("the receiver or an argument of `.{}()`", name.name),
            None => format!("an argument of `{full}()`"),
        };
        let mut types = Vec::with_capacity(typed.len());
        for argument in &typed {
            let ty = self.needed(argument, &place);
            if let Some(failed) = self.secret(&ty, argument.span) {
                return failed;
            }
            types.push(ty);
        }
        let spans: Vec<Span> = typed.iter().map(|t| t.span).collect();
        let mut codes: Vec<Ir> = typed.into_iter().map(|t| self.code(t)).collect();
        let overload = self.overload(function, receiver.is_some(), &mut codes, &types);
        let Some(ty) = overload else {
            if !self.checked() {
                return self.typed(Ir::Call(function, codes), Type::Dyn, span);
            }
            return self.no_overload(function, receiver.is_some(), (&types, &spans), name);
        };
        self.built((function, codes, ty), args, (name, span))
    }

    /// The code of a call, with constant patterns, zones and addresses checked.
    fn built(
        &mut self,
        (function, mut codes, ty): (Function, Vec<Ir>, Type),
        args: &[Expr],
        (name, span): (&Ident, Span),
    ) -> Typed {
        let declaration = function.declaration();
        if self.gw()
            && declaration.name == "matches"
            && let (Some(Ir::Const(OwnedValue::Str(pattern))), Some(literal)) =
                (codes.get(1).cloned(), args.last())
        {
            let operand = codes.swap_remove(0);
            return self.pattern_match(operand, &pattern, literal, span);
        }
        if let Some(failed) = self.bad_zone(declaration.name, &codes, args) {
            return failed;
        }
        if self.gw()
            && declaration.name.starts_with("regex.")
            && let (Some(Ir::Const(OwnedValue::Str(pattern))), Some(literal)) =
                (codes.get(1), args.get(1))
            && let Some(failed) = self.bad_search(declaration.name, pattern, literal)
        {
            return failed;
        }
        if let ("cidr" | "containsCIDR", Some(literal)) = (declaration.name, args.last())
            && let Some(Ir::Const(OwnedValue::Str(text))) = codes.last()
            && let (Ok(net), true) = (text.parse(), literal.as_text().is_some())
        {
            self.host_bits(net, literal.span, |network| format!("\"{network}\""));
        }
        if declaration.name == "sort"
            && let Type::List(element) = self.types.shallow(&ty)
            && let Some(failed) = self.unordered(&element, name.span)
        {
            return failed;
        }
        let constant = codes.iter().all(|code| code.constant().is_some());
        if declaration.may_fail && !constant {
            let help = "give the value a type where it is declared, as `{id:int}` in a path, or \
                        test it first with `value.matches(…) && …`";
            let what = format!("`{}` refuses some values", name.name);
            self.risk(name.span, &what, help);
        }
        self.folded(Ir::Call(function, codes), ty, span)
    }

    /// GW0216 for a constant zone, even where the time is not constant.
    fn bad_zone(&mut self, name: &str, codes: &[Ir], args: &[Expr]) -> Option<Typed> {
        let (true, [_, Ir::Const(OwnedValue::Str(zone))]) = (name.starts_with("get"), codes) else {
            return None;
        };
        if !self.gw() || crate::functions::time::zone(zone).is_some() {
            return None;
        }
        let span = args.last().map(|arg| arg.span)?;
        let message = format!("there is no time zone `{zone}`");
        Some(
            self.fail(
                Diagnostic::new(Code::BadTimeZone, span, message)
                    .here("unknown time zone")
                    .help(
                        "write an IANA name such as `Europe/Berlin`, or an offset such as `+01:00`",
                    ),
            ),
        )
    }

    fn unknown_function<'x>(
        &mut self,
        name: &Ident,
        args: impl Iterator<Item = &'x Expr>,
        span: Span,
    ) -> Typed {
        for arg in args {
            // A dotted receiver may be a misspelt namespace; its own finding would mislead.
            if dotted(arg).is_none() {
                self.expr(arg, None);
            }
        }
        let message = format!("unknown function `{}`", name.name);
        let mut diagnostic =
            Diagnostic::new(Code::UnknownFunction, name.span, message).here("no such function");
        let macros = ["has", "all", "exists", "exists_one", "map", "filter"];
        let short = |f: Function| {
            let full = f.declaration().name;
            full.rsplit_once('.').map_or(full, |(_, short)| short)
        };
        diagnostic = match nearest(&name.name, Function::all().map(short).chain(macros)) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                name.span,
                near,
            ),
            None => diagnostic.help(match elsewhere(&name.name) {
                Some(here) => format!("write `{here}`"),
                None => "`docs/language/expressions.md` lists the functions".to_owned(),
            }),
        };
        let mut typed = self.fail(diagnostic);
        typed.span = span;
        if let Form::Code(code) = &mut typed.form {
            *code = Ir::Fail(crate::EvalError::NoMatchingOverload);
        }
        typed
    }
}

/// What a function of another language or gateway is called here.
fn elsewhere(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "regexp_like" | "regex_match" | "regex" | "re_match" | "match" | "test" => {
            "text.matches(\"…\")"
        }
        "not" => "!(condition)",
        "len" | "length" | "count" => "size(value)",
        "lower" | "tolower" | "tolowercase" | "downcase" => "text.lowerAscii()",
        "upper" | "toupper" | "touppercase" | "upcase" => "text.upperAscii()",
        "includes" | "has_value" | "any_in" => "value in list",
        "startswith" | "hasprefix" | "prefix" => "text.startsWith(\"…\")",
        "endswith" | "hassuffix" | "suffix" => "text.endsWith(\"…\")",
        "tonumber" | "parseint" | "number" | "to_i" => "int(text)",
        "tostring" | "str" | "to_s" => "string(value)",
        "exists_in" | "defined" | "isset" | "present" => "has(value)",
        "now" | "time" | "current_time" => "now",
        "cidrmatch" | "cidr_match" | "ip_in" | "inipnet" => "source.ip in 10.0.0.0/8",
        _ => return None,
    })
}
