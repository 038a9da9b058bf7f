//! Whatever this codec takes for requests or for a response, hyper takes for the same.

#[path = "../../runtime/gw-http1/tests/oracle/mod.rs"]
mod oracle;

/// Runs one input: requests after an even byte, a response after an odd one.
pub fn run(data: &[u8]) {
    let Some((kind, bytes)) = data.split_first() else {
        return;
    };
    if kind % 2 == 1 {
        if let Some(ours) = oracle::our_response(bytes) {
            assert_eq!(Some(ours), oracle::their_response(bytes));
        }
        return;
    }
    let ours = oracle::ours(bytes);
    if ours.is_empty() {
        return;
    }
    let theirs = oracle::theirs(bytes);
    assert!(theirs.len() >= ours.len(), "{ours:#?} {theirs:#?}");
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
}
