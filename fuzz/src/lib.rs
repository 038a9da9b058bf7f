//! What the fuzz targets do with one input, apart from the fuzzer: `tests/properties/recorded.rs` runs the
//! inputs that were kept through the same functions with the stable compiler.

pub mod artifact;
pub mod checker;
pub mod evaluation;
pub mod expression;
pub mod http1;
pub mod http2;
pub mod parser;
pub mod request_head;
pub mod tls;
