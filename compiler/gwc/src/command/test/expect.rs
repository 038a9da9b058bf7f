//! Expected against actual.

use crate::simulate::Outcome;
use gw_compiler::Expectation;

/// What differs, as `expected …, got …`; `None` where the expectation holds.
pub(super) fn difference(expectation: &Expectation, outcome: &Outcome) -> Option<String> {
    match expectation {
        Expectation::Status(status) => {
            differ("status", &status.to_string(), &outcome.status.to_string())
        }
        Expectation::StatusClass(class) => {
            let got = outcome.status / 100;
            (got != u16::from(*class))
                .then(|| format!("expected status {class}xx, got status {}", outcome.status))
        }
        Expectation::Reason(reason) => {
            let holds =
                outcome.reason.slug == reason.as_str() || outcome.reason.text == reason.as_str();
            (!holds).then(|| {
                format!(
                    "expected reason `{reason}`, got reason `{}`",
                    outcome.reason.text
                )
            })
        }
        Expectation::Rule(rule) => differ("rule", rule, outcome.rule.as_deref().unwrap_or("none")),
        Expectation::Route(route) => {
            let got = outcome.route.as_deref().unwrap_or("none");
            let short = got.rsplit('.').next().unwrap_or(got);
            (got != route && short != route)
                .then(|| format!("expected route `{route}`, got route `{got}`"))
        }
        Expectation::Backend(name) => differ(
            "backend",
            name,
            outcome.backend.as_deref().unwrap_or("none"),
        ),
        Expectation::Path(path) => {
            let got = outcome
                .sent
                .as_ref()
                .map_or("none", |(path, _)| path.as_str());
            differ("path", path, got)
        }
        Expectation::Header(name, value) => {
            header("header", name, value.as_deref(), &outcome.headers)
        }
        Expectation::RequestHeader(name, value) => {
            header("sent header", name, value.as_deref(), &outcome.sent_headers)
        }
        Expectation::Body(body) => differ("body", body, &outcome.body),
    }
}

fn differ(what: &str, expected: &str, got: &str) -> Option<String> {
    (expected != got).then(|| format!("expected {what} `{expected}`, got {what} `{got}`"))
}

fn header(
    what: &str,
    name: &str,
    expected: Option<&str>,
    headers: &[(String, String)],
) -> Option<String> {
    let got = headers
        .iter()
        .find(|(n, _)| n == name)
        .map(|(_, v)| v.as_str());
    let show = |v: Option<&str>| v.map_or("no value".to_owned(), |v| format!("`{v}`"));
    (got != expected).then(|| {
        format!(
            "expected {what} `{name}` to have {}, got {}",
            show(expected),
            show(got)
        )
    })
}
