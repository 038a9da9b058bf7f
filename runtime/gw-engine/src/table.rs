//! Tables: records by key, parsed from JSON lines. Must not know files.

use gw_expr::{ConformError, OwnedMap, Schema};
use gw_graph::{MAX_RECORD_BYTES, Table};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;
use std::collections::HashMap;
use std::sync::Arc;

/// The contents of a table.
#[derive(Debug, Default)]
pub struct TableData {
    /// By the SHA-256 digest of the key, so that the time of a look-up tells nothing of other keys.
    records: HashMap<[u8; 32], Arc<Record>>,
}

/// One line of a table.
#[derive(Clone, PartialEq, Debug)]
pub struct Record {
    /// Field `id`, else a prefix of the key's digest; fit for logs.
    pub id: SmolStr,
    /// Fits the table's record type.
    pub fields: Arc<OwnedMap>,
}

/// A table that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct TableError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: TableProblem,
}

/// What is wrong with a line of a table.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TableProblem {
    /// More bytes than the cost of expressions counts with.
    #[error("the record has {0} bytes, more than {MAX_RECORD_BYTES}")]
    TooLong(usize),
    /// Not a JSON object (RFC 8259).
    #[error("not a JSON object")]
    NotAnObject,
    /// No key.
    #[error("the field `{0}` is missing or not a string")]
    NoKey(&'static str),
    /// A hash that is not 64 hexadecimal digits.
    #[error("`hash` is not a SHA-256 hash of 64 hexadecimal digits, optionally after `sha256:`")]
    BadHash,
    /// A key that another line has.
    #[error("the key stands on line {0} already")]
    Duplicate(usize),
    /// A field that does not fit the record type.
    #[error("at `{}`: expected {}, found {}", .0.pointer, .0.expected, .0.found)]
    Field(ConformError),
}

impl TableData {
    /// Parses JSON lines; empty lines are skipped.
    ///
    /// # Errors
    /// The first line that cannot be used.
    pub fn parse(table: &Table, text: &str) -> Result<TableData, TableError> {
        let schema = Schema::new(&table.value);
        let schema = schema.map_err(|error| ConformError::of_type(&table.value, &error));
        let mut records = HashMap::new();
        let mut lines: HashMap<[u8; 32], usize> = HashMap::new();
        for (line, text) in (1..).zip(text.lines()) {
            if text.trim().is_empty() {
                continue;
            }
            let fail = |problem| TableError { line, problem };
            let (digest, record) = parse_line(table, schema.as_ref(), text).map_err(fail)?;
            if let Some(first) = lines.insert(digest, line) {
                return Err(fail(TableProblem::Duplicate(first)));
            }
            records.insert(digest, Arc::new(record));
        }
        Ok(TableData { records })
    }

    /// The record of a key as a client presents it.
    pub fn lookup_key(&self, presented: &str) -> Option<&Arc<Record>> {
        self.records
            .get::<[u8; 32]>(&Sha256::digest(presented.as_bytes()).into())
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

fn parse_line(
    table: &Table,
    schema: Result<&Schema, &ConformError>,
    text: &str,
) -> Result<([u8; 32], Record), TableProblem> {
    if text.len() > MAX_RECORD_BYTES {
        return Err(TableProblem::TooLong(text.len()));
    }
    let json: serde_json::Value =
        serde_json::from_str(text).map_err(|_| TableProblem::NotAnObject)?;
    let object = json.as_object().ok_or(TableProblem::NotAnObject)?;
    let name = if table.hashed { "hash" } else { "key" };
    let key = object
        .get(name)
        .and_then(|v| v.as_str())
        .ok_or(TableProblem::NoKey(name))?;
    let digest = if table.hashed {
        parse_digest(key).ok_or(TableProblem::BadHash)?
    } else {
        Sha256::digest(key.as_bytes()).into()
    };
    let id = match object.get("id").and_then(|v| v.as_str()) {
        Some(id) => id.into(),
        None => digest
            .iter()
            .take(6)
            .map(|b| format!("{b:02x}"))
            .collect::<String>()
            .into(),
    };
    let schema = schema.map_err(|error| TableProblem::Field(error.clone()))?;
    let fields = schema.conform(&json).map_err(TableProblem::Field)?;
    let fields = fields.into_map().ok_or(TableProblem::NotAnObject)?;
    Ok((digest, Record { id, fields }))
}

fn parse_digest(text: &str) -> Option<[u8; 32]> {
    let hex = text.strip_prefix("sha256:").unwrap_or(text).as_bytes();
    let mut digest = [0; 32];
    if hex.len() != 64 || !hex.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(hex.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(digest)
}
