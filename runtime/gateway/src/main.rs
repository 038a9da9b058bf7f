//! gw
fn main() {}
