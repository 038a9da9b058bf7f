//! Work that may take a while, on data of its own.

use crate::feature::diagnostics::{Findings, Style, check};
use crate::host::{Host, TestRun};
use crate::snapshot::Snapshot;
use lsp_server::RequestId;
use serde_json::Value;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Something to do on another thread.
pub enum Job {
    /// Checks the policies that are open.
    Check(Check),
    /// Runs a test.
    Test(Testing),
}

/// The policies of one moment.
pub struct Check {
    pub(crate) snapshot: Snapshot,
    pub(crate) style: Style,
}

/// A test with the request that asked for it.
pub struct Testing {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) id: RequestId,
    pub(crate) test: TestRun,
}

/// What came of a job.
pub enum Done {
    /// What was found in each file.
    Checked(Found),
    /// The result of a test, or why there is none.
    Tested(RequestId, Result<Value, String>),
}

/// What a check found in each file.
pub struct Found(pub(crate) BTreeMap<String, Findings>);

impl Job {
    /// Does it. A bug in the compiler costs this check, not the server.
    pub fn run(self) -> Done {
        match self {
            Job::Check(Check { snapshot, style }) => {
                let found = catch_unwind(AssertUnwindSafe(|| check(&snapshot, &style)));
                Done::Checked(Found(found.unwrap_or_default()))
            }
            Job::Test(Testing { host, id, test }) => {
                let ran = catch_unwind(AssertUnwindSafe(|| host.run_test(&test)));
                let outcome = ran.unwrap_or_else(|_| Err("the test could not be run".to_owned()));
                Done::Tested(id, outcome)
            }
        }
    }
}
