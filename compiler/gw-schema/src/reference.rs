//! References: which file, and where in it. JSON pointers are those of RFC 6901, references those
//! of RFC 3986 with a pointer as fragment.

use crate::Document;
use gw_syntax::FileId;
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// A part of a description.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The JSON pointer in it; empty for the whole.
    pub pointer: String,
}

impl Place {
    /// A member or element of this part.
    pub(crate) fn child(&self, step: &str) -> Self {
        Self {
            file: self.file,
            pointer: child(&self.pointer, step),
        }
    }

    /// The last step, as a name for people.
    pub(crate) fn name(&self) -> String {
        let last = self.pointer.rsplit('/').next().unwrap_or_default();
        last.replace("~1", "/").replace("~0", "~")
    }

    /// Whether it stands where schemas are kept under a name.
    pub(crate) fn is_component(&self) -> bool {
        let folder = self.pointer.rsplit_once('/').map(|(folder, _)| folder);
        folder.is_some_and(|folder| FOLDERS.contains(&folder))
    }
}

/// Where descriptions keep schemas by name: OpenAPI 3, JSON Schema since 2019-09, and before.
const FOLDERS: &[&str] = &["/components/schemas", "/$defs", "/definitions"];

/// The pointer to a member or element of what a pointer leads to.
pub fn child(pointer: &str, step: &str) -> String {
    format!("{pointer}/{}", step.replace('~', "~0").replace('/', "~1"))
}

/// The folders in which a description keeps schemas by name, with the names.
pub fn components(document: &Document) -> impl Iterator<Item = (&'static str, Vec<&str>)> {
    FOLDERS.iter().filter_map(|folder| {
        let names = document.at(folder).and_then(Value::as_object)?;
        Some((*folder, names.keys().map(String::as_str).collect()))
    })
}

/// The file and the pointer of a reference; an empty file is the one that holds it.
pub(crate) fn split(reference: &str) -> (&str, String) {
    let (file, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    let pointer = percent_decode_str(fragment).decode_utf8_lossy();
    (file, pointer.into_owned())
}
