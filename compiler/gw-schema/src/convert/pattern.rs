//! Patterns of ECMA-262, which are found anywhere in a text, as ones that fit a whole text here.

use regex_syntax::hir::{Hir, HirKind, Look};

/// The pattern that whole texts match; `None` where the language has no such pattern.
pub(super) fn whole(pattern: &str) -> Option<String> {
    let pattern = ascii_classes(pattern);
    let hir = regex_syntax::parse(&pattern).ok()?;
    let (start, end) = anchors(&hir);
    let bare = pattern.strip_prefix('^').and_then(|p| p.strip_suffix('$'));
    if let (true, true, Some(bare)) = (start, end, bare)
        && regex_syntax::parse(bare).is_ok()
    {
        return Some(bare.to_owned());
    }
    let before = if start { "" } else { "(?s:.*)" };
    let after = if end { "" } else { "(?s:.*)" };
    Some(match before.is_empty() && after.is_empty() {
        true => pattern,
        false => format!("{before}(?:{pattern}){after}"),
    })
}

/// Whether the whole pattern begins with `^`, and ends with `$`.
fn anchors(hir: &Hir) -> (bool, bool) {
    let is = |part: Option<&Hir>, look| part.is_some_and(|p| *p.kind() == HirKind::Look(look));
    match hir.kind() {
        HirKind::Concat(parts) => (is(parts.first(), Look::Start), is(parts.last(), Look::End)),
        _ => (is(Some(hir), Look::Start), is(Some(hir), Look::End)),
    }
}

/// `\d` and `\w` mean ASCII there (ECMA-262, CharacterClassEscape).
fn ascii_classes(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('d') => out.push_str("[0-9]"),
            Some('D') => out.push_str("[^0-9]"),
            Some('w') => out.push_str("[0-9A-Za-z_]"),
            Some('W') => out.push_str("[^0-9A-Za-z_]"),
            other => {
                out.push('\\');
                out.extend(other);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::whole;

    #[test]
    fn patterns_fit_whole_texts() {
        for (pattern, expected) in [
            ("^[a-z]+$", "[a-z]+"),
            ("^\\d{3}-[\\w.]+$", "[0-9]{3}-[[0-9A-Za-z_].]+"),
            ("abc", "(?s:.*)(?:abc)(?s:.*)"),
            ("^abc", "(?:^abc)(?s:.*)"),
            ("^a|b$", "(?s:.*)(?:^a|b$)(?s:.*)"),
            ("a\\$", "(?s:.*)(?:a\\$)(?s:.*)"),
            ("^\\/v\\d+\\/$", "\\/v[0-9]+\\/"),
        ] {
            assert_eq!(whole(pattern).as_deref(), Some(expected));
        }
        assert_eq!(whole("^(?=a)b$"), None);
        assert_eq!(whole("(a)\\1"), None);
    }
}
