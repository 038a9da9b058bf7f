//! The binary as its users run it: arguments, exit codes, reloads, signals.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

const GATEWAY: &str = env!("CARGO_BIN_EXE_gateway");
const PATIENCE: Duration = Duration::from_secs(30);

fn policy(text: &str) -> String {
    format!(
        "gw 1\nparam word: string = \"none\"\nlistener http {{ bind = \"127.0.0.1:0\" }}\n\
         route all /** {{ public \"test\"; respond 200 \"{text}\" }}\n\
         route said /said {{ public \"test\"; respond 200 {{ body = word }} }}\n"
    )
}

struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
    address: String,
    admin: String,
}

impl Running {
    fn start(file: &Path, more: &[&str]) -> Self {
        let mut child = Command::new(GATEWAY)
            .arg("run")
            .arg(file)
            .args(["--admin", "127.0.0.1:0", "--workers", "2"])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert!(line.starts_with("gw: ready  http://"), "{line}");
        let after = |mark: &str| {
            let rest = line.split_once(mark).unwrap().1;
            rest.split_whitespace().next().unwrap().to_owned()
        };
        let (address, admin) = (after("ready  http://"), after("admin http://"));
        Self {
            child,
            out,
            address,
            admin,
        }
    }

    fn get(&self, path: &str) -> String {
        ask(&self.address, path)
    }

    /// Asks until the answer is as wanted.
    fn until(&self, address: &str, path: &str, wanted: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = ask(address, path);
            if answer.contains(wanted) {
                return answer;
            }
            assert!(Instant::now() < deadline, "no {wanted:?} in {answer}");
        }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Ends it; the rest of its standard output.
    fn end(mut self) -> String {
        self.signal("TERM");
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        rest
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn ask(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn gateway(args: &[&str]) -> Output {
    Command::new(GATEWAY).args(args).output().unwrap()
}

#[test]
fn serves_reloads_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.gw");
    std::fs::write(&file, policy("one")).unwrap();
    let running = Running::start(&file, &["--set", "word=hello"]);
    assert!(running.get("/").ends_with("\r\n\r\none"));
    assert!(running.get("/said").ends_with("hello"));

    std::fs::write(&file, policy("two")).unwrap();
    running.until(&running.address, "/", "\r\n\r\ntwo");

    std::fs::write(&file, "gw 1\nlistner http { bind = \":0\" }\n").unwrap();
    let status = running.until(&running.admin, "/status", "\"refused\": 1");
    assert!(status.contains("policy.gw:2:1: error[GW0103]"), "{status}");
    assert!(
        running.get("/").ends_with("two"),
        "the old policy stays in service"
    );

    std::fs::write(&file, policy("three")).unwrap();
    running.signal("HUP");
    running.until(&running.address, "/", "\r\n\r\nthree");

    let healthy = gateway(&["healthcheck", "--admin", &running.admin]);
    assert_eq!(healthy.status.code(), Some(0));
    let status = gateway(&["status", "--admin", &running.admin]);
    assert!(
        String::from_utf8(status.stdout)
            .unwrap()
            .contains("\"state\": \"serving\"")
    );
    let admin = running.admin.clone();
    let log = running.end();
    assert!(
        log.lines().count() >= 4 && log.lines().all(|l| l.starts_with("{\"time\":")),
        "{log}"
    );
    assert_eq!(
        gateway(&["healthcheck", "--admin", &admin]).status.code(),
        Some(1)
    );
}

#[test]
fn a_description_is_part_of_the_policy() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.gw");
    let text = "gw 1\nenum Size = openapi(\"api.yaml\").Size\n\
        listener http { bind = \"127.0.0.1:0\" }\n\
        route sized /{size:Size} { public \"test\"; respond 200 \"known\" }\n";
    std::fs::write(&file, text).unwrap();
    let describe = |sizes: &str| {
        let api = format!(
            "openapi: 3.1.0\ninfo: {{ title: A, version: '1' }}\n\
             components: {{ schemas: {{ Size: {{ enum: [{sizes}] }} }} }}\n"
        );
        std::fs::write(folder.path().join("api.yaml"), api).unwrap();
    };
    describe("small");
    let running = Running::start(&file, &[]);
    assert!(running.get("/small").ends_with("known"));
    assert!(running.get("/large").starts_with("HTTP/1.1 404"));

    describe("small, large");
    running.until(&running.address, "/large", "known");

    std::fs::write(folder.path().join("api.yaml"), "openapi: [").unwrap();
    let status = running.until(&running.admin, "/status", "\"refused\": 1");
    assert!(status.contains("policy.gw:2:21: error[GW0120]"), "{status}");
    assert!(running.get("/large").ends_with("known"));
    running.end();
}

#[test]
fn an_artifact_is_served_like_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("policy.gw");
    std::fs::write(&source, policy("from an artifact")).unwrap();
    let entry = source.display().to_string();
    let options = gw_compiler::Options::default();
    let compiled = gw_compiler::compile(&gw_compiler::Disk, &entry, &options).unwrap();
    let artifact = folder.path().join("policy.gwb");
    let mut bytes = gw_graph::encode(&compiled.graph);
    std::fs::write(&artifact, &bytes).unwrap();
    let running = Running::start(&artifact, &[]);
    assert!(running.get("/").ends_with("from an artifact"));
    let id = gw_graph::policy_id(&compiled.graph);
    running.until(&running.admin, "/status", &format!("\"id\": \"{id}\""));
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    std::fs::write(&artifact, &bytes).unwrap();
    running.until(&running.admin, "/status", "\"refused\": 1");
    assert!(
        running.get("/").ends_with("from an artifact"),
        "a damaged artifact is refused"
    );
}

#[test]
fn exit_codes_and_messages() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        path(name)
    };
    let good = write("good.gw", policy("x").as_bytes());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let bound = policy("x").replace("127.0.0.1:0", &taken.local_addr().unwrap().to_string());
    let admin = taken.local_addr().unwrap().to_string();
    for (args, code, text) in [
        (vec!["run".to_owned()], 2, "Usage"),
        (
            vec!["run".to_owned(), good.clone(), "--workers=0".to_owned()],
            2,
            "workers",
        ),
        (
            vec![
                "run".to_owned(),
                good.clone(),
                "--set".to_owned(),
                "x".to_owned(),
            ],
            2,
            "NAME=VALUE",
        ),
        (vec!["run".to_owned(), path("missing.gw")], 3, "missing.gw"),
        (
            vec!["run".to_owned(), folder.path().display().to_string()],
            3,
            "directory",
        ),
        (
            vec!["run".to_owned(), write("empty.gw", b"")],
            3,
            "error[GW",
        ),
        (
            vec!["run".to_owned(), write("latin.gw", b"gw 1\n\xff\xfe")],
            3,
            "GW0006",
        ),
        (
            vec!["run".to_owned(), write("noise.gwb", &[7; 5000])],
            3,
            "noise.gwb",
        ),
        (
            vec!["run".to_owned(), path("missing.gwb")],
            3,
            "cannot be read",
        ),
        (
            vec!["run".to_owned(), write("bound.gw", bound.as_bytes())],
            1,
            "another process uses it",
        ),
        (
            vec!["run".to_owned(), good, "--admin".to_owned(), admin],
            1,
            "--admin",
        ),
    ] {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = gateway(&args);
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {message}");
        assert!(message.contains(text), "{args:?}: {message}");
        assert!(!message.contains("panicked"), "{message}");
    }
    let version = gateway(&["--version"]);
    assert_eq!(version.status.code(), Some(0));
    assert!(
        String::from_utf8(version.stdout)
            .unwrap()
            .starts_with("gateway ")
    );
}

#[test]
fn nothing_else_is_on_standard_output_when_the_log_is_off() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.gw");
    std::fs::write(&file, policy("x")).unwrap();
    let running = Running::start(&file, &["--access-log", "off"]);
    running.get("/");
    let rest = running.end();
    assert!(rest.is_empty(), "{rest}");
}

#[test]
fn the_quickstart_is_served() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/quickstart.gw");
    let running = Running::start(&file, &["--set", "listen=127.0.0.1:0"]);
    assert!(running.get("/").starts_with("HTTP/1.1 200 OK"));
}

#[test]
fn what_belongs_to_an_installation() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let out = gateway(&["completions", shell]);
        let script = String::from_utf8(out.stdout).unwrap();
        for word in ["healthcheck", "access-log"] {
            assert!(script.contains(word), "{shell} completes {word}");
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("pages");
    assert!(
        gateway(&["man", "--dir", pages.to_str().unwrap()])
            .status
            .success()
    );
    let page = std::fs::read_to_string(pages.join("gateway-run.1")).unwrap();
    assert!(page.contains("\\-\\-workers"), "{page}");
    assert!(
        !pages.join("gateway-compile.1").exists(),
        "it is not for users"
    );
    let page = String::from_utf8(gateway(&["man"]).stdout).unwrap();
    assert!(page.contains(".TH gateway 1"), "{page}");
}
