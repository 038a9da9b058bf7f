//! Edits of sections, of lines that were read and of lines that were made.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Names, some of which are known.
const NAMES: &[&str] = &[
    "a",
    "b",
    "x-c",
    "via",
    "host",
    "date",
    "x-forwarded-for",
    "x_forwarded-for",
];
const VALUES: &[&str] = &["", "1", "22"];

fn section() -> Section<'static> {
    let mut section = Section::default();
    for (name, value) in [("a", "1"), ("b", "2"), ("a", "3"), ("x-c", "4")] {
        section.add(name, Value::known_good(value.as_bytes()));
    }
    section
}

fn written(section: &Section<'_>) -> String {
    let mut out = Vec::new();
    section.write(&mut out);
    String::from_utf8(out).unwrap()
}

/// The lines of a head.
fn parsed(lines: &str) -> Fields {
    let mut bytes = format!("HTTP/1.1 200 OK\r\n{lines}\r\n").into_bytes();
    let mut cache = crate::LineCache::default();
    let parsed = crate::Response::parse(&mut bytes, crate::ToHead::No, &mut cache);
    let (_, response) = parsed.unwrap().unwrap();
    response.fields
}

#[test]
fn edits() {
    let mut one = section();
    one.set("a", Value::known_good(b"9"));
    one.set("d", Value::number(5));
    assert_eq!(written(&one), "b: 2\r\nx-c: 4\r\na: 9\r\nd: 5\r\n\r\n");
    one.rename("b", "a");
    assert_eq!(written(&one), "x-c: 4\r\nd: 5\r\na: 2\r\n\r\n");
    one.remove_prefix("x-");
    one.remove("a");
    assert_eq!(written(&one), "d: 5\r\n\r\n");
    one.rename("nothing", "d");
    assert_eq!(written(&one), "d: 5\r\n\r\n");
}

/// Lines that were read, in the usual shape and in others, are edited like those made here.
#[test]
fn lines_that_were_read() {
    let head = "GET / HTTP/1.1\r\nHost: h\r\nA:1\r\nB: 2 \r\nX-C: 4\r\nA: 3\r\nE:\r\nF: \r\n\r\n";
    let limits = crate::Limits {
        max_head: 1 << 10,
        max_headers: 10,
    };
    let mut bytes = head.as_bytes().to_vec();
    let (_, request) = crate::Request::parse(&mut bytes, limits, &mut crate::LineCache::default())
        .unwrap()
        .unwrap();
    let mut one = Section::of(&request.fields);
    one.remove_known(Known::Host);
    let all = "a: 1\r\nb: 2\r\nx-c: 4\r\na: 3\r\ne: \r\nf: \r\n\r\n";
    assert_eq!(written(&one), all);
    one.rename("x-c", "via");
    assert_eq!(one.take(Known::Via).unwrap().bytes(), b"4");
    one.set("a", Value::known_good(b"9"));
    one.remove("b");
    one.add_known(Known::Date, Value::known_good(b"now"));
    assert_eq!(written(&one), "e: \r\nf: \r\na: 9\r\ndate: now\r\n\r\n");
    let last = one.iter().last().unwrap();
    assert_eq!((last.name, last.value), (&b"date"[..], &b"now"[..]));
}

/// A known field that goes because of its likeness to another is gone for all questions.
#[test]
fn known_fields_that_are_alike() {
    for edit in [
        |one: &mut Section<'_>| one.remove_alike("x_forwarded-for", ""),
        |one: &mut Section<'_>| one.remove_prefix_alike("x_forwarded"),
        |one: &mut Section<'_>| one.remove_prefix("x-forwarded"),
        |one: &mut Section<'_>| one.retain(|field| field.known == Known::Date),
    ] {
        let fields = parsed("x-forwarded-for: 1\r\ndate: 2\r\n");
        let mut one = Section::of(&fields);
        edit(&mut one);
        assert!(!one.has(Known::XForwardedFor) && one.has(Known::Date));
        assert_eq!(written(&one), "date: 2\r\n\r\n");
    }
}

/// Lines beyond those that a word has a bit for.
#[test]
fn many_lines() {
    let names: Vec<_> = (0..200).map(|index| format!("n{index}")).collect();
    let mut fields = Fields::default();
    names.iter().for_each(|name| fields.push(name, b"1"));
    let mut one = Section::of(&fields);
    one.retain(|field| !field.name.ends_with(b"7"));
    one.remove("n64");
    one.remove("n199");
    let left = |name: &&String| !name.ends_with('7') && !["n64", "n199"].contains(&name.as_str());
    let lines = names
        .iter()
        .filter(left)
        .map(|name| format!("{name}: 1\r\n"));
    assert_eq!(written(&one), lines.collect::<String>() + "\r\n");
}

/// The memory of a section serves the next one.
#[test]
fn memory_is_used_again() {
    let mut fields = Fields::default();
    fields.push("a", b"1");
    let room = Section::of(&fields).into_room();
    let at = room.0.as_ptr();
    assert!(room.size() >= ROOM);
    let one = Section::within(room, &fields);
    assert_eq!(one.added.as_ptr(), at);
    assert_eq!(written(&one), "a: 1\r\n\r\n");
}

/// Lines that are written already are edited like others.
#[test]
fn lines_that_are_written() {
    let mut one = Section::default();
    one.add_written(Known::Via, b"via: 1.1 gw\r\n");
    one.add("a", Value::known_good(b"1"));
    one.add_written(Known::XForwardedProto, b"x-forwarded-proto: http\r\n");
    assert_eq!(one.first(Known::XForwardedProto), Some(&b"http"[..]));
    one.rename("via", "b");
    assert!(!one.has(Known::Via));
    one.set("x-forwarded-proto", Value::known_good(b"https"));
    let all = "a: 1\r\nb: 1.1 gw\r\nx-forwarded-proto: https\r\n\r\n";
    assert_eq!(written(&one), all);
    one.rename("a", "host");
    assert_eq!(one.take(Known::Host).unwrap().bytes(), b"1");
    assert!(!one.has(Known::Host) && one.take(Known::Host).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// What edits leave, against a list of names and values, and what is asked of known fields,
    /// against a look at every line.
    #[test]
    fn edits_in_any_order(
        read in vec((select(NAMES), select(VALUES), select(&[": ", ": ", ": ", ":", ":  "][..])), 0..6),
        edits in vec((0..9, select(NAMES), select(NAMES), select(VALUES)), 0..8),
    ) {
        let lines = read.iter().map(|(name, value, between)| format!("{name}{between}{value}\r\n"));
        let fields = parsed(&lines.collect::<String>());
        let whole = edits.iter().map(|(_, name, _, value)| format!("{name}: {value}\r\n"));
        let whole: Vec<_> = whole.collect();
        let mut one = Section::of(&fields);
        let mut plain: Vec<_> = read.iter().map(|(name, value, _)| (*name, *value)).collect();
        for ((kind, name, other, value), line) in edits.into_iter().zip(&whole) {
            let new = Value::known_good(value.as_bytes());
            let first = plain.iter().position(|line| line.0 == name);
            match kind {
                0 => {
                    one.add(name, new);
                    plain.push((name, value));
                }
                1 | 2 => {
                    match kind {
                        1 => one.set(name, new),
                        _ => one.set_written(name, line.as_bytes()),
                    }
                    plain.retain(|line| line.0 != name);
                    plain.push((name, value));
                }
                3 => {
                    one.rename(name, other);
                    if first.is_some() && name != other {
                        let (same, rest): (Vec<_>, Vec<_>) = plain.into_iter().partition(|line| line.0 == name);
                        plain = rest;
                        plain.retain(|line| line.0 != other);
                        plain.extend(same.into_iter().map(|line| (other, line.1)));
                    }
                }
                4 => {
                    one.remove_prefix("x-");
                    plain.retain(|line| !line.0.starts_with("x-"));
                }
                5 => {
                    one.retain(|field| field.value != value.as_bytes());
                    plain.retain(|line| line.1 != value);
                }
                6 => {
                    let dashed = |name: &str| name.replace('_', "-");
                    let alike = |found: &str| dashed(found) == dashed(name) && found != name;
                    one.remove_alike(name, other);
                    plain.retain(|line| !alike(line.0) || line.0 == other);
                }
                7 if Known::of(name.as_bytes()) != Known::Other => {
                    let taken = one.take(Known::of(name.as_bytes()));
                    let value = first.map(|at| Value::known_good(plain[at].1.as_bytes()));
                    prop_assert_eq!(taken, value);
                    plain.retain(|line| line.0 != name);
                }
                _ => {
                    one.remove(name);
                    plain.retain(|line| line.0 != name);
                }
            }
        }
        let lines = plain.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        prop_assert_eq!(written(&one), lines.collect::<String>() + "\r\n");
        for known in Known::ALL {
            let has = plain.iter().any(|line| line.0 == known.name());
            prop_assert_eq!(one.has(known), has);
        }
    }
}

#[test]
fn values_hold_no_line_ends() {
    assert_eq!(Value::new(&b"a\r\nb"[..]), None);
    assert!(Value::new(&b"a\tb"[..]).is_some());
}
