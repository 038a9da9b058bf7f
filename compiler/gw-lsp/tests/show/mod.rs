//! Answers as text that can be read: places become the words that stand there.

use super::editor::{Editor, edited, folder, offset};
use serde_json::{Value, json};
use std::fmt::Write;

/// A file with the place of the question.
pub(crate) struct Show<'s> {
    pub(crate) uri: &'s str,
    pub(crate) text: &'s str,
    pub(crate) place: Value,
}

impl Show<'_> {
    pub(crate) fn answer(&self, editor: &mut Editor, words: &[&str]) -> String {
        let at = json!({ "textDocument": { "uri": self.uri }, "position": self.place });
        let file = json!({ "textDocument": { "uri": self.uri } });
        let all = json!({
            "start": { "line": 0, "character": 0 },
            "end": { "line": 9999, "character": 0 },
        });
        let mut ask = |method: &str, params: &Value| editor.ask(method, params.clone());
        match words {
            ["hover"] => text_of(&ask("textDocument/hover", &at).unwrap()["contents"]["value"]),
            ["definition"] => self.links(&ask("textDocument/definition", &at).unwrap()),
            ["references"] => {
                let mut params = at;
                params["context"] = json!({ "includeDeclaration": true });
                self.locations(&ask("textDocument/references", &params).unwrap())
            }
            ["rename", name] => {
                let prepared = ask("textDocument/prepareRename", &at);
                let mut params = at;
                params["newName"] = json!(name);
                let edits = ask("textDocument/rename", &params);
                match (prepared, edits) {
                    (Err(why), Err(_)) => format!("not here: {why}\n"),
                    (Ok(_), Err(why)) => format!("refused: {why}\n"),
                    (_, Ok(edit)) => self.changes(&edit),
                }
            }
            ["completion"] => completions(&ask("textDocument/completion", &at).unwrap()),
            ["actions"] => {
                let range = json!({ "start": self.place, "end": self.place });
                let params = json!({
                    "textDocument": { "uri": self.uri }, "range": range,
                    "context": { "diagnostics": [] },
                });
                self.actions(&ask("textDocument/codeAction", &params).unwrap())
            }
            ["format"] => {
                let mut params = file;
                params["options"] = json!({ "tabSize": 8, "insertSpaces": false });
                edited(self.text, &ask("textDocument/formatting", &params).unwrap())
            }
            ["tokens"] => self.tokens(&ask("textDocument/semanticTokens/full", &file).unwrap()),
            ["symbols"] => {
                let mut out = String::new();
                self.symbols(
                    &ask("textDocument/documentSymbol", &file).unwrap(),
                    0,
                    &mut out,
                );
                out
            }
            ["folding"] => folds(&ask("textDocument/foldingRange", &file).unwrap()),
            ["hints"] => {
                let mut params = file;
                params["range"] = all;
                self.hints(&ask("textDocument/inlayHint", &params).unwrap())
            }
            ["lenses"] => self.lenses(&ask("textDocument/codeLens", &file).unwrap()),
            ["diagnostics"] => self.diagnostics(editor),
            other => panic!("{other:?} cannot be asked"),
        }
    }

    /// The text of a file of the workspace.
    fn text(&self, uri: &str) -> String {
        if uri == self.uri {
            return self.text.to_owned();
        }
        let name = uri.strip_prefix("file:///cases/").unwrap();
        std::fs::read_to_string(folder("tests/cases/lsp").join(name)).unwrap()
    }

    /// `name.gw:3:5 word`.
    fn spot(&self, uri: &str, range: &Value) -> String {
        let text = self.text(uri);
        let word = &text[offset(&text, &range["start"])..offset(&text, &range["end"])];
        let name = uri.rsplit('/').next().unwrap();
        let line = range["start"]["line"].as_u64().unwrap() + 1;
        let column = range["start"]["character"].as_u64().unwrap() + 1;
        let word = word.lines().next().unwrap_or("");
        format!("{name}:{line}:{column} {word}")
    }

    fn links(&self, found: &Value) -> String {
        let Some(list) = found.as_array() else {
            return "nothing\n".to_owned();
        };
        let mut out = String::new();
        for link in list {
            let uri = link["targetUri"].as_str().unwrap();
            let at = self.spot(uri, &link["targetSelectionRange"]);
            writeln!(out, "{at}\n  {}", self.spot(uri, &link["targetRange"])).unwrap();
        }
        out
    }

    fn locations(&self, found: &Value) -> String {
        let list = found.as_array().unwrap();
        let spots = list
            .iter()
            .map(|l| self.spot(l["uri"].as_str().unwrap(), &l["range"]) + "\n");
        let out: String = spots.collect();
        if out.is_empty() {
            "nothing\n".to_owned()
        } else {
            out
        }
    }

    fn changes(&self, edit: &Value) -> String {
        let changes = edit["changes"].as_object().unwrap();
        let mut out = String::new();
        let mut uris: Vec<_> = changes.keys().collect();
        uris.sort();
        for uri in uris {
            let name = uri.rsplit('/').next().unwrap();
            let (old, new) = (self.text(uri), edited(&self.text(uri), &changes[uri]));
            writeln!(out, "{name}").unwrap();
            let pairs = old.lines().zip(new.lines()).filter(|(a, b)| a != b);
            for (old, new) in pairs {
                writeln!(out, "- {}\n+ {}", old.trim(), new.trim()).unwrap();
            }
            if old.lines().count() != new.lines().count() {
                writeln!(out, "{new}").unwrap();
            }
        }
        out
    }

    fn actions(&self, found: &Value) -> String {
        let mut out = String::new();
        for action in found.as_array().unwrap() {
            let (title, kind) = (&action["title"], &action["kind"]);
            writeln!(out, "{} ({})", text_of(title), text_of(kind)).unwrap();
            out.push_str(&self.changes(&action["edit"]));
        }
        if out.is_empty() {
            "nothing\n".to_owned()
        } else {
            out
        }
    }

    fn tokens(&self, found: &Value) -> String {
        let legend = [
            "keyword",
            "modifier",
            "property",
            "variable",
            "parameter",
            "function",
            "type",
            "enum",
            "enumMember",
            "struct",
            "namespace",
            "class",
            "string",
            "number",
        ];
        let (mut line, mut column, mut out) = (0, 0, String::new());
        let numbers: Vec<u64> = found["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n.as_u64().unwrap())
            .collect();
        for token in numbers.chunks(5) {
            let [down, right, length, kind, modifiers] = token else {
                panic!("not five")
            };
            column = if *down == 0 { column + right } else { *right };
            line += down;
            let range = json!({
                "start": { "line": line, "character": column },
                "end": { "line": line, "character": column + length },
            });
            let word =
                &self.text[offset(self.text, &range["start"])..offset(self.text, &range["end"])];
            let kind = legend[usize::try_from(*kind).unwrap()];
            let marks: String = [(1, " declaration"), (2, " readonly"), (4, " library")]
                .iter()
                .filter(|(bit, _)| modifiers & bit != 0)
                .map(|(_, name)| *name)
                .collect();
            writeln!(out, "{}:{} {word}: {kind}{marks}", line + 1, column + 1).unwrap();
        }
        out
    }

    fn symbols(&self, list: &Value, depth: usize, out: &mut String) {
        for symbol in list.as_array().unwrap() {
            let name = text_of(&symbol["name"]);
            let detail = symbol["detail"].as_str().unwrap_or("");
            let kind = symbol["kind"].as_u64().unwrap();
            let at = self.spot(self.uri, &symbol["selectionRange"]);
            writeln!(out, "{}{name} [{kind}] {detail} @ {at}", "  ".repeat(depth)).unwrap();
            if symbol["children"].is_array() {
                self.symbols(&symbol["children"], depth + 1, out);
            }
        }
    }

    fn hints(&self, found: &Value) -> String {
        let mut out = String::new();
        for hint in found.as_array().unwrap() {
            let at = offset(self.text, &hint["position"]);
            let line = self.text[..at].rsplit('\n').next().unwrap();
            let parts = hint["label"]
                .as_array()
                .unwrap()
                .iter()
                .map(|p| text_of(&p["value"]));
            writeln!(out, "{} ‹{}›", line.trim(), parts.collect::<String>()).unwrap();
        }
        if out.is_empty() {
            "nothing\n".to_owned()
        } else {
            out
        }
    }

    fn lenses(&self, found: &Value) -> String {
        let mut out = String::new();
        for lens in found.as_array().unwrap() {
            let at = self.spot(self.uri, &lens["range"]);
            let command = &lens["command"];
            let arguments = command["arguments"].to_string();
            writeln!(out, "{at}: {} {arguments}", text_of(&command["title"])).unwrap();
        }
        out
    }

    fn diagnostics(&self, editor: &Editor) -> String {
        let mut out = String::new();
        for (uri, list) in &editor.published {
            writeln!(out, "{}", uri.rsplit('/').next().unwrap()).unwrap();
            for d in list.as_array().unwrap() {
                let (code, severity) = (text_of(&d["code"]), &d["severity"]);
                let at = self.spot(uri, &d["range"]);
                writeln!(out, "{code} severity {severity} @ {at}").unwrap();
                for line in d["message"].as_str().unwrap().lines() {
                    writeln!(out, "  {line}").unwrap();
                }
                if d["tags"].is_array() {
                    writeln!(out, "  tags {}", d["tags"]).unwrap();
                }
                for related in d["relatedInformation"].as_array().into_iter().flatten() {
                    let place = &related["location"];
                    let at = self.spot(place["uri"].as_str().unwrap(), &place["range"]);
                    writeln!(out, "  see {at}: {}", text_of(&related["message"])).unwrap();
                }
            }
        }
        out
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or("nothing").to_owned()
}

/// Labels with what stands beside them; long lists end early.
fn completions(found: &Value) -> String {
    let items = found["items"].as_array().unwrap();
    let mut out = String::new();
    for item in items.iter().take(24) {
        let detail = item["detail"].as_str().unwrap_or("");
        writeln!(out, "{} | {detail}", text_of(&item["label"])).unwrap();
    }
    if items.len() > 24 {
        out.push_str("and more\n");
    }
    if out.is_empty() {
        "nothing\n".to_owned()
    } else {
        out
    }
}

fn folds(found: &Value) -> String {
    let mut out = String::new();
    for fold in found.as_array().unwrap() {
        let line = |key: &str| fold[key].as_u64().unwrap() + 1;
        let kind = fold["kind"].as_str().unwrap_or("block");
        writeln!(out, "{}-{} {kind}", line("startLine"), line("endLine")).unwrap();
    }
    out
}
