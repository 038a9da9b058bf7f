//! Code lenses: a click runs a test.

use crate::snapshot::View;
use crate::text::Encoding;
use gw_syntax::{Part, Statement};
use lsp_types::{CodeLens, Command, Uri};

/// The command that runs a test: the policy's address, then the name of the test.
pub(crate) const RUN_TEST: &str = "gw.runTest";

/// The lenses of a file.
pub(crate) fn lenses(view: &View, uri: &Uri, units: Encoding) -> Vec<CodeLens> {
    let tests = view
        .file()
        .items
        .iter()
        .filter(|s| s.head.ident().name == "test");
    let lens = |s: &Statement| {
        let name = test_name(s)?;
        let header = s.head.ident().span;
        Some(CodeLens {
            range: view
                .text
                .range(header.start as usize, header.end as usize, units),
            command: Some(Command {
                title: "▶ run test".to_owned(),
                command: RUN_TEST.to_owned(),
                arguments: Some(vec![uri.as_str().into(), name.into()]),
            }),
            data: None,
        })
    };
    tests.filter_map(lens).collect()
}

fn test_name(s: &Statement) -> Option<String> {
    match s.parts.first()? {
        Part::Value(expr) => expr.as_text().map(str::to_owned),
        Part::Word(_) | Part::Methods(_) | Part::Path(_) | Part::Call { .. } => None,
    }
}
