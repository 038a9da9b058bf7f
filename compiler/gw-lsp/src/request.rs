//! Requests: from parameters to the feature that answers, and back to JSON.

use crate::feature::actions::Found;
use crate::feature::navigation::Declaration;
use crate::feature::{
    actions, completion, folding, formatting, hints, hover, lens, navigation, rename, symbols,
    tokens,
};
use crate::host::TestRun;
use crate::job::{Job, Testing};
use crate::said::{Answer, Said, error, json};
use crate::server::Server;
use crate::snapshot::View;
use crate::uri;
use lsp_server::{ErrorCode, Request, RequestId, ResponseError};
use lsp_types::notification::Notification as _;
use lsp_types::request as ask;
use lsp_types::request::Request as _;
use lsp_types::{
    CodeActionParams, CompletionList, DocumentChanges, ExecuteCommandParams, InlayHintParams,
    MessageType, OptionalVersionedTextDocumentIdentifier, Position, ReferenceParams, RenameParams,
    SemanticTokens, ShowMessageParams, TextDocumentEdit, TextDocumentIdentifier,
    TextDocumentPositionParams, WorkspaceEdit, WorkspaceSymbolParams,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Answers a request. A bug costs the answer, not the server.
pub(crate) fn answer(server: &mut Server, request: Request) -> Vec<Said> {
    let Request { id, method, params } = request;
    if method == ask::ExecuteCommand::METHOD {
        return command(server, id, params);
    }
    let answered = catch_unwind(AssertUnwindSafe(|| route(server, &method, params)));
    let answer = answered.unwrap_or_else(|_| {
        Err(error(
            ErrorCode::InternalError,
            format!("`{method}` failed"),
        ))
    });
    vec![Said::response(&id, &answer)]
}

fn route(server: &Server, method: &str, params: Value) -> Answer {
    match method {
        ask::HoverRequest::METHOD => at(server, params, |p| {
            hover::hover(&server.snapshot, &p.view, p.offset, server.style.units)
        }),
        ask::GotoDefinition::METHOD => definition(server, params),
        ask::References::METHOD => references(server, params),
        ask::DocumentHighlightRequest::METHOD => at(server, params, |p| {
            navigation::highlights(&server.snapshot, &p.view, p.offset, server.style.units)
        }),
        ask::PrepareRenameRequest::METHOD => {
            let place = place(server, &read(params)?)?;
            let units = server.style.units;
            let prepared = rename::prepare(&server.snapshot, &place.view, place.offset, units);
            json(prepared.map_err(refused)?)
        }
        ask::Rename::METHOD => renamed(server, params),
        ask::Completion::METHOD => at(server, params, |p| CompletionList {
            is_incomplete: false,
            items: completion::complete(&server.snapshot, &p.view, p.offset, server.style.units),
        }),
        ask::CodeActionRequest::METHOD => code_actions(server, params),
        ask::InlayHintRequest::METHOD => inlay_hints(server, params),
        ask::WorkspaceSymbolRequest::METHOD => {
            let WorkspaceSymbolParams { query, .. } = read(params)?;
            json(symbols::search(
                &server.snapshot,
                &query,
                server.style.units,
            ))
        }
        _ => of_file(server, method, params),
    }
}

/// Requests about a whole file.
fn of_file(server: &Server, method: &str, params: Value) -> Answer {
    let units = server.style.units;
    let snapshot = &server.snapshot;
    let viewed = |params| {
        let InFile { text_document } = read(params)?;
        view(server, &text_document).map(|view| (view, text_document.uri))
    };
    match method {
        ask::DocumentSymbolRequest::METHOD => json(symbols::outline(&viewed(params)?.0, units)),
        ask::FoldingRangeRequest::METHOD => json(folding::ranges(&viewed(params)?.0)),
        ask::Formatting::METHOD => json(formatting::edits(&viewed(params)?.0, units)),
        ask::CodeLensRequest::METHOD => {
            let (view, uri) = viewed(params)?;
            json(lens::lenses(&view, &uri, units))
        }
        ask::SemanticTokensFullRequest::METHOD => json(SemanticTokens {
            result_id: None,
            data: tokens::tokens(snapshot, &viewed(params)?.0, units),
        }),
        _ => Err(error(
            ErrorCode::MethodNotFound,
            format!("`{method}` is not offered"),
        )),
    }
}

/// Any parameters that name a file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InFile {
    text_document: TextDocumentIdentifier,
}

/// A place in a file.
struct Place {
    view: View,
    offset: usize,
}

fn at<T: Serialize>(server: &Server, params: Value, of: impl FnOnce(Place) -> T) -> Answer {
    json(of(place(server, &read(params)?)?))
}

fn place(server: &Server, params: &TextDocumentPositionParams) -> Result<Place, ResponseError> {
    let view = view(server, &params.text_document)?;
    let offset = offset(server, &view, params.position);
    Ok(Place { view, offset })
}

fn offset(server: &Server, view: &View, position: Position) -> usize {
    view.text.offset(position, server.style.units)
}

fn view(server: &Server, document: &TextDocumentIdentifier) -> Result<View, ResponseError> {
    let path = uri::path(&document.uri);
    let missing = || {
        let message = format!("`{}` cannot be read", document.uri.as_str());
        error(ErrorCode::InvalidParams, message)
    };
    server.snapshot.view(&path).ok_or_else(missing)
}

fn definition(server: &Server, params: Value) -> Answer {
    let Place { view, offset } = place(server, &read(params)?)?;
    match navigation::definition(&server.snapshot, &view, offset, server.style.units) {
        Some(link) if server.client.links => json([link]),
        Some(link) => json(lsp_types::Location::new(
            link.target_uri,
            link.target_selection_range,
        )),
        None => json(()),
    }
}

fn references(server: &Server, params: Value) -> Answer {
    let params: ReferenceParams = read(params)?;
    let place = place(server, &params.text_document_position)?;
    let declaration = match params.context.include_declaration {
        true => Declaration::Included,
        false => Declaration::Excluded,
    };
    let units = server.style.units;
    let Place { view, offset } = place;
    json(navigation::references(
        &server.snapshot,
        &view,
        offset,
        declaration,
        units,
    ))
}

#[expect(
    clippy::mutable_key_type,
    reason = "the protocol's type; its keys are never changed"
)]
fn renamed(server: &Server, params: Value) -> Answer {
    let params: RenameParams = read(params)?;
    let Place { view, offset } = place(server, &params.text_document_position)?;
    let units = server.style.units;
    let edits = rename::rename(&server.snapshot, &view, offset, &params.new_name, units);
    let edits = edits.map_err(refused)?;
    if !server.client.versioned_edits {
        let changes: HashMap<_, _> = edits.into_iter().map(|e| (e.uri, e.edits)).collect();
        return json(WorkspaceEdit::new(changes));
    }
    let versioned = edits.into_iter().map(|e| TextDocumentEdit {
        text_document: OptionalVersionedTextDocumentIdentifier {
            version: server.versions.get(&e.path).copied(),
            uri: e.uri,
        },
        edits: e.edits.into_iter().map(lsp_types::OneOf::Left).collect(),
    });
    json(WorkspaceEdit {
        document_changes: Some(DocumentChanges::Edits(versioned.collect())),
        ..WorkspaceEdit::default()
    })
}

fn code_actions(server: &Server, params: Value) -> Answer {
    let params: CodeActionParams = read(params)?;
    let view = view(server, &params.text_document)?;
    let found = server.findings.get(&*view.path);
    // Fixes are for the text in which they were found.
    let fresh = found.filter(|f| *f.text == *view.text.text);
    let range = (
        offset(server, &view, params.range.start),
        offset(server, &view, params.range.end),
    );
    let found = Found {
        view: &view,
        uri: params.text_document.uri,
        findings: fresh.map_or(&[], |f| f.list.as_slice()),
        units: server.style.units,
    };
    json(actions::actions(
        &found,
        range,
        params.context.only.as_deref(),
    ))
}

fn inlay_hints(server: &Server, params: Value) -> Answer {
    let params: InlayHintParams = read(params)?;
    let view = view(server, &params.text_document)?;
    let from = offset(server, &view, params.range.start);
    let to = offset(server, &view, params.range.end);
    json(hints::hints(
        &server.snapshot,
        &view,
        (from, to),
        server.style.units,
    ))
}

/// Begins what a command asks for; the answer follows when it is done.
fn command(server: &mut Server, id: RequestId, params: Value) -> Vec<Said> {
    match testing(server, params) {
        Ok(test) => {
            let host = std::sync::Arc::clone(&server.snapshot.host);
            server.jobs.push(Job::Test(Testing { host, id, test }));
            Vec::new()
        }
        Err(error) => vec![Said::response(&id, &Err(error))],
    }
}

fn testing(server: &Server, params: Value) -> Result<TestRun, ResponseError> {
    let params: ExecuteCommandParams = read(params)?;
    if params.command != lens::RUN_TEST {
        let message = format!("there is no command `{}`", params.command);
        return Err(error(ErrorCode::InvalidParams, message));
    }
    let [Value::String(uri), Value::String(name)] = params.arguments.as_slice() else {
        let message = format!("`{}` takes an address and a name", lens::RUN_TEST);
        return Err(error(ErrorCode::InvalidParams, message));
    };
    let uri = uri.parse().map_err(|_| {
        error(
            ErrorCode::InvalidParams,
            format!("`{uri}` is not an address"),
        )
    })?;
    let view = view(server, &TextDocumentIdentifier { uri })?;
    Ok(TestRun {
        path: view.path.to_string(),
        text: view.text.text.to_string(),
        name: name.clone(),
        options: (*server.snapshot.options).clone(),
    })
}

/// The answer to a command, and a word to the user.
pub(crate) fn tested(id: &RequestId, outcome: Result<Value, String>) -> Vec<Said> {
    let (typ, message) = match &outcome {
        Ok(result) => summary(result),
        Err(why) => (MessageType::ERROR, why.clone()),
    };
    let method = lsp_types::notification::ShowMessage::METHOD;
    let shown = Said::notification(method, &ShowMessageParams { typ, message });
    let answer = outcome.map_err(|why| error(ErrorCode::RequestFailed, why));
    vec![Said::response(id, &answer.and_then(json)), shown]
}

fn summary(result: &Value) -> (MessageType, String) {
    let name = result
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if result.get("passed").and_then(Value::as_bool) == Some(true) {
        return (MessageType::INFO, format!("test \"{name}\" passed"));
    }
    let failures = result.get("failures").and_then(Value::as_array);
    let texts = failures.into_iter().flatten().filter_map(Value::as_str);
    let texts: Vec<&str> = texts.collect();
    (
        MessageType::ERROR,
        format!("test \"{name}\" failed\n{}", texts.join("\n")),
    )
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, ResponseError> {
    serde_json::from_value(params).map_err(|e| error(ErrorCode::InvalidParams, e.to_string()))
}

fn refused(why: rename::Refusal) -> ResponseError {
    error(ErrorCode::RequestFailed, why)
}
