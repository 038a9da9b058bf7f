//! Between the addresses that editors use and the paths that the compiler reads. What is no
//! file (`untitled:Untitled-1`) keeps its address as its path.

use lsp_types::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What RFC 3986 lets stand in a path as it is.
const IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/')
    .remove(b'+')
    .remove(b'@')
    .remove(b'$');

/// The path of an address.
pub(crate) fn path(uri: &Uri) -> String {
    let text = uri.as_str();
    let Some(rest) = text.strip_prefix("file://") else {
        return text.to_owned();
    };
    // `file://host/share` names another machine; editors send an empty host or `localhost`.
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
    match path.as_bytes() {
        [b'/', drive, b':', ..] if drive.is_ascii_alphabetic() => {
            path.get(1..).unwrap_or_default().to_owned()
        }
        _ => path,
    }
}

/// The address of a path; `None` for what cannot be one.
pub(crate) fn of_path(path: &str) -> Option<Uri> {
    let is_drive = matches!(path.as_bytes(), [drive, b':', ..] if drive.is_ascii_alphabetic());
    if is_drive {
        return format!("file:///{}", utf8_percent_encode(path, IN_PATHS))
            .parse()
            .ok();
    }
    if path.starts_with('/') {
        return format!("file://{}", utf8_percent_encode(path, IN_PATHS))
            .parse()
            .ok();
    }
    path.parse().ok().filter(|uri: &Uri| uri.scheme().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive() {
        for path in [
            "/a b/ü.gw",
            "/plain.gw",
            "/100%/x.gw",
            "/[x]/#.gw",
            "C:/work/a.gw",
        ] {
            let uri = of_path(path).unwrap();
            assert_eq!(super::path(&uri), path, "{}", uri.as_str());
        }
        let encoded: Uri = "file:///c%3A/work/a.gw".parse().unwrap();
        assert_eq!(path(&encoded), "c:/work/a.gw");
        let untitled: Uri = "untitled:Untitled-1".parse().unwrap();
        assert_eq!(of_path(&path(&untitled)), Some(untitled));
        assert_eq!(of_path("relative.gw"), None);
    }
}
