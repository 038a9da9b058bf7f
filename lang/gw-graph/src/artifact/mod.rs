//! The artifact encoding of a graph (`.gwb`): a header of 52 bytes, then the graph in postcard.
//! The same graph gives the same bytes. Must not know files.
//!
//! | bytes | content |
//! |---|---|
//! | 8 | `gwpolicy` |
//! | 4 | format version, little endian |
//! | 8 | length of the content, little endian |
//! | 32 | BLAKE3 hash of the version, the length and the content |
//! | … | the graph |

mod depth;
mod room;
#[cfg(test)]
mod tests;

pub(crate) use room::routes;

use crate::{Graph, InvalidGraph};

const MAGIC: &[u8; 8] = b"gwpolicy";
/// Changes with every change of what a graph holds.
const VERSION: u32 = 4;
const HEADER: usize = 52;

/// Largest content that is decoded: a policy of 100,000 routes takes about 50 MB.
const MOST: u64 = 1 << 30;

/// About as much as a route without rules takes.
const BYTES_PER_ROUTE: usize = 200;

/// Deepest nesting of expressions and conditions that is decoded. The language allows 250 levels
/// in a source, of which each may take two in a graph.
const DEEPEST: u32 = 512;

/// An artifact that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ArtifactError {
    /// Shorter than a header, or it begins with something else.
    #[error("this is not a gw artifact")]
    NotAnArtifact,
    /// Another format.
    #[error("the artifact has format version {0}, this program reads version {VERSION}")]
    Version(u32),
    /// Bytes are missing or left over.
    #[error("the artifact is damaged: {expected} bytes of content expected, {found} found")]
    Length {
        /// As the header says.
        expected: u64,
        /// As there are.
        found: u64,
    },
    /// The hash is wrong.
    #[error("the artifact is damaged: its checksum does not fit its content")]
    Checksum,
    /// The content is no graph.
    #[error("the artifact's content cannot be read: {0}")]
    Content(String),
    /// The graph contradicts itself.
    #[error("the artifact's graph is inconsistent: {0}")]
    Graph(#[from] InvalidGraph),
}

/// The artifact of a graph.
pub fn encode(graph: &Graph) -> Vec<u8> {
    let content = content(graph);
    let length = content.len() as u64;
    let mut bytes = Vec::with_capacity(HEADER + content.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(checksum(VERSION, length, &content).as_bytes());
    bytes.extend_from_slice(&content);
    bytes
}

/// The graph of an artifact, checked.
///
/// # Errors
/// [`ArtifactError`] for anything but the bytes that [`encode`] gives.
pub fn decode(bytes: &[u8]) -> Result<Graph, ArtifactError> {
    decode_content(content_of(bytes)?)
}

/// [`decode`], with the graph's [`policy_id`], which is had more cheaply from its bytes.
///
/// # Errors
/// [`ArtifactError`] for anything but the bytes that [`encode`] gives.
pub fn decode_with_id(bytes: &[u8]) -> Result<(Graph, String), ArtifactError> {
    let content = content_of(bytes)?;
    Ok((decode_content(content)?, id_of(content)))
}

/// The content of an artifact, as its header promises it.
fn content_of(bytes: &[u8]) -> Result<&[u8], ArtifactError> {
    let header = bytes
        .split_first_chunk::<8>()
        .filter(|(magic, _)| *magic == MAGIC);
    let (_, rest) = header.ok_or(ArtifactError::NotAnArtifact)?;
    let (version, rest) = rest
        .split_first_chunk()
        .ok_or(ArtifactError::NotAnArtifact)?;
    let (length, rest) = rest
        .split_first_chunk()
        .ok_or(ArtifactError::NotAnArtifact)?;
    let (hash, content) = rest
        .split_first_chunk::<32>()
        .ok_or(ArtifactError::NotAnArtifact)?;
    let (version, expected) = (u32::from_le_bytes(*version), u64::from_le_bytes(*length));
    if version != VERSION {
        return Err(ArtifactError::Version(version));
    }
    let found = content.len() as u64;
    if found != expected || expected > MOST {
        return Err(ArtifactError::Length { expected, found });
    }
    // Compared in constant time, which does no harm.
    if checksum(version, expected, content) != *hash {
        return Err(ArtifactError::Checksum);
    }
    Ok(content)
}

fn decode_content(content: &[u8]) -> Result<Graph, ArtifactError> {
    let graph: Graph = read(content)?;
    graph.validate()?;
    Ok(graph)
}

/// The identity of a policy in logs, metrics and `/status`: 16 hexadecimal digits of the hash of
/// its content.
pub fn policy_id(graph: &Graph) -> String {
    id_of(&content(graph))
}

fn id_of(content: &[u8]) -> String {
    blake3::hash(content).to_hex().chars().take(16).collect()
}

#[expect(
    clippy::expect_used,
    reason = "postcard fails on types that graphs do not have"
)]
fn content(graph: &Graph) -> Vec<u8> {
    let room = Vec::with_capacity(4_096 + graph.routes.len() * BYTES_PER_ROUTE);
    postcard::to_extend(graph, room).expect("every graph can be encoded")
}

fn read(content: &[u8]) -> Result<Graph, ArtifactError> {
    let failed = |error: postcard::Error| ArtifactError::Content(error.to_string());
    let mut reader = postcard::Deserializer::from_bytes(content);
    let graph = depth::deserialize(&mut reader).map_err(failed)?;
    let rest = reader.finalize().map_err(failed)?;
    if rest.is_empty() {
        Ok(graph)
    } else {
        Err(ArtifactError::Content(format!(
            "{} bytes are left over",
            rest.len()
        )))
    }
}

fn checksum(version: u32, length: u64, content: &[u8]) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&version.to_le_bytes());
    hasher.update(&length.to_le_bytes());
    hasher.update(content);
    hasher.finalize()
}
