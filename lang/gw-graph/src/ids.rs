//! Identities inside one graph: indices into the vectors of [`crate::Graph`]. They have no meaning
//! across graphs; state that outlives a reload is keyed by stable names instead.

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in the vector that holds it.
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// The identity of the element at a position.
            pub fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).unwrap_or(u32::MAX))
            }
        }
    )*};
}

ids! {
    /// An expression in `Graph::exprs`.
    ExprId;
    /// A condition in `Graph::atoms`.
    AtomId;
    /// A listener in `Graph::listeners`.
    ListenerId;
    /// A backend in `Graph::backends`.
    BackendId;
    /// An authentication in `Graph::authns`.
    AuthnId;
    /// A table in `Graph::tables`.
    TableId;
    /// A secret in `Graph::secrets`.
    SecretId;
    /// A limit in `Graph::limits`.
    LimitId;
    /// A set of rules in `Graph::rule_sets`.
    RuleSetId;
    /// A route in `Graph::routes`.
    RouteId;
}
