//! The kinds of declaration.

/// What a declaration declares.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// `param`
    Param,
    /// `secret`
    Secret,
    /// `enum`
    Enum,
    /// `schema`
    Schema,
    /// `let`
    Let,
    /// `table`
    Table,
    /// `listener`
    Listener,
    /// `authn`
    Authn,
    /// `backend`
    Backend,
    /// `policy`
    Policy,
    /// `limit`
    Limit,
    /// `transform`
    Transform,
    /// `service`
    Service,
    /// `route`
    Route,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Kind; 14] = [
        Kind::Param,
        Kind::Secret,
        Kind::Enum,
        Kind::Schema,
        Kind::Let,
        Kind::Table,
        Kind::Listener,
        Kind::Authn,
        Kind::Backend,
        Kind::Policy,
        Kind::Limit,
        Kind::Transform,
        Kind::Service,
        Kind::Route,
    ];

    /// The keyword that declares it.
    pub fn keyword(self) -> &'static str {
        match self {
            Kind::Param => "param",
            Kind::Secret => "secret",
            Kind::Enum => "enum",
            Kind::Schema => "schema",
            Kind::Let => "let",
            Kind::Table => "table",
            Kind::Listener => "listener",
            Kind::Authn => "authn",
            Kind::Backend => "backend",
            Kind::Policy => "policy",
            Kind::Limit => "limit",
            Kind::Transform => "transform",
            Kind::Service => "service",
            Kind::Route => "route",
        }
    }

    /// Names of services and routes live apart from the others: `service shop` beside
    /// `backend shop` is fine.
    pub fn space(self) -> u8 {
        match self {
            Kind::Service => 1,
            Kind::Route => 2,
            Kind::Param
            | Kind::Secret
            | Kind::Enum
            | Kind::Schema
            | Kind::Let
            | Kind::Table
            | Kind::Listener
            | Kind::Authn
            | Kind::Backend
            | Kind::Policy
            | Kind::Limit
            | Kind::Transform => 0,
        }
    }

    /// What expressions read by its name, which must not be one of a built-in object.
    pub const VALUES: &[Kind] = &[
        Kind::Param,
        Kind::Let,
        Kind::Enum,
        Kind::Table,
        Kind::Secret,
    ];
}
