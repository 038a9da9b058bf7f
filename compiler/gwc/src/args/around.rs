//! Arguments of the commands around a policy: to start one, to try expressions, to install the
//! command line.

use super::{Format, Params, ThisPolicy};
use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use clap_complete::Shell;

#[derive(ClapArgs, Debug)]
pub(crate) struct Init {
    /// The folder; it is made where there is none
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) folder: String,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Eval {
    /// The expression, as 'jwt.org == path.org'
    pub(crate) expression: String,
    /// Reads variables from a file with a JSON object; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<String>,
    /// Gives a variable its type; without one it has the type that its value looks like
    #[arg(long = "type", value_name = "NAME=TYPE")]
    pub(crate) types: Vec<String>,
    /// Takes the names that a policy declares: claims, enums, `let`s, `param`s
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<String>,
    #[command(flatten)]
    pub(crate) params: Params,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Doc {
    #[command(flatten)]
    pub(crate) policy: ThisPolicy,
    /// How the reference of a policy is printed
    #[arg(long, value_enum, default_value_t = DocFormat::Markdown)]
    pub(crate) format: DocFormat,
    /// The reference of the language instead, as Markdown
    #[arg(long, conflicts_with_all = ["format", "keywords", "lints"])]
    pub(crate) language: bool,
    /// The names of all warnings instead, with their codes
    #[arg(long, conflicts_with_all = ["format", "keywords"])]
    pub(crate) lints: bool,
    /// Keywords, fields and codes of the language as JSON, for editors
    #[arg(long)]
    pub(crate) keywords: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum DocFormat {
    /// As code hosts show it
    Markdown,
    /// One page that needs nothing else
    Html,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Import {
    #[command(subcommand)]
    pub(crate) from: ImportFrom,
}

#[derive(Subcommand, Debug)]
pub(crate) enum ImportFrom {
    /// An OpenAPI description, 3.0 or 3.1, YAML or JSON
    Openapi(ImportFile),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct ImportFile {
    /// The description; `-` reads standard input
    pub(crate) file: String,
    /// Where the policy goes; without it to standard output. A file that exists is left alone
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<String>,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Play {
    /// A policy to begin with
    pub(crate) file: Option<String>,
    /// The port on 127.0.0.1; 0 lets the system choose
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Man {
    /// Writes a page for every command into this folder; without it, one page goes to standard
    /// output
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<String>,
}
