//! Operations as routes.

use crate::notes::Notes;
use crate::path::Template;
use crate::policy::Enums;
use crate::scheme::Scheme;
use crate::words::{Words, snake};
use crate::{security, text};
use gw_schema::Document;
use serde_json::Value;

/// The methods that a description can have (OpenAPI 3.1, Path Item Object).
const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Routes under way.
pub(crate) struct Routes<'d> {
    pub(crate) document: &'d Document,
    pub(crate) schemes: &'d [Scheme],
    pub(crate) enums: Enums,
    pub(crate) words: Words,
    /// Methods and shapes of paths that are taken.
    taken: Vec<(&'static str, String)>,
}

impl<'d> Routes<'d> {
    pub(crate) fn new(document: &'d Document, schemes: &'d [Scheme], enums: Enums) -> Self {
        Self {
            document,
            schemes,
            enums,
            words: Words::default(),
            taken: Vec::new(),
        }
    }

    /// Every operation of the description.
    pub(crate) fn all(&mut self, notes: &mut Notes) -> String {
        let document = self.document;
        let mut out = String::new();
        for (path, item) in document.members(document.member("paths")) {
            for method in METHODS {
                let operation = document.get(item, method);
                if operation.is_object() {
                    out.push_str(&self.one(path, item, method, notes).unwrap_or_default());
                }
            }
            if item.get("servers").is_some() {
                notes.about("servers of single paths are not carried", path);
            }
        }
        out
    }

    fn one(
        &mut self,
        path: &str,
        item: &'d Value,
        method: &'static str,
        notes: &mut Notes,
    ) -> Option<String> {
        let document = self.document;
        let operation = document.get(item, method);
        let verb = method.to_ascii_uppercase();
        let id = document.text(operation, "operationId");
        let about = id.map_or_else(|| format!("{verb} {path}"), str::to_owned);
        // Parameters of an operation replace those of its path that have the same name and place.
        let own = document.elements(document.get(operation, "parameters"));
        let shared = document.elements(document.get(item, "parameters"));
        let parameters: Vec<&Value> = own.chain(shared).collect();
        let template = Template {
            document,
            path,
            parameters: &parameters,
            operation: &about,
        };
        let access = security::statements(document, operation, self.schemes, &about, notes)?;
        let path = template.translate(&mut self.enums, notes)?;
        if self
            .taken
            .iter()
            .any(|(m, shape)| *m == method && *shape == path.shape)
        {
            notes.about(
                "left out, since another operation takes the same requests",
                &about,
            );
            return None;
        }
        self.taken.push((method, path.shape));
        self.not_carried(operation, &parameters, &about, notes);
        let wish = snake(&about, "operation");
        let name = self.words.take(&wish, "_route");
        let documentation = text::documentation(&[
            document.text(operation, "summary").unwrap_or_default(),
            document.text(operation, "description").unwrap_or_default(),
        ]);
        Some(format!(
            "\n{documentation}route {name} {verb} {} {{\n{access}to api\n}}\n",
            path.text
        ))
    }

    fn not_carried(
        &self,
        operation: &Value,
        parameters: &[&Value],
        about: &str,
        notes: &mut Notes,
    ) {
        let document = self.document;
        for place in ["query", "header", "cookie"] {
            let of_place = parameters
                .iter()
                .filter(|p| document.text(p, "in") == Some(place));
            let required = |p: &&&Value| document.get(p, "required") == &Value::Bool(true);
            let (asked, others): (Vec<&&Value>, Vec<&&Value>) = of_place.partition(required);
            let says = [
                (asked, "are required, which is left to the backend"),
                (others, "are passed on unchecked"),
            ];
            for (parameters, sentence) in says {
                let names = parameters.iter().filter_map(|p| document.text(p, "name"));
                let names: Vec<&str> = names.collect();
                if !names.is_empty() {
                    let what = format!("{about} ({})", names.join(", "));
                    notes.about(&format!("{place} parameters {sentence}"), &what);
                }
            }
        }
        for (field, sentence) in [
            ("requestBody", "request bodies are passed on unchecked"),
            ("callbacks", "callbacks are not carried"),
            ("servers", "servers of single operations are not carried"),
        ] {
            if !document.get(operation, field).is_null() {
                notes.about(sentence, about);
            }
        }
        if document.get(operation, "deprecated") == &Value::Bool(true) {
            notes.about("operations that the description calls deprecated", about);
        }
    }
}
