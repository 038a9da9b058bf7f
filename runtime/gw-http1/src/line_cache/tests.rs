use super::*;

fn read(cache: &mut LineCache, text: &str) -> Option<(usize, Vec<(String, String)>)> {
    let mut bytes = text.as_bytes().to_vec();
    let (end, mut fields) = cache.read(&mut bytes, 0, 8, Kind::Request)?;
    fields.text = bytes;
    let text = |part: &[u8]| String::from_utf8_lossy(part).into_owned();
    let lines = fields
        .iter()
        .map(|line| (text(line.name), text(line.value)));
    Some((end, lines.collect()))
}

fn kept(cache: &LineCache) -> usize {
    cache.slots.iter().filter(|slot| slot.length > 0).count()
}

#[test]
fn lines_are_kept_when_they_come_again() {
    let mut cache = LineCache::default();
    let head = "Content-Type: text/plain\r\nX_y:  1234567 \r\na:\r\n\r\nrest";
    let lines = [
        ("content-type", "text/plain"),
        ("x_y", "1234567"),
        ("a", ""),
    ];
    let lines = lines.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let expected = Some((head.len() - 4, lines.to_vec()));
    for times in [0, 2, 2, 2] {
        assert_eq!(read(&mut cache, head), expected);
        assert_eq!(kept(&cache), times);
    }
}

/// Neither keeps a line that comes once.
#[test]
fn a_line_that_comes_once_drives_none_out() {
    let mut cache = LineCache::default();
    for _ in 0..2 {
        read(&mut cache, "content-type: text/plain\r\n\r\n");
    }
    for length in 0..1_000 {
        read(&mut cache, &format!("content-length: {length}\r\n\r\n"));
    }
    assert_eq!(kept(&cache), 1);
}

/// Lines whose numbers begin alike, so that they may lie in the first set only, however many there are.
fn of_first_set() -> impl Iterator<Item = String> {
    let lines = (0..).map(|number| format!("x-number: {number:08}\r\n"));
    lines.filter(|line| words::place(Key::of(line.as_bytes()).unwrap().0, 1024) == 0)
}

/// Whether they take turns, as those of each head do, or others of which each comes once stand between.
#[test]
fn lines_of_one_set_are_kept_although_others_come_between() {
    let mut lines = of_first_set();
    let head = lines.by_ref().take(2).collect::<String>();
    let mut cache = LineCache::default();
    for times in [0, 2, 2] {
        read(&mut cache, &format!("{head}{}\r\n", lines.next().unwrap()));
        assert_eq!(kept(&cache), times);
    }
}

/// As many as a set has places, with dates between them that come twice each.
#[test]
fn lines_of_one_set_are_kept_side_by_side() {
    let mut lines = of_first_set();
    let head = lines.by_ref().take(WAYS).collect::<String>();
    let mut cache = LineCache::default();
    for _ in 0..2 {
        read(&mut cache, &format!("{head}\r\n"));
    }
    let all = |cache: &LineCache| {
        let texts = cache.slots.iter().map(|slot| slot.text().to_vec());
        texts.filter(|text| !text.is_empty()).collect::<Vec<_>>()
    };
    let kept = all(&cache);
    assert_eq!(kept.concat(), head.as_bytes());
    read(&mut cache, &format!("{head}\r\n"));
    assert_eq!(all(&cache), kept);
    let date = lines.next().unwrap();
    (0..2).for_each(|_| assert!(read(&mut cache, &format!("{date}\r\n")).is_some()));
    assert!(all(&cache).contains(&date.into_bytes()));
    assert_eq!(all(&cache).len(), WAYS);
}

/// Nothing of a head is left in its memory when that serves the next one.
#[test]
fn memory_of_heads_serves_again() {
    let mut cache = LineCache::default();
    let parsed = |text: &str, cache: &mut LineCache| {
        let mut bytes = text.as_bytes().to_vec();
        let parsed = crate::Response::parse(&mut bytes, crate::ToHead::No, cache);
        parsed.unwrap().unwrap().1.fields
    };
    let one = parsed("HTTP/1.1 200 OK\r\nX_a:1\r\nDate: a\r\n\r\n", &mut cache);
    let memory = one.text.as_ptr();
    cache.put_back(one);
    let text = "HTTP/1.1 200 OK\r\nVia: b\r\n\r\n";
    let other = parsed(text, &mut cache);
    assert_eq!(other.text.as_ptr(), memory);
    let new = parsed(text, &mut LineCache::default());
    assert_eq!(format!("{other:?}"), format!("{new:?}"));
    let large = parsed(
        &format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(MOST_BYTES)),
        &mut cache,
    );
    cache.put_back(large);
    cache.put_back(Fields::default());
    assert!(cache.spare.is_empty());
    (0..2 * MOST_SPARE).for_each(|_| cache.put_back(Fields::with_lines(1)));
    assert_eq!(cache.spare.len(), MOST_SPARE);
    cache.trim();
    assert_eq!(cache.spare.len(), MOST_SPARE / 2);
}

/// The last eight bytes of a date tell only its seconds apart.
#[test]
fn dates_choose_many_places() {
    let date = |second| format!("Date: Mon, 30 Nov 2026 09:29:{second:02} GMT\r\n");
    let set = |second| Key::of(date(second).as_bytes()).unwrap().set();
    let sets: std::collections::HashSet<usize> = (0..60).map(set).collect();
    assert!(sets.len() > SLOTS / WAYS / 2, "{sets:?}");
}

#[test]
fn slots_are_four_lines_of_the_cache() {
    assert_eq!(size_of::<Slot>(), 256);
}

#[test]
fn secrets_are_not_kept() {
    let mut cache = LineCache::default();
    for name in [
        "Authorization",
        "Cookie",
        "Set-Cookie",
        "X-Api-Key",
        "Referer",
        "X-CSRF-Token",
    ] {
        for _ in 0..3 {
            assert!(read(&mut cache, &format!("{name}: 0123456789\r\n\r\n")).is_some());
        }
    }
    assert_eq!(kept(&cache), 0);
}

/// What is uncertain is left to the tokeniser of whole heads.
#[test]
fn lines_that_are_none() {
    let mut cache = LineCache::default();
    for head in [
        "",
        "a: b",
        "a: b\r\n",
        "a: b\n\r\n",
        "a: b\r\n\n",
        "a: b\r\n c\r\n\r\n",
        "a b: c\r\n\r\n",
        "a: \0\r\n\r\n",
        "a: b\rc\r\n\r\n",
        "a\r\n\r\n",
        ": b\r\n\r\n",
        "1:\r\n2:\r\n3:\r\n4:\r\n5:\r\n6:\r\n7:\r\n8:\r\n9:\r\n\r\n",
    ] {
        for _ in 0..3 {
            assert_eq!(read(&mut cache, head), None, "{head:?}");
        }
    }
}
