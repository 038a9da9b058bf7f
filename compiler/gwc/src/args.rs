//! The command line: declared once, from which help and completions follow.

mod around;

pub(crate) use around::{
    Completions, Doc, DocFormat, Eval, Import, ImportFile, ImportFrom, Init, Man, Play,
};

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Checks, formats, tests, explains and builds gateway policies.
#[derive(Parser, Debug)]
#[command(name = "gwc", version, about, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Writes a policy that works, with a test and a CI workflow
    Init(Init),
    /// Makes a policy from something else
    Import(Import),
    /// Checks a policy: syntax, names, types, phases, routes, rules
    Check(Check),
    /// Formats policies in place
    Fmt(Fmt),
    /// Runs the test blocks of a policy on the production engine
    Test(Test),
    /// Explains a diagnostic code, a route or a request
    #[command(subcommand_precedence_over_arg = true)]
    Explain(Explain),
    /// Evaluates an expression: its value, its type, and what it costs at most
    Eval(Eval),
    /// Draws the decision graph of a policy
    Graph(Graph),
    /// Compiles a policy to an artifact
    Build(Build),
    /// Shows what an artifact holds
    Inspect(Inspect),
    /// Prints the reference of a policy, or of the language
    Doc(Doc),
    /// Serves a playground on this machine: checks, tests and explains as you type
    Play(Play),
    /// Serves an editor: the language server, on standard input and output
    Lsp(Lsp),
    /// Prints what a shell completes commands with
    Completions(Completions),
    /// Prints the manual page
    Man(Man),
}

/// A policy with its parameters.
#[derive(ClapArgs, Debug, Clone)]
pub(crate) struct Policy {
    /// The policy; `-` reads standard input
    pub(crate) file: String,
    #[command(flatten)]
    pub(crate) params: Params,
}

/// A policy that need not be named where there is only one.
#[derive(ClapArgs, Debug, Clone)]
pub(crate) struct ThisPolicy {
    /// The policy; `-` reads standard input; without it the one `.gw` file of this folder
    #[arg(default_value_t = only_policy(), hide_default_value = true)]
    pub(crate) file: String,
    #[command(flatten)]
    pub(crate) params: Params,
}

impl From<&ThisPolicy> for Policy {
    fn from(this: &ThisPolicy) -> Self {
        Self {
            file: this.file.clone(),
            params: this.params.clone(),
        }
    }
}

/// Values of a policy's parameters.
#[derive(ClapArgs, Debug, Clone, Default)]
pub(crate) struct Params {
    /// Gives a `param` its value
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
    /// Reads values of `param`s from a file of `NAME = VALUE` lines
    #[arg(long, value_name = "FILE")]
    pub(crate) vars: Option<String>,
}

/// The one `.gw` file of the working folder; `policy.gw` where there is none or more than one.
fn only_policy() -> String {
    let names = std::fs::read_dir(".").into_iter().flatten().flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let mut policies = names.filter(|name| name.ends_with(".gw"));
    match (policies.next(), policies.next()) {
        (Some(only), None) => only,
        _ => "policy.gw".to_owned(),
    }
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) policy: Policy,
    /// How findings are printed
    #[arg(long, value_enum, default_value_t = CheckFormat::Human)]
    pub(crate) format: CheckFormat,
    #[command(flatten)]
    pub(crate) levels: Levels,
    /// Applies the fixes that findings offer, and reports what is left
    #[arg(long, conflicts_with = "diff")]
    pub(crate) fix: bool,
    /// Shows what `--fix` would change, and changes nothing; exits with 1 if there is something
    #[arg(long)]
    pub(crate) diff: bool,
    /// Lists the routes that are public, with their reasons
    #[arg(long)]
    pub(crate) list_public: bool,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CheckFormat {
    /// For people
    Human,
    /// For people, in sentences without drawings, as screen readers need it
    Narrated,
    /// One JSON object
    Json,
    /// SARIF 2.1.0, for code hosts and viewers
    Sarif,
    /// Workflow commands that GitHub turns into annotations
    Github,
}

/// Levels of warnings and advice. A code or a name goes before `warnings`, that before `all`;
/// what the policy itself states in a `lint` goes before all of them.
#[derive(ClapArgs, Debug, Clone, Default)]
pub(crate) struct Levels {
    /// Leaves out findings of this code or name
    #[arg(long, value_name = "CODE|warnings|all")]
    pub(crate) allow: Vec<String>,
    /// Makes findings of this code or name warnings
    #[arg(long, value_name = "CODE|warnings|all")]
    pub(crate) warn: Vec<String>,
    /// Makes findings of this code or name errors that fail the check
    #[arg(long, value_name = "CODE|warnings|all")]
    pub(crate) deny: Vec<String>,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    /// For people
    Human,
    /// One JSON object
    Json,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Fmt {
    /// The files; `-` reads standard input and writes standard output
    #[arg(required = true)]
    pub(crate) files: Vec<String>,
    /// Changes nothing; exits with 1 if a file is not formatted
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Test {
    #[command(flatten)]
    pub(crate) policy: Policy,
    /// Runs only tests whose name contains this text
    #[arg(long)]
    pub(crate) filter: Option<String>,
    /// Writes the responses of every test to the snapshot beside the policy, as the new expectation
    #[arg(long)]
    pub(crate) accept: bool,
    /// Says which routes, rules, limits and graph edges the tests do not reach
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Writes the coverage as an LCOV trace file
    #[arg(long, value_name = "FILE")]
    pub(crate) lcov: Option<String>,
    /// Writes the coverage as one HTML page with the source
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<String>,
    /// Changes the policy in small ways, one at a time, and says which changes no test notices
    #[arg(long, conflicts_with_all = ["coverage", "lcov", "html", "accept"])]
    pub(crate) mutate: bool,
    /// Fails below this coverage, or with `--mutate` below this share of changes noticed
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(crate) min: Option<f64>,
    /// How results are printed
    #[arg(long, value_enum, default_value_t = TestFormat::Human)]
    pub(crate) format: TestFormat,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TestFormat {
    /// For people
    Human,
    /// One JSON object
    Json,
    /// JUnit XML, for CI systems
    Junit,
}

/// A share, with or without its sign.
fn percent(text: &str) -> Result<f64, String> {
    let number: f64 = text
        .trim_end_matches('%')
        .parse()
        .map_err(|_| "not a number".to_owned())?;
    if (0.0..=100.0).contains(&number) {
        Ok(number)
    } else {
        Err("not between 0 and 100".to_owned())
    }
}

#[derive(ClapArgs, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Explain {
    /// A diagnostic code or the name of a lint, as GW0301 or unused_name
    pub(crate) code: Option<String>,
    /// Lists every override of an inherited check
    #[arg(long, value_name = "FILE")]
    pub(crate) overrides: Option<String>,
    #[command(subcommand)]
    pub(crate) what: Option<ExplainWhat>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum ExplainWhat {
    /// The effective pipeline of a route, with the origin of each step
    Route(ExplainRoute),
    /// What happens to a request, phase by phase
    Request(Box<ExplainRequest>),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct ExplainRoute {
    /// The route, as `shop.order_create`
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) policy: ThisPolicy,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct ExplainRequest {
    /// Method and path, as 'POST /v1/acme/orders?lang=en'
    pub(crate) request: String,
    #[command(flatten)]
    pub(crate) policy: ThisPolicy,
    /// The host; without it the first host of a route that fits
    #[arg(long)]
    pub(crate) host: Option<String>,
    /// A header field, as 'x-api-version: 2'
    #[arg(long = "header", value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<String>,
    /// Claims of a verified token: a JSON file
    #[arg(long, value_name = "FILE")]
    pub(crate) jwt: Option<String>,
    /// What is read of a client's certificate: a JSON file
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<String>,
    /// The record of an API key: a JSON file
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<String>,
    /// The client's address
    #[arg(long, value_name = "IP")]
    pub(crate) source: Option<std::net::IpAddr>,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Graph {
    #[command(flatten)]
    pub(crate) policy: Policy,
    /// The drawing language
    #[arg(long, value_enum, default_value_t = Drawing::Dot)]
    pub(crate) format: Drawing,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Drawing {
    /// Graphviz
    Dot,
    /// Mermaid, as in Markdown on code hosts
    Mermaid,
    /// A picture
    Svg,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Build {
    #[command(flatten)]
    pub(crate) policy: Policy,
    /// Where the artifact goes
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: String,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Inspect {
    /// The artifact
    pub(crate) file: String,
    /// How it is printed
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Lsp {
    /// Accepted, since editors say so: standard input and output are all there is
    #[arg(long)]
    pub(crate) stdio: bool,
}
