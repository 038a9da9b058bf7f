//! What the checker says, and where.

use crate::world::findings;
use gw_syntax::Code;

/// The one finding of a text: its code and the text under its primary label.
fn finding(text: &str) -> (Code, String) {
    let (_, _, found) = findings(text);
    assert_eq!(found.len(), 1, "{text}: {found:#?}");
    let (diagnostic, under) = &found[0];
    assert!(diagnostic.help.is_some(), "{text}: no help");
    (diagnostic.code, under.clone())
}

fn fixed(text: &str) -> String {
    let (_, _, found) = findings(text);
    let fix = found[0]
        .0
        .fix
        .clone()
        .unwrap_or_else(|| panic!("{text}: no fix"));
    let mut fixed = text.to_owned();
    for (span, replacement) in fix.edits {
        fixed.replace_range(span.start as usize..span.end as usize, &replacement);
    }
    let (_, _, left) = findings(&fixed);
    assert!(left.is_empty(), "{fixed}: {left:#?}");
    fixed
}

#[track_caller]
fn says(text: &str, code: Code, under: &str) {
    assert_eq!(finding(text), (code, under.to_owned()), "{text}");
}

#[test]
fn names() {
    says("reqest.method == \"GET\"", Code::UnknownVariable, "reqest");
    assert_eq!(
        fixed("reqest.method == \"GET\""),
        "request.method == \"GET\""
    );
    says("jwt.rolse.size() > 0", Code::UnknownMember, "rolse");
    assert_eq!(fixed("jwt.rolse.size() > 0"), "jwt.roles.size() > 0");
    says("Role.admn in jwt.roles", Code::UnknownVariant, "admn");
    assert_eq!(fixed("Role.admn in jwt.roles"), "Role.admin in jwt.roles");
    says(
        "jwt.sub.startWith(\"a\")",
        Code::UnknownFunction,
        "startWith",
    );
    assert_eq!(
        fixed("jwt.sub.startWith(\"a\")"),
        "jwt.sub.startsWith(\"a\")"
    );
    says(
        "switch jwt.role { viewr => 1, _ => 2 }",
        Code::UnknownVariant,
        "viewr",
    );
}

#[test]
fn an_unknown_field_points_at_the_schema() {
    let (_, _, found) = findings("jwt.orgg == \"a\"");
    assert_eq!(found[0].0.labels[1].span.start, 3);
}

#[test]
fn absence() {
    let header = "request.headers[\"x\"]";
    says(
        &format!("{header}.startsWith(\"a\")"),
        Code::MaybeAbsent,
        header,
    );
    says(
        &format!("{header} + \"a\" == \"b\""),
        Code::MaybeAbsent,
        header,
    );
    says(&format!("{header} < \"a\""), Code::MaybeAbsent, header);
    says("jwt.suspended && true", Code::MaybeAbsent, "jwt.suspended");
}

#[test]
fn absence_of_a_whole_record() {
    says("key.org == \"a\"", Code::MaybeAbsent, "key");
    says("key?.org.size() > 1", Code::MaybeAbsent, "key?.org");
}

#[test]
fn habits() {
    says(
        "request.headers.x-org == \"a\"",
        Code::UnknownMember,
        "x-org",
    );
    assert_eq!(
        fixed("request.headers.x-org == \"a\""),
        r#"request.headers["x-org"] == "a""#
    );
    let three = "request.headers.x-request-id == \"a\"";
    assert_eq!(fixed(three), r#"request.headers["x-request-id"] == "a""#);
    assert_eq!(fixed("\"admin\" in jwt.roles"), "Role.admin in jwt.roles");
    says("jwt.roles == Role.admin", Code::DisjointComparison, "==");
    says("math.greatest(1, took) == 1", Code::NoOverload, "greatest");
}

#[test]
fn availability() {
    says("response.status == 200", Code::WrongPhase, "response");
    says("caller == 1", Code::NoIdentity, "caller");
    says("request.body.a == 1", Code::WrongPhase, "request.body");
}

#[test]
fn types() {
    says("jwt.sub == 1", Code::DisjointComparison, "==");
    says("jwt.role == \"admin\"", Code::DisjointComparison, "==");
    says("source.ip == \"10.0.0.1\"", Code::DisjointComparison, "==");
    says("jwt.sub + 1 == \"a\"", Code::NoOverload, "+");
    says("jwt.sub.size(1) == 1", Code::NoOverload, "size");
    says("jwt.sub && true", Code::TypeMismatch, "jwt.sub");
    says("true ? 1 : \"a\"", Code::TypeMismatch, "\"a\"");
    says("jwt.sub.org == 1", Code::UnknownMember, "org");
    says("status in 10.0.0.0/8", Code::NoOverload, "in");
}

#[test]
fn units() {
    says("took > 5", Code::UnitMismatch, ">");
    says("took == 64KiB", Code::UnitMismatch, "==");
    says("took + 5 == 1s", Code::UnitMismatch, "+");
    says("100/min == 5", Code::UnitMismatch, "==");
}

#[test]
fn constants() {
    says("1 / 0 == 1", Code::BadConstant, "1 / 0");
    says(
        "ip(\"10.0.0.300\") == source.ip",
        Code::BadCidr,
        "ip(\"10.0.0.300\")",
    );
    says(
        "source.ip in cidr(\"10.0.0.0/33\")",
        Code::BadCidr,
        "cidr(\"10.0.0.0/33\")",
    );
    for (text, under, mended) in [
        (
            "source.ip in 10.0.0.1/8",
            "10.0.0.1/8",
            "source.ip in 10.0.0.0/8",
        ),
        (
            "source.ip in [fd00::1/8]",
            "fd00::1/8",
            "source.ip in [fd00::/8]",
        ),
        (
            "source.ip in cidr(\"10.1.2.3/16\")",
            "\"10.1.2.3/16\"",
            "source.ip in cidr(\"10.1.0.0/16\")",
        ),
        (
            "cidr(\"10.0.0.0/8\").containsCIDR(\"10.1.2.3/16\")",
            "\"10.1.2.3/16\"",
            "cidr(\"10.0.0.0/8\").containsCIDR(\"10.1.0.0/16\")",
        ),
    ] {
        says(text, Code::HostBits, under);
        assert_eq!(fixed(text), mended);
    }
    says(
        "request.at.getHours(\"Mars/Base\") > 1",
        Code::BadTimeZone,
        "\"Mars/Base\"",
    );
    says(
        "duration(\"5 minutes\") > took",
        Code::BadConstant,
        "duration(\"5 minutes\")",
    );
}

#[test]
fn regular_expressions_have_the_caret_inside() {
    says("jwt.sub.matches(\"a(b\")", Code::BadRegex, "(");
    says("jwt.sub.matches(r\"\\d+[z-a]\")", Code::BadRegex, "z-a");
    says(
        "jwt.sub.matches(\"(a)\\\\1\")",
        Code::BadRegex,
        "\"(a)\\\\1\"",
    );
    says(
        "jwt.sub.matches(\"a{9999999}\")",
        Code::BadRegex,
        "\"a{9999999}\"",
    );
}

#[test]
fn secrets_stay_secret() {
    says("token == \"a\"", Code::SecretLeak, "token");
    says("string(token) == \"a\"", Code::SecretLeak, "token");
}

#[test]
fn follow_ons_are_suppressed() {
    says(
        "reqest.headers[\"x\"].foo.bar + 1 > 2 && jwt.level > 1",
        Code::UnknownVariable,
        "reqest",
    );
}

#[test]
fn risks_are_kept_apart() {
    let risky = [
        "jwt.roles[0] == Role.admin",
        "jwt.extra.a == 1",
        "int(jwt.sub) == 1",
        "10 / jwt.level == 1",
    ];
    for text in risky {
        let (checked, _, found) = findings(text);
        assert!(found.is_empty() && !checked.risks.is_empty(), "{text}");
    }
    let safe = [
        "jwt.level > 1 && Role.admin in jwt.roles",
        "jwt.level / 2 == 1",
        "jwt.sub.size() > 3",
        // Guarded.
        "has(jwt.extra.a) && jwt.extra.a == 1",
        "!has(jwt.extra.a) || jwt.extra.a == 1",
        "jwt.level != 0 && 10 / jwt.level == 1",
        "jwt.level > 0 && 10 % jwt.level == 1",
        "size(jwt.roles) > 1 && jwt.roles[1] == Role.admin",
        "(jwt.extra.a ?? 1) == 1",
    ];
    for text in safe {
        assert!(
            findings(text).0.risks.is_empty(),
            "{text}: {:?}",
            findings(text).0.risks
        );
    }
    for text in [
        "jwt.level != 0 || 10 / jwt.level == 1",
        "size(jwt.roles) > 1 && jwt.roles[2] == Role.admin",
    ] {
        assert!(!findings(text).0.risks.is_empty(), "{text}");
    }
}

#[test]
fn a_switch_covers_everything() {
    says(
        "(switch jwt.role { viewer => 1, admin => 2 }) == 1",
        Code::TypeMismatch,
        "(switch jwt.role { viewer => 1, admin => 2 })",
    );
}
