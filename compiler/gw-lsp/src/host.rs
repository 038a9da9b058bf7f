//! What the server asks of the machine that it runs on. Whoever starts the server hands this in;
//! nothing else here reads a file or starts a program.

use gw_compiler::{Files, Options};
use serde_json::Value;

/// The machine.
pub trait Host: Files + Send + Sync {
    /// The paths of the policies below a folder.
    fn policies(&self, folder: &str) -> Vec<String>;

    /// Runs one test of a policy; its result as `gwc test --format json` prints tests.
    ///
    /// # Errors
    /// Why there is no result, for people.
    fn run_test(&self, test: &TestRun) -> Result<Value, String>;
}

/// A test to run.
#[derive(Clone, Debug)]
pub struct TestRun {
    /// The path of the policy that holds it.
    pub path: String,
    /// The text of that policy, which need not be saved.
    pub text: String,
    /// The name of the test.
    pub name: String,
    /// Values of parameters.
    pub options: Options,
}
