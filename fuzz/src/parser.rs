//! Any bytes give a tree and findings with places in bounds; what the formatter accepts it leaves
//! with the same tree, and formatting again changes nothing.

use gw_syntax::{FileId, dump, format, parse, parse_bytes};

/// Runs one input.
pub fn run(data: &[u8]) {
    let (tree, findings) = parse_bytes(FileId(0), data);
    for label in findings.iter().flat_map(|f| &f.labels) {
        let (start, end) = (label.span.start as usize, label.span.end as usize);
        assert!(start <= end && end <= data.len(), "a place out of bounds");
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(once) = format(text) else { return };
    let (again, findings) = parse(FileId(0), &once);
    assert!(
        findings.is_empty(),
        "formatted text does not parse: {findings:?}\n{once}"
    );
    assert_eq!(
        dump(&tree),
        dump(&again),
        "formatting changed the tree:\n{once}"
    );
    assert_eq!(
        Ok(&once),
        format(&once).as_ref(),
        "formatting twice differs"
    );
}
