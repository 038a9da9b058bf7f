//! Who may call an operation.

use crate::notes::Notes;
use crate::scheme::{Identity, Scheme};
use crate::text::quoted;
use gw_schema::Document;
use serde_json::Value;

/// The statements of a route that say who may call it; `None` where that cannot be said, with a
/// note: such an operation is left out.
pub(crate) fn statements(
    document: &Document,
    operation: &Value,
    schemes: &[Scheme],
    about: &str,
    notes: &mut Notes,
) -> Option<String> {
    let own = document.get(operation, "security");
    let written = match own {
        Value::Null => document.member("security"),
        own => own,
    };
    let requirements: Vec<&Value> = match written {
        Value::Null => Vec::new(),
        Value::Array(list) => list.iter().collect(),
        // Not what the specification knows: nothing is opened by a guess.
        other => vec![other],
    };
    if requirements.is_empty() {
        return Some("public \"the API description asks for no credentials\"\n".to_owned());
    }
    let optional = |r: &&Value| r.as_object().is_some_and(serde_json::Map::is_empty);
    if written.is_array() && requirements.iter().any(optional) {
        return Some("public \"the API description makes credentials optional\"\n".to_owned());
    }
    let known: Vec<Vec<Asked<'_>>> = requirements
        .iter()
        .filter_map(|requirement| asked(document, requirement, schemes))
        .collect();
    if known.len() < requirements.len() && !known.is_empty() {
        notes.about("some ways to authenticate are not carried", about);
    }
    if known.iter().flatten().any(Asked::has_roles) {
        notes.about("roles of keys and certificates are not checked", about);
    }
    match known.as_slice() {
        [] => {
            notes.about(
                "left out, since their credentials cannot be asked for",
                about,
            );
            None
        }
        [one] => Some(all_of(one)),
        several => Some(any_of(several, about, notes)),
    }
}

/// A scheme with the scopes that are asked for.
struct Asked<'s> {
    scheme: &'s Scheme,
    scopes: Vec<String>,
}

/// The schemes of a requirement, if the language has them all.
fn asked<'s>(
    document: &Document,
    requirement: &Value,
    schemes: &'s [Scheme],
) -> Option<Vec<Asked<'s>>> {
    let members = requirement.as_object().filter(|m| !m.is_empty())?;
    members
        .iter()
        .map(|(key, scopes)| {
            let scheme = schemes.iter().find(|s| s.key == *key)?;
            let scopes = document.elements(scopes).filter_map(Value::as_str);
            Some(Asked {
                scheme,
                scopes: scopes.map(str::to_owned).collect(),
            })
        })
        .collect()
}

fn all_of(asked: &[Asked<'_>]) -> String {
    let mut names: Vec<&str> = Vec::new();
    asked.iter().for_each(|a| a.scheme.add_to(&mut names));
    let authn = match names.as_slice() {
        [one] => format!("authn {one}\n"),
        several => format!("authn all_of [{}]\n", several.join(", ")),
    };
    let scopes: Vec<&str> = asked.iter().flat_map(Asked::token_scopes).collect();
    authn + &allow("", &scopes)
}

/// Several ways to authenticate. Which token a caller brought cannot be told apart, so that every
/// token needs the scopes of all of them: less is let in, never more.
fn any_of(alternatives: &[Vec<Asked<'_>>], about: &str, notes: &mut Notes) -> String {
    let mut names: Vec<&str> = Vec::new();
    let (mut scopes, mut others, mut tokens): (Vec<&str>, Vec<&str>, usize) = Default::default();
    for alternative in alternatives {
        let [only] = alternative.as_slice() else {
            notes.about("combined credentials beside others are not carried", about);
            continue;
        };
        only.scheme.add_to(&mut names);
        match only.scheme.identity {
            Identity::Token => tokens += 1,
            Identity::Key => others.push("allow when has(key)\n"),
            Identity::Certificate => others.push("allow when has(certificate)\n"),
        }
        for scope in only.token_scopes() {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
    }
    if names.is_empty() {
        return alternatives
            .first()
            .map(|first| all_of(first))
            .unwrap_or_default();
    }
    if tokens > 1 && !scopes.is_empty() {
        notes.about("tokens need the scopes of every alternative", about);
    }
    let authn = match names.as_slice() {
        [one] => format!("authn {one}\n"),
        several => format!("authn any_of [{}]\n", several.join(", ")),
    };
    if scopes.is_empty() {
        return authn + "allow\n";
    }
    let token = match names.len() {
        1 => allow("", &scopes),
        _ => allow("has(jwt) && ", &scopes),
    };
    others.sort_unstable();
    others.dedup();
    authn + &token + &others.concat()
}

impl Scheme {
    /// Adds its name to those of others, once.
    fn add_to<'s>(&'s self, names: &mut Vec<&'s str>) {
        if !names.contains(&self.name.as_str()) {
            names.push(&self.name);
        }
    }
}

impl Asked<'_> {
    /// Whether it asks for roles that no claim holds.
    fn has_roles(&self) -> bool {
        self.scheme.identity != Identity::Token && !self.scopes.is_empty()
    }

    /// Scopes; those of API keys are roles without a meaning of their own (OpenAPI 3.1).
    fn token_scopes(&self) -> impl Iterator<Item = &str> {
        let token = self.scheme.identity == Identity::Token;
        self.scopes
            .iter()
            .filter(move |_| token)
            .map(String::as_str)
    }
}

/// A rule that asks for scopes (RFC 9068, section 2.2.3: a claim of words).
fn allow(before: &str, scopes: &[&str]) -> String {
    let tests = scopes.iter();
    let tests: Vec<String> = tests
        .map(|s| format!("{} in (jwt.scope ?? \"\").split(\" \")", quoted(s)))
        .collect();
    match tests.is_empty() {
        true => "allow\n".to_owned(),
        false => format!("allow when {before}{}\n", tests.join(" && ")),
    }
}
