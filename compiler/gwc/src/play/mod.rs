//! The playground: what its page asks, as JSON in and JSON out. Knows policies; the sockets are
//! `server`'s.

mod message;
pub(crate) mod server;

use crate::command::{explain, test};
use crate::render::json;
use gw_compiler::{Compiled, Failure, Files, Given, Options};
use gw_syntax::{FileId, Sources};
use serde::Deserialize;
use serde_json::{Value, json};

/// The name of the policy in findings.
const NAME: &str = "policy.gw";

/// What is asked about a policy.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Question {
    /// Its findings.
    Check,
    /// Its canonical format.
    Format,
    /// The results of its tests.
    Test,
    /// What happens to a request.
    Explain,
}

impl Question {
    /// The question that a path asks.
    pub(crate) fn of(path: &str) -> Option<Self> {
        match path {
            "/api/check" => Some(Question::Check),
            "/api/format" => Some(Question::Format),
            "/api/test" => Some(Question::Test),
            "/api/explain" => Some(Question::Explain),
            _ => None,
        }
    }
}

/// What is sent with a question.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Asked {
    policy: String,
    #[serde(default)]
    request: String,
    host: Option<String>,
    jwt: Option<Value>,
    key: Option<Value>,
    certificate: Option<Value>,
    source: Option<std::net::IpAddr>,
    #[serde(default)]
    headers: Vec<(String, String)>,
}

/// Answers a question, as JSON.
///
/// # Errors
/// In words, what is wrong with the question itself.
pub(crate) fn answer(question: Question, body: &[u8]) -> Result<String, String> {
    let asked: Asked = serde_json::from_slice(body).map_err(|e| e.to_string())?;
    if question == Question::Format {
        return Ok(format(&asked.policy));
    }
    let files = Memory(&asked.policy);
    Ok(
        match gw_compiler::compile(&files, NAME, &Options::default()) {
            Ok(compiled) => right(question, compiled, &asked)?,
            Err(failure) => findings(&failure),
        },
    )
}

fn findings(failure: &Failure) -> String {
    json::render(&failure.sources, &failure.diagnostics, None)
}

/// The answer about a policy that compiles.
fn right(question: Question, compiled: Compiled, asked: &Asked) -> Result<String, String> {
    match question {
        Question::Check | Question::Format => {
            Ok(json::render(&compiled.sources, &compiled.diagnostics, None))
        }
        Question::Test => test::results(compiled, NAME),
        Question::Explain => {
            let lower = |(name, value): &(String, String)| (name.to_lowercase(), value.clone());
            let given = Given {
                jwt: asked.jwt.clone(),
                key: asked.key.clone(),
                certificate: asked.certificate.clone(),
                source: asked.source,
                headers: asked.headers.iter().map(lower).collect(),
                ..Given::default()
            };
            let host = asked.host.clone();
            let text = explain::explained(compiled.graph, &asked.request, host, &given)?;
            Ok(json!({ "version": 1, "text": text }).to_string())
        }
    }
}

fn format(policy: &str) -> String {
    let mut sources = Sources::default();
    sources.add(NAME, policy);
    let formatted = gw_syntax::decode(FileId(0), policy.as_bytes()).and_then(gw_syntax::format);
    match formatted {
        Ok(text) => json!({ "version": 1, "policy": text }).to_string(),
        Err(diagnostics) => json::render(&sources, &diagnostics, None),
    }
}

/// The one file of the playground. What it imports is not there: a page reads no files.
struct Memory<'p>(&'p str);

impl Files for Memory<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match path {
            NAME => Ok(self.0.as_bytes().to_vec()),
            _ => Err("the playground has one file".to_owned()),
        }
    }
}
