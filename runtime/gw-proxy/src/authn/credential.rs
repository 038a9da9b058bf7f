//! Finds a credential in a request. Two of the same kind are ambiguous, and ambiguous is wrong.

use super::Presented;
use gw_graph::CredentialSource;
use gw_http1::Known;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Found<'r> {
    /// No credential at any of the places.
    None,
    /// The credential of the first place that has one, as it was sent.
    One(Cow<'r, [u8]>),
    /// More than one at the same place, or a place without one.
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

/// A credential as text. Tokens and keys are ASCII.
pub(super) fn text(credential: &[u8]) -> Option<&str> {
    std::str::from_utf8(credential)
        .ok()
        .filter(|text| text.is_ascii())
}

fn at<'r>(place: &CredentialSource, presented: Presented<'r>) -> Found<'r> {
    let fields = presented.fields;
    match place {
        CredentialSource::Bearer => only(fields.all(Known::Authorization).filter_map(bearer)),
        CredentialSource::Header(name) => {
            only(fields.named(name).map(|value| Some(Cow::Borrowed(value))))
        }
        CredentialSource::Query(name) => only(
            form_pairs(presented.query)
                .filter(|(key, _)| key == name.as_str())
                .map(|(_, value)| Some(bytes(value))),
        ),
        CredentialSource::Cookie(name) => only(
            fields
                .named("cookie")
                .flat_map(|line| line.split(|byte| *byte == b';'))
                .filter_map(|pair| cookie(pair, name))
                .map(|value| Some(Cow::Borrowed(value))),
        ),
    }
}

fn only<'r>(mut values: impl Iterator<Item = Option<Cow<'r, [u8]>>>) -> Found<'r> {
    match (values.next(), values.next()) {
        (None, _) => Found::None,
        (Some(Some(value)), None) => Found::One(value),
        (Some(None), _) | (_, Some(_)) => Found::Ambiguous,
    }
}

/// The token after `Bearer`, whose case does not matter (RFC 9110 section 11.1). Other schemes are
/// no bearer credential.
fn bearer(line: &[u8]) -> Option<Option<Cow<'_, [u8]>>> {
    let (scheme, token) = line.split_at(line.len().min("bearer".len()));
    if !scheme.eq_ignore_ascii_case(b"bearer") || !matches!(token.first(), None | Some(b' ')) {
        return None;
    }
    let token = token.trim_ascii();
    Some((!token.is_empty()).then_some(Cow::Borrowed(token)))
}

/// The value of a pair in a `Cookie` line, if it has that name (RFC 6265 section 4.2.1).
fn cookie<'r>(pair: &'r [u8], name: &str) -> Option<&'r [u8]> {
    let value = pair.trim_ascii().strip_prefix(name.as_bytes())?;
    let value = value.strip_prefix(b"=")?;
    let start = value.iter().position(|byte| *byte != b'"');
    let end = value.iter().rposition(|byte| *byte != b'"');
    value.get(start.unwrap_or(0)..end.map_or(0, |end| end + 1))
}

fn bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
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
    use gw_http1::Fields;

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
            Found::One(text) => String::from_utf8_lossy(&text).into_owned(),
            Found::Ambiguous => "ambiguous".to_owned(),
        }
    }

    #[test]
    fn bearer_tokens() {
        let at = |lines| found(CredentialSource::Bearer, lines, "");
        assert_eq!(at(&[("authorization", "Bearer abc")]), "abc");
        assert_eq!(at(&[("authorization", "bEARER  abc")]), "abc");
        assert_eq!(at(&[("authorization", "Basic abc")]), "none");
        assert_eq!(at(&[("authorization", "Bearers abc")]), "none");
        assert_eq!(at(&[("authorization", "")]), "none");
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
        let quoted = [("cookie", "sidx=1; sid=\"\"; side=2")];
        assert_eq!(found(cookie.clone(), &quoted, ""), "");
        let quoted = [("cookie", "sid=\"a\"b\"")];
        assert_eq!(found(cookie.clone(), &quoted, ""), "a\"b");
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
