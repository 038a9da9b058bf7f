//! Whatever is thrown at `gwc`: a message with a place and a way out, the right exit code, no panic.

mod tool;

use std::time::{Duration, Instant};
use tool::{Folder, SHOP};

const FINE: i32 = 0;
const USAGE: i32 = 2;
const DOES_NOT_COMPILE: i32 = 3;

/// Far above what any of these inputs takes, far below what a quadratic step would.
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn a_missing_file() {
    let run = Folder::new("missing").gwc(&["check", "nowhere.gw"]);
    run.says(
        DOES_NOT_COMPILE,
        &["GW0107", "`nowhere.gw`", "no such file", "help"],
    );
}

#[test]
fn a_directory() {
    let folder = Folder::new("directory");
    std::fs::create_dir(folder.path("policy.gw")).unwrap();
    let run = folder.gwc(&["check", "policy.gw"]);
    run.says(DOES_NOT_COMPILE, &["GW0107", "it is a directory", "help"]);
}

/// What has no end, or waits for another side, is refused before a byte of it is read.
#[cfg(unix)]
#[test]
fn files_that_are_not_regular() {
    let folder = Folder::new("irregular");
    let pipe = folder.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    folder
        .gwc(&["check", "pipe"])
        .says(DOES_NOT_COMPILE, &["GW0107", "no regular file", "`-`"]);
    for (line, place) in [
        ("import \"./pipe\"", "policy.gw:2:8"),
        ("import \"/dev/zero\"", "policy.gw:2:8"),
        ("schema A = json_schema(\"/dev/zero\")", "policy.gw:2:24"),
        ("schema A = openapi(\"./pipe\").A", "policy.gw:2:20"),
    ] {
        folder.write("policy.gw", format!("gw 1\n{line}\n"));
        let run = folder.gwc(&["check", "policy.gw"]);
        run.says(
            DOES_NOT_COMPILE,
            &["GW0107", place, "a device, a pipe or a socket"],
        );
    }
}

#[test]
fn standard_input_is_no_file_of_a_policy() {
    let folder = Folder::with("dash", "policy.gw", "gw 1\nimport \"-\"\n");
    let run = folder.gwc_reading(&["check", "policy.gw"], b"gw 1\n");
    run.says(DOES_NOT_COMPILE, &["GW0107", "policy.gw:2:8"]);
}

#[test]
fn an_empty_file() {
    let run = Folder::with("empty", "policy.gw", "").gwc(&["check", "policy.gw"]);
    run.says(
        DOES_NOT_COMPILE,
        &["GW0013", "policy.gw:1:1", "holds no policy", "gw 1"],
    );
}

#[test]
fn nothing_on_standard_input() {
    let run = Folder::new("stdin").gwc_reading(&["check", "-"], b"");
    run.says(DOES_NOT_COMPILE, &["GW0013"]);
}

#[test]
fn invalid_utf_8_after_some_valid_lines() {
    let mut bytes = SHOP.as_bytes().to_vec();
    bytes.extend_from_slice(b"// caf\xE9\n");
    let run = Folder::with("utf8", "policy.gw", bytes).gwc(&["check", "policy.gw"]);
    let last = format!("line {}", SHOP.lines().count() + 1);
    run.says(DOES_NOT_COMPILE, &["GW0006", "0xE9", &last, "UTF-8"]);
}

#[test]
fn sixteen_mebibytes_of_noise() {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        b" \n{}[]()\"'=:;,/.#a1\\"[(state >> 32) as usize % 20]
    };
    let bytes: Vec<u8> = (0..16 << 20).map(|_| noise()).collect();
    let folder = Folder::with("noise", "policy.gw", bytes);
    let start = Instant::now();
    let run = folder.gwc(&["check", "policy.gw"]);
    run.says(DOES_NOT_COMPILE, &["GW00", "policy.gw", "error"]);
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    assert!(
        run.all().len() < 1 << 20,
        "{} bytes of findings",
        run.all().len()
    );
}

#[test]
fn more_than_sixteen_mebibytes() {
    let bytes = vec![b' '; (16 << 20) + 1];
    let run = Folder::with("large", "policy.gw", bytes).gwc(&["check", "policy.gw"]);
    run.says(
        DOES_NOT_COMPILE,
        &["GW0007", "more than 16777216", "import"],
    );
    assert!(
        run.all().len() < 4096,
        "{} bytes for one finding",
        run.all().len()
    );
}

#[test]
fn ten_thousand_brackets() {
    let folder = Folder::new("deep");
    for (name, open, close) in [
        ("braces", "x {", "}"),
        ("parentheses", "(", ")"),
        ("lists", "[", "]"),
    ] {
        let (opening, closing) = (open.repeat(10_000), close.repeat(10_000));
        folder.write("policy.gw", format!("gw 1\nlet a = {opening}1{closing}\n"));
        let start = Instant::now();
        let run = folder.gwc(&["check", "policy.gw"]);
        run.says(DOES_NOT_COMPILE, &["GW0008", "250", "policy.gw:2"]);
        assert!(start.elapsed() < PATIENCE, "{name}: {:?}", start.elapsed());
    }
}

#[test]
fn ten_thousand_operators() {
    let long = vec!["request.path == \"/\""; 10_000].join(" && ");
    let folder = Folder::with("long", "policy.gw", format!("gw 1\nlet a = {long}\n"));
    let run = folder.gwc(&["check", "policy.gw"]);
    assert!(!run.err.contains("panicked") && run.code >= 0, "{run:#?}");
}

#[test]
fn a_file_that_imports_itself() {
    let text = "gw 1\nimport \"./policy.gw\"\n";
    let run = Folder::with("itself", "policy.gw", text).gwc(&["check", "policy.gw"]);
    run.says(
        DOES_NOT_COMPILE,
        &["GW0108", "`policy.gw` → `policy.gw`", "third"],
    );
}

#[test]
fn two_files_that_import_each_other() {
    let folder = Folder::with("circle", "a.gw", "gw 1\nimport \"./b.gw\"\n");
    folder.write("b.gw", "gw 1\nimport \"./a.gw\"\n");
    let run = folder.gwc(&["check", "a.gw"]);
    run.says(DOES_NOT_COMPILE, &["GW0108", "`a.gw` → `b.gw` → `a.gw`"]);
}

#[cfg(unix)]
#[test]
fn a_circle_through_a_symbolic_link() {
    let folder = Folder::with("link", "a.gw", "gw 1\nimport \"./other.gw\"\n");
    std::os::unix::fs::symlink("a.gw", folder.path("other.gw")).unwrap();
    let run = folder.gwc(&["check", "a.gw"]);
    run.says(DOES_NOT_COMPILE, &["GW0108", "`a.gw` → `other.gw`"]);
}

#[test]
fn unknown_blocks() {
    let text = "gw 1\nplugin cors { }\nlistner http { bind = \":8080\" }\n";
    let run = Folder::with("blocks", "policy.gw", text).gwc(&["check", "policy.gw"]);
    run.says(
        DOES_NOT_COMPILE,
        &[
            "GW0103",
            "`plugin`",
            "`listner`",
            "did you mean `listener`?",
        ],
    );
}

#[test]
fn parameters_that_are_not_assignments() {
    let folder = Folder::with("set", "policy.gw", SHOP);
    let check = |args: &[&str]| folder.gwc(&[&["check", "policy.gw"], args].concat());
    check(&["--set", "host"]).says(USAGE, &["--set", "`host`", "NAME=VALUE"]);
    check(&["--set", "=x"]).says(USAGE, &["NAME=VALUE"]);
    check(&["--set", "hots=x"]).says(DOES_NOT_COMPILE, &["GW0111", "`hots`"]);
}

#[test]
fn vars_files_that_cannot_be_used() {
    let folder = Folder::with("vars", "policy.gw", SHOP);
    let check = |file: &str| folder.gwc(&["check", "policy.gw", "--vars", file]);
    check("nowhere.vars").says(USAGE, &["nowhere.vars", "cannot be read"]);
    folder.write("bad.vars", "# production\nhost: api.example\n");
    check("bad.vars").says(USAGE, &["bad.vars", "line 2", "`host: api.example`"]);
    folder.write("latin.vars", b"host=caf\xE9\n");
    check("latin.vars").says(USAGE, &["latin.vars", "UTF-8"]);
}

#[test]
fn command_lines_that_say_nothing() {
    let folder = Folder::with("usage", "policy.gw", SHOP);
    folder.gwc(&[]).says(USAGE, &["Usage"]);
    folder
        .gwc(&["chekc", "policy.gw"])
        .says(USAGE, &["chekc", "check"]);
    folder.gwc(&["check"]).says(USAGE, &["FILE"]);
    folder
        .gwc(&["check", "policy.gw", "--format", "xml"])
        .says(USAGE, &["xml", "json"]);
    folder
        .gwc(&["explain", "GW9999"])
        .says(USAGE, &["GW9999", "GW0301"]);
    folder
        .gwc(&["explain", "route", "nope", "policy.gw"])
        .says(USAGE, &["`nope`"]);
    folder
        .gwc(&["explain", "request", "GET", "policy.gw"])
        .says(USAGE, &["'GET /path'"]);
    folder
        .gwc(&["--help"])
        .says(FINE, &["check", "fmt", "explain"]);
}

#[test]
fn a_test_of_a_policy_that_does_not_compile() {
    let folder = Folder::with(
        "broken",
        "policy.gw",
        "gw 1\nroute home GET / { to nowhere }\n",
    );
    folder
        .gwc(&["test", "policy.gw"])
        .says(DOES_NOT_COMPILE, &["GW0101"]);
    folder
        .gwc(&["build", "policy.gw", "-o", "policy.gwb"])
        .says(DOES_NOT_COMPILE, &["GW0101"]);
    assert!(!folder.path("policy.gwb").exists());
}

#[test]
fn an_output_that_cannot_be_written() {
    let folder = Folder::with("output", "policy.gw", SHOP);
    let run = folder.gwc(&["build", "policy.gw", "-o", "no/such/folder.gwb"]);
    run.says(USAGE, &["no/such/folder.gwb", "cannot be written"]);
}

/// Declarations that lead from one to the next, far beyond what a stack holds.
#[test]
fn chains_of_ten_thousand_declarations() {
    let chain = |line: &dyn Fn(usize) -> String| -> String {
        (0..10_000).map(line).collect::<Vec<_>>().join("\n")
    };
    let schemas = chain(&|n| format!("schema S{n} {{ x: S{} }}", n + 1));
    let backends = chain(&|n| format!("backend b{n} like b{} {{ }}", n + 1));
    let lets = chain(&|n| format!("let a{n} = a{} && true", n + 1));
    let policies = [
        (
            "schemas",
            format!("{schemas}\nschema S10000 {{ x: string }}"),
            "64 schemas",
        ),
        (
            "backends",
            format!("{backends}\nbackend b10000 {{ target = echo() }}"),
            "32 backends",
        ),
        (
            "lets",
            format!(
                "{lets}\nlet a10000 = true\nroute r GET / when a0 {{ public \"x\"; respond 200 }}"
            ),
            "GW0603",
        ),
    ];
    let folder = Folder::new("chains");
    for (name, text, expected) in policies {
        folder.write("policy.gw", format!("gw 1\n{text}\n"));
        let start = Instant::now();
        folder
            .gwc(&["check", "policy.gw"])
            .says(DOES_NOT_COMPILE, &[expected]);
        assert!(start.elapsed() < PATIENCE, "{name}: {:?}", start.elapsed());
    }
}

#[test]
fn ten_thousand_findings_are_counted_but_not_all_drawn() {
    let lines: String = (0..10_000)
        .map(|n| format!("rout r{n} GET /{n} {{ }}\n"))
        .collect();
    let folder = Folder::with("many", "policy.gw", format!("gw 1\n{lines}"));
    let run = folder.gwc(&["check", "policy.gw"]);
    run.says(
        DOES_NOT_COMPILE,
        &[
            "did you mean `route`?",
            "9900 more are not shown",
            "10000 errors",
        ],
    );
    let json = folder.gwc(&["check", "policy.gw", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(report["errors"], 10_000);
}
