//! The command line: declared once, from which help follows.

use clap::{Args as ClapArgs, Parser, Subcommand};
use std::net::SocketAddr;

/// Serves a gateway policy.
#[derive(Parser, Debug)]
#[command(name = "gateway", version, about, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Serves a policy: a `.gw` source or a `.gwb` artifact
    Run(Run),
    /// Prints the status of a running gateway
    Status(Probe),
    /// Compiles a policy for the gateway that asks
    #[command(hide = true)]
    Compile(Compile),
    /// Exits with 0 if a running gateway is ready, else with 1
    Healthcheck(Probe),
    /// Prints what a shell completes commands with
    Completions(Completions),
    /// Prints the manual page
    Man(Man),
}

#[derive(ClapArgs, Debug, Clone)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) policy: Compile,
    /// Threads that serve requests [default: the number of cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) workers: Option<u16>,
    /// Where metrics and status are served
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9901")]
    pub(crate) admin: SocketAddr,
    /// Where the access log goes: `off`, `stdout` or a file
    #[arg(long, value_name = "WHERE", default_value = "stdout")]
    pub(crate) access_log: String,
    /// How many seconds requests under way may take after a signal to end
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(crate) drain: u64,
}

#[derive(ClapArgs, Debug, Clone)]
pub(crate) struct Compile {
    /// The policy
    pub(crate) file: String,
    /// Gives a `param` its value
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Reads values of `param`s from a file of `NAME = VALUE` lines
    #[arg(long, value_name = "FILE")]
    pub(crate) vars: Option<String>,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Man {
    /// Writes a page for every command into this folder; without it, one page goes to standard
    /// output
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<std::path::PathBuf>,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Probe {
    /// The admin address of the gateway
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9901")]
    pub(crate) admin: SocketAddr,
}
