//! Inputs of extreme size or depth, and characters that look like others: an answer, soon.

mod tool;

use std::time::{Duration, Instant};
use tool::{Folder, Run};

const FINE: i32 = 0;
const DOES_NOT_COMPILE: i32 = 3;

/// Far above what these inputs take in a debug build, far below what a quadratic step would.
const PATIENCE: Duration = Duration::from_secs(30);

fn check(name: &str, text: &str) -> Run {
    let folder = Folder::with(&format!("extremes_{name}"), "policy.gw", text);
    let start = Instant::now();
    let run = folder.gwc(&["check", "policy.gw"]);
    assert!(start.elapsed() < PATIENCE, "{name}: {:?}", start.elapsed());
    run
}

#[test]
fn lines_of_sixteen_mebibytes() {
    let room = (16 << 20) - 100;
    let string = format!("gw 1; let a = \"{}\"", "x".repeat(room));
    check("string", &string).says(FINE, &[]);
    let word = format!("gw 1; {}", "x".repeat(room));
    check("word", &word).says(DOES_NOT_COMPILE, &["GW0103"]);
    let path = "/a".repeat(room / 2);
    let path = format!("gw 1; route r GET {path} {{ public \"x\"; respond 200 }}");
    check("path", &path).says(DOES_NOT_COMPILE, &["GW0303", "65536 bytes"]);
}

#[test]
fn a_pattern_of_ten_megabytes() {
    for pattern in ["(a|b)*c".repeat(1 << 20), "a".repeat(10_000_000)] {
        let rule = format!("allow when request.path.matches(\"^{pattern}$\")");
        let text = format!("gw 1\nroute r GET / {{ {rule}; respond 200 }}\n");
        check("regex", &text).says(DOES_NOT_COMPILE, &["GW0209", "65536 bytes"]);
    }
}

#[test]
fn the_last_level_of_nesting_and_the_first_too_many() {
    let nested = |open: &str, close: &str, levels: usize| {
        let (open, close) = (open.repeat(levels), close.repeat(levels));
        check("nesting", &format!("gw 1\nlet a = {open}1{close}\n"))
    };
    nested("(", ")", 250).says(FINE, &[]);
    nested("(", ")", 251).says(DOES_NOT_COMPILE, &["GW0008", "250"]);
    let blocks = |levels: usize| {
        let (open, close) = ("x {".repeat(levels), "}".repeat(levels));
        check("blocks", &format!("gw 1\n{open}{close}\n"))
    };
    blocks(250).says(DOES_NOT_COMPILE, &["GW0103"]);
    blocks(251).says(DOES_NOT_COMPILE, &["GW0008", "250"]);
}

#[test]
fn letters_that_look_like_others_are_no_names() {
    let cyrillic = "gw 1\nb\u{430}ckend web { target = echo() }\n";
    check("keyword", cyrillic).says(DOES_NOT_COMPILE, &["GW0001", "policy.gw:2:2"]);
    let host = "gw 1\nroute r GET / on \"\u{430}pi.example\" { public \"x\"; respond 200 }\n";
    check("host", host).says(DOES_NOT_COMPILE, &["GW0305", "not a host name"]);
}

#[test]
fn text_that_runs_backwards_is_refused() {
    for hidden in ["\u{202e}", "\u{2066}", "\u{200b}"] {
        let text = format!("gw 1\n// only admins{hidden}\n");
        check("bidi", &text).says(DOES_NOT_COMPILE, &["GW0009", "cannot be seen"]);
    }
}

/// Thousands of declarations, each with the same mistake or none: no step may look at all of them for
/// each, or stand on the one before.
#[test]
fn very_many_of_a_kind() {
    let many = |count: usize, of: fn(usize) -> String| (0..count).map(of).collect::<String>();
    let route = "listener l { bind = \":1\" }\nroute r / { public \"x\"; respond 200 }\n";
    let params = many(20_000, |i| format!("param p{i}: int = 1\n"));
    check("params", &format!("gw 1\n{route}{params}")).says(FINE, &["GW0112"]);
    let chain = many(20_000, |i| format!("param p{i}: int = p{}\n", i + 1));
    let chain = format!("gw 1\n{chain}param p20000: int = 1\n");
    check("chain", &chain).says(DOES_NOT_COMPILE, &["GW0008", "100 parameters"]);
    let backends = many(4_000, |i| format!("backend b{i} {{ target = echo() }}\n"));
    let lost = many(4_000, |i| {
        format!("route r{i} /{i} {{ public \"x\"; to c{i} }}\n")
    });
    let lost = format!("gw 1\n{backends}{lost}");
    check("unknown", &lost).says(DOES_NOT_COMPILE, &["there is no backend `c0`"]);
    let types = many(4_000, |i| format!("schema S{i} {{ a: T{i} }}\n"));
    check("types", &format!("gw 1\n{types}")).says(DOES_NOT_COMPILE, &["there is no type `T0`"]);
    let fallen = many(4_000, |i| {
        format!("  route r{i} /{i} {{ allow when true; to web }}\n")
    });
    let fallen = format!("gw 1\nservice s {{\n}}\n{fallen}}}\n");
    check("fallen", &fallen).says(DOES_NOT_COMPILE, &["there is no backend `web`"]);
    let variants = many(4_000, |i| format!("v{i} inherits v{}\n", i.max(1) - 1));
    let roles = format!("gw 1\nenum E {{ {variants} }}\n");
    check("variants", &roles).says(DOES_NOT_COMPILE, &["at most 1024 variants"]);
    let quoted = many(20_000, |i| {
        format!(
            "backend b{i} {{ target = echo() }}\nroute r{i} /{i} {{ public \"x\"; to \"b0\" }}\n"
        )
    });
    check("quoted", &format!("gw 1\n{quoted}")).says(DOES_NOT_COMPILE, &["without quotes"]);
    let arguments = many(60_000, |i| format!(", a{i} = 1/min"));
    let used = format!("use limit l(base = 1/min{arguments})");
    let limit = "limit l(base: rate) { key = source.ip, rate = base }";
    let used = format!("gw 1\n{limit}\nroute r / {{ public \"x\"; {used}; respond 200 }}\n");
    check("arguments", &used).says(DOES_NOT_COMPILE, &["no parameter `a0`"]);
    let location = format!("https://h{}", "{path.a}".repeat(100_000));
    let sent = format!(
        "gw 1\nlistener l {{ bind = \":1\" }}\nroute r /{{a:int}} {{ public \"x\"; redirect \"{location}\" }}\n"
    );
    check("location", &sent).says(FINE, &[]);
    let backends = many(4_000, |i| format!("backend b{i} {{ target = echo() }}\n"));
    let shares = many(20_000, |i| format!("b{} 0.005%, ", i % 4_000));
    let split = format!("gw 1\n{backends}route r / {{ public \"x\"; to split {{ {shares} }} }}\n");
    check("shares", &split).says(DOES_NOT_COMPILE, &["`b0` has 5 shares"]);
    let paths = many(20_000, |i| format!("set path = \"/{i}\"\n"));
    let paths = format!(
        "gw 1\nlistener l {{ bind = \":1\" }}\nbackend b {{ target = echo() }}\n\
         route r / {{ public \"x\"; request {{ {paths} }}; to b }}\n"
    );
    check("paths", &paths).says(FINE, &["GW0536"]);
    let limits = many(20_000, |i| format!(" max {i}"));
    let schema = format!("gw 1\nschema S {{ a: int{limits} }}\n");
    check("constraints", &schema).says(DOES_NOT_COMPILE, &["is set twice"]);
    let lets = many(4_000, |i| format!("let l{i} = request.path == \"/{i}\"\n"));
    let spare = many(4_000, |i| {
        format!(
            "policy _p{i}(a: int) {{ deny when l{i} && request.pat{i} == \"\"; deny when a == {i} }}\n"
        )
    });
    let spare = format!("gw 1\n{lets}{spare}{route}");
    check("spare", &spare).says(DOES_NOT_COMPILE, &["no field `pat0`"]);
    let hosts = many(10_000, |i| {
        let (a, b) = (i / 256, i % 256);
        format!("10.{a}.{b}.1/24, ")
    });
    let hosts = format!(
        "let h = [{hosts}]\nroute h /h {{ public \"x\"; deny when source.ip in h; respond 200 }}\n"
    );
    check("hosts", &format!("gw 1\n{route}{hosts}")).says(FINE, &["GW0224"]);
}
