//! `gwc inspect`.

use crate::args::{Format, Inspect};
use crate::exit;
use crate::input::{Refused, usage};
use crate::print;
use crate::retries;
use gw_graph::{Access, Action, Graph};

/// Shows what an artifact holds.
pub(crate) fn run(args: &Inspect) -> Result<u8, Refused> {
    let bytes = std::fs::read(&args.file)
        .map_err(|e| usage(&format!("{} cannot be read: {e}", args.file)))?;
    match gw_graph::decode(&bytes) {
        Ok(graph) => {
            print::out(&match args.format {
                Format::Human => human(&graph, bytes.len()),
                Format::Json => json(&graph, bytes.len()),
            });
            Ok(exit::FINE)
        }
        Err(error) => {
            print::err(&format!(
                "error: {} is not a usable artifact: {error}\n  help: build it again with `gwc build POLICY -o {}`\n",
                args.file, args.file
            ));
            Ok(exit::DOES_NOT_COMPILE)
        }
    }
}

fn human(graph: &Graph, bytes: usize) -> String {
    let mut text = format!("policy {}, {bytes} bytes\n", gw_graph::policy_id(graph));
    text.push_str(&format!("files: {}\n", graph.files.join(", ")));
    for listener in &graph.listeners {
        let tls = if listener.tls.is_some() {
            "tls"
        } else {
            "plain"
        };
        text.push_str(&format!(
            "listener {} {} {tls}\n",
            listener.name, listener.bind
        ));
    }
    for backend in &graph.backends {
        let retry = retries::describe(backend).map(|retry| format!(" retry {retry}"));
        text.push_str(&format!(
            "backend {}{}\n",
            backend.name,
            retry.unwrap_or_default()
        ));
    }
    for route in &graph.routes {
        let access = match &route.access {
            Access::Public { .. } => "public",
            Access::Protected { .. } => "protected",
        };
        let action = match &route.action {
            Action::Forward(_) => "forward",
            Action::Respond(_) => "respond",
            Action::Redirect { .. } => "redirect",
        };
        text.push_str(&format!("route {} {access} {action}\n", route.name));
    }
    text.push_str(&format!(
        "{} expressions, {} conditions, {} rule sets, {} limits\n",
        graph.exprs.len(),
        graph.atoms.len(),
        graph.rule_sets.len(),
        graph.limits.len()
    ));
    text
}

fn json(graph: &Graph, bytes: usize) -> String {
    let routes: Vec<_> = graph.routes.iter().map(|r| r.name.as_str()).collect();
    let value = serde_json::json!({
        "policy": gw_graph::policy_id(graph),
        "bytes": bytes,
        "files": graph.files,
        "listeners": graph.listeners.iter().map(|l| &l.bind).collect::<Vec<_>>(),
        "backends": graph.backends.iter().map(|b| b.name.as_str()).collect::<Vec<_>>(),
        "routes": routes,
        "expressions": graph.exprs.len(),
        "conditions": graph.atoms.len(),
        "limits": graph.limits.len(),
    });
    format!("{value}\n")
}
