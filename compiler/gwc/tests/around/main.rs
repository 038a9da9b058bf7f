//! The commands around a policy, through the binary.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod action;
mod eval;
mod import;
mod init;
mod install;
mod play;
mod reference;
#[path = "../tool/mod.rs"]
mod tool;
