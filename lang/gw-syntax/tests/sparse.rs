//! A file that is read bit by bit is the file that is read at once.

mod sources;

use gw_syntax::{File, FileId, Statement, Unread, parse, parse_sparsely, read_statement};
use proptest::prelude::*;
use sources::{SOURCES, TYPED, floor};

const ROUTES: Unread = Unread {
    head: "route",
    parents: &["", "service"],
    unless: "lint",
};

/// Reads what was left unread; how many statements that were, `None` if one cannot be read.
fn complete(file: &mut File, text: &str) -> Option<usize> {
    fn each(statements: &mut [Statement], text: &str) -> Option<usize> {
        let mut count = 0;
        for statement in statements {
            if statement.unread {
                let mut read = read_statement(text, statement.span)?;
                assert_eq!(read.head, statement.head);
                assert_eq!(shown(read.parts.first()), shown(statement.parts.first()));
                assert!(statement.block.is_none() && statement.parts.len() == 1);
                read.trivia = statement.trivia.clone();
                *statement = read;
                count += 1;
            } else if let Some(block) = &mut statement.block {
                count += each(&mut block.statements, text)?;
            }
        }
        Some(count)
    }
    each(&mut file.items, text)
}

/// Takes out the comments that a statement read by itself does not have.
fn without_comments(statements: &mut [Statement]) {
    for statement in statements {
        statement.trivia.before = Default::default();
        statement.trivia.after = None;
        if let Some(block) = &mut statement.block {
            block.tail.clear();
            without_comments(&mut block.statements);
        }
    }
}

fn shown(value: impl std::fmt::Debug) -> String {
    format!("{value:#?}")
}

/// How many statements were left unread, if that went well.
fn read_both_ways(text: &str) -> Option<usize> {
    let mut bit_by_bit = parse_sparsely(FileId(0), text, ROUTES)?;
    let count = complete(&mut bit_by_bit, text)?;
    let (mut at_once, findings) = parse(FileId(0), text);
    assert!(findings.is_empty(), "{text}");
    without_comments(&mut bit_by_bit.items);
    without_comments(&mut at_once.items);
    assert_eq!(shown(bit_by_bit), shown(at_once), "{text}");
    Some(count)
}

proptest! {
    #[test]
    fn any_text(
        source in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..9usize, 0..TYPED.len()), 0..4),
    ) {
        let mut text = SOURCES[source.index(SOURCES.len())].clone();
        for (at, length, piece) in edits {
            let start = floor(&text, at.index(text.len() + 1));
            let end = floor(&text, start + length.saturating_sub(4)).max(start);
            text.replace_range(start..end, TYPED[piece]);
        }
        read_both_ways(&text);
    }
}

#[test]
fn the_routes_of_every_policy_can_be_left() {
    let read = SOURCES.iter().map(|text| read_both_ways(text));
    let left: Option<usize> = read.sum();
    assert!(left.is_some_and(|routes| routes > 100), "{left:?}");
}

#[test]
fn what_does_not_end_in_its_block_cannot_be_read_alone() {
    for text in [
        "gw 1\nroute a /a/{id}\n",
        "gw 1\nroute a /a when {1: true}[1] { to web } extra\n",
    ] {
        assert_eq!(read_both_ways(text), None, "{text}");
    }
    for text in [
        "gw 1\nroute a /it's { to web }\nroute b /b's { to web }\n",
        "gw 1\nroute a /a { lint x = allow }\n",
    ] {
        assert_eq!(read_both_ways(text), Some(0), "{text}");
    }
}
