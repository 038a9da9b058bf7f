//! Any text is checked without a panic; findings have places in bounds, and a graph that comes out is
//! sound: it survives its encoding, and an engine loads it.

use gw_compiler::{Files, Options};
use gw_engine::Engine;
use std::sync::Arc;

/// One policy, whatever it is imported as; not from folders in folders, which would have no end.
struct Memory<'d>(&'d [u8]);

impl Files for Memory<'_> {
    fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        match name.matches('/').count() {
            0 | 1 => Ok(self.0.to_vec()),
            _ => Err("too far away".to_owned()),
        }
    }
}

/// Runs one input.
pub fn run(data: &[u8]) {
    match gw_compiler::compile(&Memory(data), "policy.gw", &Options::default()) {
        Ok(compiled) => {
            let graph = compiled.graph;
            let bytes = gw_graph::encode(&graph);
            let again = gw_graph::decode(&bytes).expect("a graph survives its encoding");
            assert!(gw_graph::encode(&again) == bytes, "it survives whole");
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
}
