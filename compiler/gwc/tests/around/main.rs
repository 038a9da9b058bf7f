//! The commands around a policy, through the binary.

mod eval;
mod init;
mod install;
mod reference;
#[path = "../tool/mod.rs"]
mod tool;
