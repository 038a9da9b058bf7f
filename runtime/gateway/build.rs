//! Asks the linker to write down in a few bytes which pointers have to be adjusted when the program is
//! loaded. In full the list has half a megabyte, all of which is read at the start and stays in memory.
//! See docs/decisions/packed-relocations.md.

use std::env::var;
use std::process::Command;

/// The first glibc that can read the short form.
const GLIBC: (u32, u32) = (2, 36);

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = |name: &str| var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let glibc = target("OS") == "linux" && target("ENV") == "gnu" && var("HOST") == var("TARGET");
    if glibc && version().is_some_and(|version| version >= GLIBC) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The version of glibc here.
fn version() -> Option<(u32, u32)> {
    let said = Command::new("getconf")
        .arg("GNU_LIBC_VERSION")
        .output()
        .ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let (major, minor) = said.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
