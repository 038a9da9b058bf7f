//! The plain reading of a policy: routes in order of precedence, rules one after the other.

use crate::Verdict;
use crate::model::{Condition, Policy, Request, Route, Rule, Segment};
use cel::{Context, Program, Value};
use serde_json::{Value as Json, json};
use std::cmp::Reverse;

/// Decides a request.
pub fn decide(policy: &Policy, request: &Request) -> Verdict {
    let mut order: Vec<(usize, &Route)> = policy.routes.iter().enumerate().collect();
    order.sort_by_key(|(index, route)| Reverse(precedence(*index, route)));
    let fits = |route: &Route| host(route, request) && path(&route.segments, &segments(request));
    let near: Vec<(usize, &Route)> = order.into_iter().filter(|(_, r)| fits(r)).collect();
    let taken = near
        .iter()
        .find(|(_, r)| method(r, request) && extra(r, request));
    match taken {
        Some((index, route)) => authorize(policy, *index, route, request),
        None => {
            let wrong_method = near
                .iter()
                .any(|(_, r)| !method(r, request) && extra(r, request));
            let (status, reason) = if wrong_method {
                (405, "method not allowed")
            } else {
                (404, "no route")
            };
            Verdict {
                route: None,
                status,
                reason: reason.to_owned(),
                rule: None,
            }
        }
    }
}

/// Host, path segment by segment, method, number of conditions, priority: the higher first.
fn precedence(index: usize, route: &Route) -> (usize, Vec<u8>, bool, usize, usize) {
    let host = match route.host {
        None => 0,
        Some(name) if name.starts_with("*.") => name.len(),
        Some(_) => usize::MAX,
    };
    let rank = |s: &Segment| match s {
        Segment::Exact(_) => 6,
        Segment::Int => 5,
        Segment::Slug => 4,
        Segment::Text | Segment::Any => 3,
        Segment::Rest => 1,
    };
    // A path that ends goes before one that takes the rest.
    let path: Vec<u8> = route.segments.iter().map(rank).chain([2]).collect();
    let count = usize::from(route.header.is_some())
        + usize::from(route.query.is_some())
        + route.when.as_ref().map_or(0, conjuncts);
    (host, path, !route.methods.is_empty(), count, index)
}

/// How many conditions `&&` joins; one that is always true is none.
fn conjuncts(condition: &Condition) -> usize {
    match condition {
        Condition::All(list) => list.iter().map(conjuncts).sum(),
        other => usize::from(constant(other) != Some(true)),
    }
}

/// The value that a condition has whatever the request.
fn constant(condition: &Condition) -> Option<bool> {
    let junction = |list: &[Condition], absorbing: bool| {
        let values: Vec<Option<bool>> = list.iter().map(constant).collect();
        if values.contains(&Some(absorbing)) {
            return Some(absorbing);
        }
        values.iter().all(Option::is_some).then_some(!absorbing)
    };
    match condition {
        Condition::Atom(_, cel) => (*cel == "true").then_some(true),
        Condition::Not(inner) => constant(inner).map(|b| !b),
        Condition::All(list) => junction(list, false),
        Condition::Any(list) => junction(list, true),
    }
}

fn segments(request: &Request) -> Vec<&str> {
    let rest = request.path.trim_start_matches('/');
    if rest.is_empty() {
        Vec::new()
    } else {
        rest.split('/').collect()
    }
}

fn host(route: &Route, request: &Request) -> bool {
    match route.host {
        None => true,
        Some(pattern) => match pattern.strip_prefix("*.") {
            Some(suffix) => request
                .host
                .strip_suffix(suffix)
                .is_some_and(|r| r.len() > 1 && r.ends_with('.')),
            None => request.host == pattern,
        },
    }
}

fn path(pattern: &[Segment], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((Segment::Rest, _)), _) => true,
        (Some((segment, rest)), Some((text, others))) => {
            fits(segment, text) && self::path(rest, others)
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn fits(segment: &Segment, text: &str) -> bool {
    match segment {
        Segment::Exact(exact) => *exact == text,
        Segment::Int => text.parse::<i64>().is_ok_and(|n| n.to_string() == text),
        Segment::Slug => text.split('-').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        }),
        Segment::Text | Segment::Any | Segment::Rest => true,
    }
}

/// A GET route takes HEAD too (RFC 9110 section 9.3.2).
fn method(route: &Route, request: &Request) -> bool {
    route.methods.is_empty()
        || route.methods.contains(&request.method.as_str())
        || (request.method == "HEAD" && route.methods.contains(&"GET"))
}

fn extra(route: &Route, request: &Request) -> bool {
    let first = |name: &str| {
        request
            .headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    };
    let query = request.query.strip_prefix("v=");
    route.header.is_none_or(|v| first("x-a") == Some(v))
        && route.query.is_none_or(|v| query == Some(v))
        && route
            .when
            .as_ref()
            .is_none_or(|c| truth(c, request) == Some(true))
}

fn authorize(policy: &Policy, index: usize, route: &Route, request: &Request) -> Verdict {
    let name = format!("s.r{index}");
    let verdict = |status: u16, reason: &str, rule: Option<&str>| Verdict {
        route: Some(name.clone()),
        status,
        reason: reason.to_owned(),
        rule: rule.map(str::to_owned),
    };
    if !route.public && request.claims.is_none() {
        return verdict(401, "no credentials", Some("idp"));
    }
    let own = format!("r{index}");
    let mut set: Vec<(&str, &Rule)> = route.rules.iter().map(|r| (own.as_str(), r)).collect();
    if route.uses_shared && !route.public {
        set.extend(policy.shared.iter().map(|r| ("shared", r)));
    }
    let denies = policy
        .service
        .iter()
        .map(|r| ("s", r))
        .chain(set.iter().copied())
        .filter(|(_, r)| !r.allow);
    for (holder, rule) in denies {
        match truth(&rule.condition, request) {
            Some(true) => return verdict(403, rule.reason, Some(holder)),
            None => return verdict(403, "deny rule failed", Some(holder)),
            Some(false) => {}
        }
    }
    if route.public {
        return verdict(200, "allowed", None);
    }
    let allows: Vec<(&str, &Rule)> = set.into_iter().filter(|(_, r)| r.allow).collect();
    if allows.is_empty() {
        return verdict(200, "allowed", Some(&own));
    }
    let single = allows.iter().all(|(h, _)| *h == allows[0].0);
    match allows
        .iter()
        .find(|(_, r)| truth(&r.condition, request) == Some(true))
    {
        Some((holder, _)) => verdict(200, "allowed", Some(holder)),
        None => verdict(
            403,
            "no allow matched",
            Some(if single { allows[0].0 } else { &own }),
        ),
    }
}

/// CEL's three-valued logic over atoms; `None` is an error.
fn truth(condition: &Condition, request: &Request) -> Option<bool> {
    match condition {
        Condition::Atom(_, cel) => atom(cel, request),
        Condition::Not(inner) => truth(inner, request).map(|b| !b),
        Condition::All(list) => junction(list, request, false),
        Condition::Any(list) => junction(list, request, true),
    }
}

fn junction(list: &[Condition], request: &Request, absorbing: bool) -> Option<bool> {
    let values: Vec<Option<bool>> = list.iter().map(|c| truth(c, request)).collect();
    if values.contains(&Some(absorbing)) {
        return Some(absorbing);
    }
    if values.contains(&None) {
        None
    } else {
        Some(!absorbing)
    }
}

fn atom(text: &str, request: &Request) -> Option<bool> {
    let mut context = Context::default();
    context.add_variable_from_value("request", value(&request_json(request)));
    if let Some(claims) = &request.claims {
        context.add_variable_from_value("jwt", value(claims));
    }
    match Program::compile(text).unwrap().execute(&context) {
        Ok(Value::Bool(b)) => Some(b),
        Ok(other) => panic!("{text} gave {other:?}"),
        Err(_) => None,
    }
}

/// Header names have underscores here, so that they can be selected.
fn request_json(request: &Request) -> Json {
    let headers: serde_json::Map<String, Json> = request
        .headers
        .iter()
        .map(|(n, v)| (n.replace('-', "_"), v.as_str().into()))
        .collect();
    let mut query = serde_json::Map::new();
    if let Some(v) = request.query.strip_prefix("v=") {
        query.insert("v".to_owned(), v.into());
    }
    json!({
        "method": request.method,
        "host": request.host,
        "path": request.path,
        "headers": headers,
        "query": query,
    })
}

/// JSON as CEL values; whole numbers are ints.
fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => (*b).into(),
        Json::Number(n) => n.as_i64().unwrap().into(),
        Json::String(text) => text.as_str().into(),
        Json::Array(list) => list.iter().map(value).collect::<Vec<_>>().into(),
        Json::Object(map) => {
            let entries = map.iter().map(|(k, v)| (k.clone(), value(v)));
            entries
                .collect::<std::collections::HashMap<String, Value>>()
                .into()
        }
    }
}
