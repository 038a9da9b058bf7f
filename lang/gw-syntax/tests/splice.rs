//! Trees that are brought up to date after edits are those of the whole text.

mod sources;

use gw_syntax::{File, FileId, parse, reparse};
use proptest::prelude::*;
use sources::{SOURCES, TYPED, floor};

/// The tree after edits one after the other, by `reparse` where it can; how often it could.
fn edited(source: &str, edits: &[(prop::sample::Index, usize, usize)]) -> usize {
    let mut text = source.to_owned();
    let mut tree = parse(FileId(0), &text).0;
    let mut quick = 0;
    for (at, length, piece) in edits {
        let start = floor(&text, at.index(text.len() + 1));
        let end = floor(&text, start + length.saturating_sub(4)).max(start);
        let mut new = text.clone();
        new.replace_range(start..end, TYPED.get(*piece).copied().unwrap_or(""));
        let (whole, findings) = parse(FileId(0), &new);
        if reparse(&mut tree, &text, &new) {
            assert!(findings.is_empty(), "{new}");
            same(&tree, &whole, &new);
            quick += 1;
        } else if findings.is_empty() {
            tree = whole;
        } else {
            // The tree is as before, and the next edit begins there.
            same(&tree, &parse(FileId(0), &text).0, &text);
            continue;
        }
        text = new;
    }
    quick
}

fn same(found: &File, whole: &File, text: &str) {
    assert_eq!(format!("{found:#?}"), format!("{whole:#?}"), "{text}");
}

proptest! {
    #[test]
    fn any_edits(
        source in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..9usize, 0..=TYPED.len()), 1..12),
    ) {
        edited(&SOURCES[source.index(SOURCES.len())], &edits);
    }
}

#[test]
fn typing_in_a_route_parses_that_route() {
    let text = "gw 1\n// c\nservice s {\n  // d\n  route a /a { to web } // e\n  route b /b { to web }\n}\n// f\n";
    let (mut tree, findings) = parse(FileId(0), text);
    assert!(findings.is_empty());
    let new = text.replacen("/a {", "/abc/{id:int} {", 1);
    assert!(reparse(&mut tree, text, &new));
    same(&tree, &parse(FileId(0), &new).0, &new);
    assert!(!reparse(
        &mut tree,
        &new,
        &new.replacen("{ to", "{ // x\n to", 1)
    ));
    assert!(!reparse(
        &mut tree,
        &new,
        &new.replacen("route a", "rout a", 1)
    ));
}
