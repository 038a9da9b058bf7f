//! `mode` and `until` of policies and limits: whether their decisions bind, and how long a trial in
//! shadow mode is meant to last.

use crate::cx::Cx;
use crate::fields::Fields;
use crate::spec::FieldSpec;
use gw_graph::Mode;
use gw_syntax::{Code, Diagnostic, Expr};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// `mode`
pub(crate) const MODE: FieldSpec = FieldSpec::optional(
    "mode",
    "enforce | shadow | off",
    "whether its decisions bind, are only logged, or are not made",
)
.default("enforce");

/// `until`
pub(crate) const UNTIL: FieldSpec = FieldSpec::optional(
    "until",
    "date",
    "the last day that `mode = shadow` is meant for, as `\"2030-01-31\"` in UTC; the checker speaks up after it",
);

/// The mode of a policy or limit: `None` for off.
pub(crate) fn mode(cx: &mut Cx<'_, '_>, module: usize, fields: &Fields<'_>) -> Option<Mode> {
    let words = [
        ("enforce", Some(Mode::Enforce)),
        ("shadow", Some(Mode::Shadow)),
        ("off", None),
    ];
    let mode = match fields.expr("mode") {
        None => Some(Mode::Enforce),
        Some(expr) => cx.word_of(expr, "mode", &words)?,
    };
    if let Some(until) = fields.expr("until") {
        match mode {
            Some(Mode::Shadow) => check_date(cx, module, fields, until),
            Some(Mode::Enforce) | None => cx.report(
                Diagnostic::new(Code::IdleDate, until.span, "this date has no effect")
                    .here("it says how long a shadow lasts")
                    .help("write `mode = shadow` with it, or remove it"),
            ),
        }
    }
    mode
}

fn check_date(cx: &mut Cx<'_, '_>, module: usize, fields: &Fields<'_>, until: &Expr) {
    let Some(text) = cx.text_of(module, until) else {
        return;
    };
    let Ok(last) = text.parse::<Date>() else {
        return cx.report(
            Diagnostic::new(Code::BadDate, until.span, format!("`{text}` is not a date"))
                .here("cannot be read as a date")
                .help("write year, month and day, as `until = \"2030-01-31\"`"),
        );
    };
    if last < today() {
        let mode = fields.expr("mode").map_or(until.span, |expr| expr.span);
        cx.report(
            Diagnostic::new(Code::PastShadow, until.span, "this trial should have ended")
                .here("the day has passed")
                .because(mode, "its decisions still do not bind")
                .help("write `mode = enforce`, remove the block, or give the trial a new date"),
        );
    }
}

/// The day, in UTC.
pub(crate) fn today() -> Date {
    jiff::Timestamp::now().to_zoned(TimeZone::UTC).date()
}
