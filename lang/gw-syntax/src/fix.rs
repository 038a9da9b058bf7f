//! Applies fixes to a text. Must not know what they mend.

use crate::{Fix, Span};

/// A text after some of its fixes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fixed {
    /// The new text.
    pub text: String,
    /// How many fixes were applied; the others overlap one of these, or do not fit the text.
    pub applied: usize,
}

/// Applies as many of the fixes of one file as do not overlap: each whole or not at all, the first
/// of two that meet. Insertions at one place count as an overlap, since their order would be chance.
pub fn apply<'f>(text: &str, fixes: impl IntoIterator<Item = &'f Fix>) -> Fixed {
    let mut taken: Vec<&(Span, String)> = Vec::new();
    let mut applied = 0;
    for fix in fixes {
        let free = |(span, _): &(Span, String)| !taken.iter().any(|(other, _)| meet(*span, *other));
        let fits = |(span, _): &(Span, String)| range(text, *span).is_some();
        if !fix.edits.is_empty() && fix.edits.iter().all(|e| free(e) && fits(e)) {
            taken.extend(&fix.edits);
            applied += 1;
        }
    }
    taken.sort_by_key(|(span, _)| (span.start, span.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (span, replacement) in taken {
        let (start, end) = (span.start as usize, span.end as usize);
        out.push_str(text.get(at..start).unwrap_or(""));
        out.push_str(replacement);
        at = end;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    Fixed { text: out, applied }
}

fn range(text: &str, span: Span) -> Option<&str> {
    text.get(span.start as usize..span.end as usize)
}

/// Whether two places share a byte, or touch where one of them is empty.
fn meet(a: Span, b: Span) -> bool {
    let touch = a.start == a.end || b.start == b.end;
    if touch {
        a.start <= b.end && b.start <= a.end
    } else {
        a.start < b.end && b.start < a.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileId;

    fn fix(edits: &[(usize, usize, &str)]) -> Fix {
        let edits = edits.iter().map(|(start, end, text)| {
            let span = Span::new(FileId(0), *start, *end);
            (span, (*text).to_owned())
        });
        Fix {
            title: String::new(),
            edits: edits.collect(),
        }
    }

    #[test]
    fn each_fix_whole_or_not_at_all() {
        let first = fix(&[(0, 3, "one"), (8, 11, "three")]);
        let overlaps = fix(&[(4, 7, "two"), (9, 10, "x")]);
        let beside = fix(&[(3, 4, "-")]);
        let fixed = apply("eno owt eerht", [&first, &overlaps, &beside]);
        assert_eq!(fixed.text, "one-owt threeht");
        assert_eq!(fixed.applied, 2);
    }

    #[test]
    fn insertions_that_touch_wait_for_the_next_round() {
        let (a, b) = (fix(&[(2, 2, "a")]), fix(&[(2, 4, "b")]));
        let fixed = apply("0123", [&a, &b]);
        assert_eq!((fixed.text.as_str(), fixed.applied), ("01a23", 1));
    }

    #[test]
    fn places_outside_the_text_are_left() {
        let cut = fix(&[(1, 2, "")]);
        assert_eq!(apply("é", [&cut]).text, "é");
        assert_eq!(apply("x", [&fix(&[(0, 9, "")])]).applied, 0);
    }
}
