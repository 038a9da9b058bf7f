//! What the editor can do, and what the server says that it can.

use crate::feature::{actions, lens, tokens};
use crate::said::Said;
use crate::text::Encoding;
use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CodeLensOptions,
    CompletionOptions, DidChangeWatchedFilesRegistrationOptions, ExecuteCommandOptions,
    FileSystemWatcher, FoldingRangeProviderCapability, GlobPattern, HoverProviderCapability,
    InitializeParams, InitializeResult, OneOf, Registration, RegistrationParams, RenameOptions,
    SaveOptions, SemanticTokensFullOptions, SemanticTokensOptions, ServerCapabilities, ServerInfo,
    TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    TextDocumentSyncSaveOptions, WorkspaceFoldersServerCapabilities, WorkspaceServerCapabilities,
};

/// What matters of the editor's abilities.
#[derive(Clone, Debug, Default)]
pub(crate) struct Client {
    pub(crate) units: Encoding,
    /// Edits may name the version of the text that they are for.
    pub(crate) versioned_edits: bool,
    /// A definition may come with the range that leads to it.
    pub(crate) links: bool,
    /// It can be asked to watch files.
    watches: bool,
}

impl Client {
    pub(crate) fn of(params: &InitializeParams) -> Self {
        let general = params.capabilities.general.as_ref();
        let offered = general.and_then(|g| g.position_encodings.as_deref());
        let workspace = params.capabilities.workspace.as_ref();
        let text = params.capabilities.text_document.as_ref();
        let edits = workspace.and_then(|w| w.workspace_edit.as_ref());
        let watching = workspace.and_then(|w| w.did_change_watched_files.as_ref());
        let definition = text.and_then(|t| t.definition.as_ref());
        Self {
            units: Encoding::agree(offered),
            versioned_edits: edits.and_then(|e| e.document_changes).unwrap_or(false),
            links: definition.and_then(|d| d.link_support).unwrap_or(false),
            watches: watching
                .and_then(|w| w.dynamic_registration)
                .unwrap_or(false),
        }
    }

    /// What is asked of the editor once it is ready.
    pub(crate) fn registrations(&self) -> Vec<Said> {
        if !self.watches {
            return Vec::new();
        }
        // Descriptions are part of the policies that name them.
        let watcher = FileSystemWatcher {
            glob_pattern: GlobPattern::String("**/*.{gw,yaml,yml,json}".to_owned()),
            kind: None,
        };
        let options = DidChangeWatchedFilesRegistrationOptions {
            watchers: vec![watcher],
        };
        let registration = Registration {
            id: "gw-files".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: serde_json::to_value(options).ok(),
        };
        let params = RegistrationParams {
            registrations: vec![registration],
        };
        vec![Said::request(
            "gw-files",
            "client/registerCapability",
            &params,
        )]
    }
}

/// The answer to `initialize`.
pub(crate) fn server(client: &Client) -> InitializeResult {
    InitializeResult {
        capabilities: capabilities(client),
        server_info: Some(ServerInfo {
            name: "gwc lsp".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    }
}

fn capabilities(client: &Client) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(client.units.kind()),
        text_document_sync: Some(synchronisation()),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        inlay_hint_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: Default::default(),
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some([".", "\"", "<", "/"].map(str::to_owned).to_vec()),
            ..CompletionOptions::default()
        }),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![
                CodeActionKind::QUICKFIX,
                CodeActionKind::new(actions::FIX_ALL),
            ]),
            ..CodeActionOptions::default()
        })),
        code_lens_provider: Some(CodeLensOptions {
            resolve_provider: Some(false),
        }),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: vec![lens::RUN_TEST.to_owned()],
            ..ExecuteCommandOptions::default()
        }),
        semantic_tokens_provider: Some(
            SemanticTokensOptions {
                legend: tokens::legend(),
                full: Some(SemanticTokensFullOptions::Bool(true)),
                ..SemanticTokensOptions::default()
            }
            .into(),
        ),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: None,
            }),
            file_operations: None,
        }),
        ..ServerCapabilities::default()
    }
}

fn synchronisation() -> TextDocumentSyncCapability {
    TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions {
            include_text: Some(false),
        })),
        ..TextDocumentSyncOptions::default()
    })
}
