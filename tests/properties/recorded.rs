//! Inputs that fuzzing kept (`fuzz/seeds`), through the functions of the fuzz targets: none panics, and what
//! the targets hold about them holds.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::fs::File;
use std::io::{BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;
use tar::Archive;

/// Debug builds take several kilobytes of stack for each of 250 levels of nesting.
const STACK: usize = 16 << 20;

/// Runs every input of a target; an input that fails is named.
fn replay(target: &str, run: fn(&[u8])) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
    let packed = File::open(seeds.join(format!("{target}.tar.xz"))).unwrap();
    let mut unpacked = Vec::new();
    lzma_rs::xz_decompress(&mut BufReader::new(packed), &mut unpacked).unwrap();
    let mut inputs = 0;
    for input in Archive::new(&unpacked[..]).entries().unwrap() {
        let mut input = input.unwrap();
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes).unwrap();
        let done = catch_unwind(AssertUnwindSafe(|| run(&bytes)));
        assert!(done.is_ok(), "{:?} of {target}", input.path());
        inputs += 1;
    }
    assert!(inputs > 100, "{target} has {inputs} inputs");
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            let replay = || replay(stringify!($name), gw_fuzz::$name::run);
            let thread = thread::Builder::new().stack_size(STACK).spawn(replay);
            thread.unwrap().join().unwrap();
        })*
    };
}

targets! { artifact checker evaluation expression http1 http2 parser request_head tls }
