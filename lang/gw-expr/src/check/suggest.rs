//! Names that are close to a mistyped one.

/// The candidate that is nearest to `name`, if one is near enough to be meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let limit = (name.chars().count() / 3).clamp(1, 3);
    let length = |candidate: &str| candidate.len().abs_diff(name.len());
    // An edit takes at most one letter away and brings one, so that most candidates need no closer look.
    let mine = letters(name);
    let alike = |candidate: &str| (letters(candidate) ^ mine).count_ones() as usize <= 2 * limit;
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name && alike(candidate))
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, candidate)| (*distance, length(candidate), *candidate))
        .map(|(_, candidate)| candidate)
}

/// Most names that a finding lists.
const LISTED: usize = 20;

/// Names one after the other, as code; not all of them if they are many.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names = names.into_iter();
    let shown = names.by_ref().take(LISTED).map(|name| format!("`{name}`"));
    let shown: Vec<String> = shown.collect();
    match names.count() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Bytes of the longest name that is compared: nobody mistypes more, and any input must be answered
/// soon.
const LONGEST: usize = 256;

/// Which letters there are, some of them counted as one.
fn letters(text: &str) -> u64 {
    lower(text).fold(0, |found, c| found | 1 << (u32::from(c) % 64))
}

fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours count
/// one each; letter case counts nothing.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (lower(a).collect(), lower(b).collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], k: usize| row.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut cost = (at(&row, j) + usize::from(x != y))
                .min(at(&row, j + 1) + 1)
                .min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                cost = cost.min(at(&before, j - 1) + 1);
            }
            next.push(cost);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{listed, nearest};

    #[test]
    fn finds_what_was_meant() {
        let names = ["request", "response", "source", "jwt"];
        assert_eq!(nearest("reqest", names), Some("request"));
        assert_eq!(nearest("requets", names), Some("request"));
        assert_eq!(nearest("JWT", names), Some("jwt"));
        assert_eq!(nearest("backend", names), None);
    }

    #[test]
    fn lists_so_many() {
        assert_eq!(listed(["a", "b"]), "`a`, `b`");
        assert!(listed(["a"; 25]).ends_with("`a`, `a` and 5 more"));
    }
}
