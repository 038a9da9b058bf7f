//! What the other end of a connection must have shown, told apart by contents. Connections outlive
//! reloads: one that was made under another trust has not shown what is asked for now.

use aws_lc_rs::digest::{Context, SHA256};
use rustls::RootCertStore;

/// Authorities that are believed, with what else a handshake asks for: the same digest for the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Trust([u8; 32]);

impl Trust {
    /// Of authorities, and the bytes of whatever else is asked for.
    pub(crate) fn of<'p>(roots: &RootCertStore, more: impl IntoIterator<Item = &'p [u8]>) -> Self {
        let mut digest = Context::new(&SHA256);
        let mut add = |part: &[u8]| {
            digest.update(&part.len().to_le_bytes());
            digest.update(part);
        };
        for root in &roots.roots {
            add(&root.subject);
            add(&root.subject_public_key_info);
            add(root.name_constraints.as_deref().unwrap_or_default());
        }
        add(&roots.len().to_le_bytes());
        more.into_iter().for_each(add);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.finish().as_ref());
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_in_other_places_is_something_else() {
        let of = |more: &[&'static [u8]]| Trust::of(&RootCertStore::empty(), more.iter().copied());
        assert_eq!(of(&[b"ab", b"c"]), of(&[b"ab", b"c"]));
        assert_ne!(of(&[b"ab", b"c"]), of(&[b"a", b"bc"]));
        assert_ne!(of(&[]), of(&[b""]));
    }
}
