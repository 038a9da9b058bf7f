//! Whatever this codec takes for requests or for a response, hyper takes for the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../runtime/gw-http1/tests/oracle/mod.rs"]
mod oracle;

fuzz_target!(|input: (bool, &[u8])| {
    let (response, bytes) = input;
    if response {
        if let Some(ours) = oracle::our_response(bytes.to_vec()) {
            assert_eq!(Some(ours), oracle::their_response(bytes));
        }
        return;
    }
    let ours = oracle::ours(bytes.to_vec());
    if ours.is_empty() {
        return;
    }
    let theirs = oracle::theirs(bytes);
    assert!(theirs.len() >= ours.len(), "{ours:#?} {theirs:#?}");
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
});
