//! Expected against actual.

use crate::simulate::Outcome;
use gw_compiler::{BodyValue, Expectation, HeaderValue, Message};
use serde_json::Value as Json;

/// What differs, as `expected …, got …`; `None` where the expectation holds.
pub(super) fn difference(expectation: &Expectation, outcome: &Outcome) -> Option<String> {
    if holds(expectation, outcome) {
        return None;
    }
    let expected = describe(expectation);
    Some(format!(
        "expected {expected}, got {}",
        got(expectation, outcome)
    ))
}

fn holds(expectation: &Expectation, outcome: &Outcome) -> bool {
    let is = |got: Option<&str>, expected: &str| got.unwrap_or("none") == expected;
    match expectation {
        Expectation::Status(status) => outcome.status == *status,
        Expectation::StatusClass(class) => outcome.status / 100 == u16::from(*class),
        Expectation::Reason(reason) => {
            outcome.reason.slug == reason.as_str() || outcome.reason.text == reason.as_str()
        }
        Expectation::Rule(rule) => is(outcome.rule.as_deref(), rule),
        Expectation::Route(route) => {
            let got = outcome.route.as_deref().unwrap_or("none");
            got == route || got.rsplit('.').next() == Some(route)
        }
        Expectation::Backend(name) => is(outcome.backend.as_deref(), name),
        Expectation::Path(path) => is(sent(outcome).map(|(path, _)| path), path),
        Expectation::Query(query) => is(sent(outcome).map(|(_, query)| query), query),
        Expectation::Header(message, name, value) => {
            let found = header(*message, name, outcome);
            match value {
                HeaderValue::Absent => found.is_none(),
                HeaderValue::Is(text) => found == Some(text),
                HeaderValue::Contains(text) => found.is_some_and(|f| f.contains(text.as_str())),
            }
        }
        Expectation::Body(BodyValue::Is(text)) => outcome.body == *text,
        Expectation::Body(BodyValue::Contains(text)) => outcome.body.contains(text.as_str()),
        Expectation::Body(BodyValue::Json(json)) => {
            serde_json::from_str::<Json>(&outcome.body).is_ok_and(|body| body == *json)
        }
        Expectation::Waited(time) => outcome.waited == *time,
        Expectation::Tries(tries) => outcome.tries == *tries,
        Expectation::Shadow(rule) => outcome.shadow.iter().any(|s| s == rule),
    }
}

/// An expectation in words, as `status 200`.
pub(super) fn describe(expectation: &Expectation) -> String {
    match expectation {
        Expectation::Status(status) => format!("status {status}"),
        Expectation::StatusClass(class) => format!("status {class}xx"),
        Expectation::Reason(reason) => format!("reason `{reason}`"),
        Expectation::Rule(rule) => format!("rule `{rule}`"),
        Expectation::Route(route) => format!("route `{route}`"),
        Expectation::Backend(name) => format!("backend `{name}`"),
        Expectation::Path(path) => format!("path `{path}`"),
        Expectation::Query(query) => format!("query `{query}`"),
        Expectation::Header(message, name, value) => {
            let subject = subject(*message);
            match value {
                HeaderValue::Absent => format!("{subject} `{name}` to have no value"),
                HeaderValue::Is(text) => format!("{subject} `{name}` to have `{text}`"),
                HeaderValue::Contains(text) => format!("{subject} `{name}` to contain `{text}`"),
            }
        }
        Expectation::Body(BodyValue::Is(text)) => format!("body `{text}`"),
        Expectation::Body(BodyValue::Contains(text)) => format!("body to contain `{text}`"),
        Expectation::Body(BodyValue::Json(json)) => format!("body to be the JSON `{json}`"),
        Expectation::Waited(time) => format!("to wait {time:?}"),
        Expectation::Tries(tries) => format!("tries {tries}"),
        Expectation::Shadow(rule) => format!("`{rule}` to refuse in shadow mode"),
    }
}

fn got(expectation: &Expectation, outcome: &Outcome) -> String {
    let named = |what: &str, name: Option<&str>| format!("{what} `{}`", name.unwrap_or("none"));
    match expectation {
        Expectation::Status(_) | Expectation::StatusClass(_) => {
            format!("status {}", outcome.status)
        }
        Expectation::Reason(_) => format!("reason `{}`", outcome.reason.text),
        Expectation::Rule(_) => named("rule", outcome.rule.as_deref()),
        Expectation::Route(_) => named("route", outcome.route.as_deref()),
        Expectation::Backend(_) => named("backend", outcome.backend.as_deref()),
        Expectation::Path(_) => named("path", sent(outcome).map(|(path, _)| path)),
        Expectation::Query(_) => named("query", sent(outcome).map(|(_, query)| query)),
        Expectation::Header(message, name, _) => match header(*message, name, outcome) {
            Some(value) => format!("`{value}`"),
            None => "no value".to_owned(),
        },
        Expectation::Body(_) if outcome.body.is_empty() => "no body".to_owned(),
        Expectation::Body(_) => format!("body `{}`", outcome.body),
        Expectation::Waited(_) => format!("{:?}", outcome.waited),
        Expectation::Tries(_) => format!("tries {}", outcome.tries),
        Expectation::Shadow(_) if outcome.shadow.is_empty() => "no refusal in it".to_owned(),
        Expectation::Shadow(_) => format!("`{}`", outcome.shadow.join("`, `")),
    }
}

fn sent(outcome: &Outcome) -> Option<(&str, &str)> {
    let (path, query) = outcome.sent.as_ref()?;
    Some((path, query))
}

fn subject(message: Message) -> &'static str {
    match message {
        Message::Response => "header",
        Message::Sent => "sent header",
    }
}

/// The first value of a header.
fn header<'o>(message: Message, name: &str, outcome: &'o Outcome) -> Option<&'o String> {
    let fields = match message {
        Message::Response => &outcome.headers,
        Message::Sent => &outcome.sent_headers,
    };
    fields.iter().find(|(n, _)| n == name).map(|(_, v)| v)
}
