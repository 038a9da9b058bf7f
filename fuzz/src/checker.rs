//! Any text is checked without a panic; findings have places in bounds, and a graph that comes out is
//! sound: it survives its encoding, and an engine loads it.
#![no_main]

use gw_compiler::{Files, Options};
use gw_engine::Engine;
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;

/// One policy; it may import itself.
struct Memory<'d>(&'d [u8]);

impl Files for Memory<'_> {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.to_vec())
    }
}

fuzz_target!(|data: &[u8]| {
    match gw_compiler::compile(&Memory(data), "policy.gw", &Options::default()) {
        Ok(compiled) => {
            let graph = compiled.graph;
            let decoded = gw_graph::decode(&gw_graph::encode(&graph));
            assert_eq!(decoded.as_ref().ok(), Some(&graph), "it survives its encoding");
            assert!(Engine::load(Arc::new(graph)).is_ok(), "an engine loads it");
        }
        Err(failure) => {
            let labels = failure.diagnostics.iter().flat_map(|d| &d.labels);
            for label in labels {
                let (start, end) = (label.span.start as usize, label.span.end as usize);
                assert!(start <= end && end <= data.len(), "a place out of bounds");
            }
        }
    }
});
