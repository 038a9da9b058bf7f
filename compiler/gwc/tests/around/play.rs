//! `gwc play`, at its JSON interface.

use crate::tool::{Folder, SHOP};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// A playground that runs.
struct Play {
    child: Child,
    address: String,
}

impl Drop for Play {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Play {
    fn new(folder: &Folder, args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gwc"))
            .arg("play")
            .args(args)
            .current_dir(folder.path("."))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.split("http://").nth(1).unwrap().trim_end();
        let address = address.trim_end_matches('/').to_owned();
        assert!(address.starts_with("127.0.0.1:"), "{line}");
        Self { child, address }
    }

    /// Sends a request as it stands; the status, the head and the body.
    fn raw(&self, request: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_owned(), body.to_owned())
    }

    fn get(&self, path: &str) -> (u16, String, String) {
        self.raw(&format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n",
            self.address
        ))
    }

    fn post(&self, path: &str, headers: &str, body: &str) -> (u16, Value) {
        let length = body.len();
        let (status, _, body) = self.raw(&format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\n{headers}Content-Length: {length}\r\n\r\n{body}",
            self.address
        ));
        (status, serde_json::from_str(&body).unwrap())
    }

    fn ask(&self, question: &str, asked: Value) -> (u16, Value) {
        let path = format!("/api/{question}");
        self.post(
            &path,
            "Content-Type: application/json\r\n",
            &asked.to_string(),
        )
    }
}

#[test]
fn it_checks_formats_tests_and_explains() {
    let play = Play::new(&Folder::new("play"), &[]);
    let (status, right) = play.ask("check", json!({ "policy": SHOP }));
    assert_eq!((status, &right["errors"]), (200, &json!(0)), "{right}");

    let wrong = SHOP.replace("jwt.org == path.org", "jwt.orgg == path.org");
    for question in ["check", "test", "explain"] {
        let asked = json!({ "policy": wrong, "request": "GET /" });
        let (status, found) = play.ask(question, asked);
        assert_eq!(
            (status, &found["diagnostics"][0]["code"]),
            (200, &json!("GW0202"))
        );
        assert_eq!(
            found["diagnostics"][0]["fix"]["edits"][0]["replacement"],
            "org"
        );
    }

    let untidy = "gw 1\nlistener   http {bind=\":8080\"}\n";
    let (_, formatted) = play.ask("format", json!({ "policy": untidy }));
    assert_eq!(
        formatted["policy"],
        "gw 1\nlistener http { bind = \":8080\" }\n"
    );
    let (_, broken) = play.ask("format", json!({ "policy": "gw 1\nlistener {" }));
    assert_eq!(broken["diagnostics"][0]["code"], "GW0002");

    let (_, tested) = play.ask("test", json!({ "policy": SHOP }));
    assert_eq!(
        (&tested["tests"][0]["passed"], &tested["failed"]),
        (&json!(true), &json!(0))
    );

    let claims = json!({ "sub": "u1", "org": "acme", "roles": ["viewer"] });
    let asked = json!({ "policy": SHOP, "request": "POST /v1/acme/orders", "jwt": claims });
    let (_, explained) = play.ask("explain", asked);
    let text = explained["text"].as_str().unwrap();
    assert!(text.contains("false   Role.editor in jwt.roles"), "{text}");
    assert!(
        text.ends_with("= 403 no allow matched by writes\n"),
        "{text}"
    );
}

#[test]
fn its_page_holds_the_policy_and_loads_nothing_from_elsewhere() {
    let policy = "gw 1\n// </textarea><script>alert(1)</script> & {policy}\n";
    let folder = Folder::with("play_page", "policy.gw", policy);
    let play = Play::new(&folder, &["policy.gw"]);
    let (status, head, page) = play.get("/");
    assert_eq!(status, 200);
    assert!(head.contains("content-security-policy: default-src 'none'; script-src 'self';"));
    assert!(
        page.contains("// &lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; {policy}")
    );
    for (path, kind) in [("/page.js", "text/javascript"), ("/page.css", "text/css")] {
        assert!(page.contains(&format!("\"{path}\"")), "{page}");
        let (status, head, body) = play.get(path);
        assert_eq!(status, 200);
        assert!(head.contains(kind), "{head}");
        assert!(
            !body.contains("http://") && !body.contains("https://"),
            "{path}"
        );
    }
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "{page}"
    );
}

#[test]
fn other_hosts_pages_and_kinds_of_bodies_are_refused() {
    let play = Play::new(&Folder::new("play_refuses"), &["--port", "0"]);
    let address = play.address.clone();
    let port = address.split(':').next_back().unwrap();
    let get = |host: &str| play.raw(&format!("GET / HTTP/1.1\r\n{host}\r\n")).0;
    assert_eq!(get(&format!("Host: localhost:{port}\r\n")), 200);
    assert_eq!(get(&format!("Host: rebound.example:{port}\r\n")), 421);
    assert_eq!(get("Host: 127.0.0.1:1\r\n"), 421);
    assert_eq!(get("Host: 127.0.0.1\r\n"), 421);
    assert_eq!(get(""), 421);
    let twice = format!("Host: {address}\r\nHost: evil.example\r\n");
    assert_eq!(get(&twice), 421);

    let body = json!({ "policy": SHOP }).to_string();
    let post = |headers: &str| play.post("/api/check", headers, &body).0;
    let json = "Content-Type: application/json; charset=utf-8\r\n";
    assert_eq!(post(json), 200);
    assert_eq!(post(&format!("{json}Origin: http://{address}\r\n")), 200);
    assert_eq!(post(&format!("{json}Origin: http://evil.example\r\n")), 403);
    assert_eq!(post(&format!("{json}Origin: null\r\n")), 403);
    assert_eq!(post("Content-Type: text/plain\r\n"), 415);
    assert_eq!(post(""), 415);
    assert_eq!(play.get("/api/check").0, 405);
    assert_eq!(play.post("/", json, &body).0, 405);
    assert_eq!(play.get("/etc/passwd").0, 404);

    assert_eq!(play.post("/api/check", json, "{").0, 400);
    assert_eq!(
        play.post("/api/check", json, "{\"policy\": \"\", \"x\": 1}")
            .0,
        400
    );
    let host = format!("Host: {address}\r\n");
    let raw = |rest: &str| {
        play.raw(&format!("POST /api/check HTTP/1.1\r\n{host}{rest}\r\n"))
            .0
    };
    assert_eq!(raw("Content-Length: 99999999999\r\n"), 413);
    assert_eq!(raw("Content-Length: x\r\n"), 400);
    assert_eq!(raw("Transfer-Encoding: chunked\r\n"), 411);
    assert_eq!(play.raw("nonsense\r\n\r\n").0, 400);
}

#[test]
fn a_policy_reads_no_other_file() {
    let folder = Folder::with("play_import", "other.gw", "gw 1\nenum A { b }\n");
    let play = Play::new(&folder, &[]);
    let policy = "gw 1\nimport \"./other.gw\" { A }\n";
    let (_, found) = play.ask("check", json!({ "policy": policy }));
    assert!(
        found.to_string().contains("the playground has one file"),
        "{found}"
    );
}
