//! Finds a credential in a request. Two of the same kind are ambiguous, and ambiguous is wrong.

use super::Presented;
use gw_graph::CredentialSource;
use gw_http1::Fields;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Found<'r> {
    /// No credential at any of the places.
    None,
    /// The credential of the first place that has one.
    One(Cow<'r, str>),
    /// More than one at the same place, or not text.
    Ambiguous,
}

/// Looks at the places in order.
pub(super) fn find<'r>(places: &[CredentialSource], presented: Presented<'r>) -> Found<'r> {
    places
        .iter()
        .map(|place| at(place, presented))
        .find(|found| *found != Found::None)
        .unwrap_or(Found::None)
}

fn at<'r>(place: &CredentialSource, presented: Presented<'r>) -> Found<'r> {
    match place {
        CredentialSource::Bearer => {
            only(header_values(presented.fields, "authorization").filter_map(bearer))
        }
        CredentialSource::Header(name) => {
            only(header_values(presented.fields, name).map(|v| v.map(Cow::Borrowed)))
        }
        CredentialSource::Query(name) => only(
            form_pairs(presented.query)
                .filter(|(key, _)| key == name.as_str())
                .map(|(_, value)| Some(value)),
        ),
        CredentialSource::Cookie(name) => only(
            header_values(presented.fields, "cookie")
                .flat_map(|line| line.unwrap_or_default().split(';'))
                .filter_map(|pair| pair.trim().split_once('='))
                .filter(|(key, _)| *key == name.as_str())
                .map(|(_, value)| Some(Cow::Borrowed(value.trim_matches('"')))),
        ),
    }
}

fn only<'r>(mut values: impl Iterator<Item = Option<Cow<'r, str>>>) -> Found<'r> {
    match (values.next(), values.next()) {
        (None, _) => Found::None,
        (Some(Some(value)), None) => Found::One(value),
        (Some(None), _) | (_, Some(_)) => Found::Ambiguous,
    }
}

fn header_values<'r>(fields: &'r Fields, name: &str) -> impl Iterator<Item = Option<&'r str>> {
    fields.named(name).map(|value| {
        std::str::from_utf8(value)
            .ok()
            .filter(|text| text.is_ascii())
    })
}

/// The token after `Bearer`, whose case does not matter (RFC 9110 section 11.1). Other schemes are
/// no bearer credential.
fn bearer(line: Option<&str>) -> Option<Option<Cow<'_, str>>> {
    let Some(line) = line else { return Some(None) };
    let (scheme, token) = line.split_once(' ').unwrap_or((line, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let token = token.trim();
    Some((!token.is_empty()).then_some(Cow::Borrowed(token)))
}

/// Decoded pairs of a query.
fn form_pairs(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
}

fn decode(text: &str) -> Cow<'_, str> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        return Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().into_owned());
    }
    percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(
        place: CredentialSource,
        lines: &[(&'static str, &'static str)],
        query: &str,
    ) -> String {
        let mut fields = Fields::default();
        for (name, value) in lines {
            fields.push(name, value.as_bytes());
        }
        match find(
            &[place],
            Presented {
                fields: &fields,
                query,
                client: None,
            },
        ) {
            Found::None => "none".to_owned(),
            Found::One(text) => text.into_owned(),
            Found::Ambiguous => "ambiguous".to_owned(),
        }
    }

    #[test]
    fn bearer_tokens() {
        let at = |lines| found(CredentialSource::Bearer, lines, "");
        assert_eq!(at(&[("authorization", "Bearer abc")]), "abc");
        assert_eq!(at(&[("authorization", "bEARER  abc")]), "abc");
        assert_eq!(at(&[("authorization", "Basic abc")]), "none");
        assert_eq!(at(&[("authorization", "Bearer")]), "ambiguous");
        assert_eq!(
            at(&[("authorization", "Bearer a"), ("authorization", "Bearer b")]),
            "ambiguous"
        );
    }

    #[test]
    fn other_places() {
        let cookie = CredentialSource::Cookie("sid".into());
        assert_eq!(found(cookie.clone(), &[("cookie", "a=b; sid=x")], ""), "x");
        assert_eq!(
            found(cookie, &[("cookie", "sid=x; sid=y")], ""),
            "ambiguous"
        );
        let query = CredentialSource::Query("key".into());
        assert_eq!(found(query.clone(), &[], "a=1&key=a%20b"), "a b");
        assert_eq!(found(query, &[], "a=1"), "none");
        assert_eq!(
            found(
                CredentialSource::Header("x-key".into()),
                &[("x-key", "k")],
                ""
            ),
            "k"
        );
    }
}
