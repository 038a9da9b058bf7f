//! `client_certificate`: what a verified certificate yields.

use gw_expr::{Field, RecordType, Type};
use smol_str::SmolStr;

/// The type of `certificate`: what is read of a client's certificate (RFC 5280 section 4.1.2).
pub fn certificate() -> RecordType {
    let texts = || Field::new(Type::list(Type::String));
    let fields = [
        ("subject", Field::new(Type::String)),
        ("issuer", Field::new(Type::String)),
        ("common_name", Field::optional(Type::String)),
        ("serial", Field::new(Type::String)),
        ("fingerprint", Field::new(Type::String)),
        ("not_before", Field::new(Type::Timestamp)),
        ("not_after", Field::new(Type::Timestamp)),
        ("uri", texts()),
        ("dns", texts()),
        ("email", texts()),
        ("ip", Field::new(Type::list(Type::Ip))),
    ];
    let fields = fields.map(|(name, field)| (SmolStr::new_static(name), field));
    RecordType::new("certificate", fields)
}
