//! The built binary, run in a folder of its own for each test.

#![allow(dead_code, reason = "each test binary takes the part that it needs")]
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot read its files has failed"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Both outputs, for assertions that do not care.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// Fails unless the exit code is `code` and the output holds every text.
    #[track_caller]
    pub(crate) fn says(&self, code: i32, texts: &[&str]) -> &Self {
        assert_eq!(self.code, code, "{self:#?}");
        for text in texts {
            assert!(self.all().contains(text), "no `{text}` in {self:#?}");
        }
        assert!(!self.err.contains("panicked"), "{self:#?}");
        self
    }
}

/// A folder with policies.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// An empty folder that belongs to one test.
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The same with one file.
    pub(crate) fn with(name: &str, file: &str, content: impl AsRef<[u8]>) -> Self {
        let folder = Self::new(name);
        folder.write(file, content);
        folder
    }

    pub(crate) fn write(&self, file: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(file), content).unwrap();
    }

    pub(crate) fn read(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.path(file)).unwrap()
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    /// Runs `gwc` in the folder.
    pub(crate) fn gwc(&self, args: &[&str]) -> Run {
        self.gwc_reading(args, b"")
    }

    /// Runs `gwc` in the folder with something on standard input.
    pub(crate) fn gwc_reading(&self, args: &[&str], input: &[u8]) -> Run {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gwc"))
            .args(args)
            .current_dir(&self.0)
            .env("NO_COLOR", "1")
            .env("COLUMNS", "100")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The command may end without reading its input.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A policy with a public route, a guarded one and tests.
pub(crate) const SHOP: &str = r#"gw 1

enum   Role   { viewer, editor }
schema Claims { sub: string, org: string, roles: list<Role> }

listener http { bind = ":8080" }
backend api { target = "http://127.0.0.1:9000" }
authn idp: jwt<Claims> { audience = "shop", algorithms = [RS256], keys = file("keys.json") }

policy writes {
  deny when jwt.sub == "blocked" reason "account blocked"
  allow when Role.editor in jwt.roles && jwt.org == path.org
}

service shop prefix /v1/{org} {
  authn idp
  route product GET /products/{id:int} {
    public "the catalogue is public"
    to api { path = "/p/{path.id}" }
  }
  route order POST /orders {
    use policy writes
    to api
  }
}

test "an editor orders" {
  given jwt { sub: "u1", org: "acme", roles: [editor] }
  when POST /v1/acme/orders
  then status 200, route order, backend api
}
test "a viewer does not" {
  given jwt { sub: "u2", org: "acme", roles: [viewer] }
  when POST /v1/acme/orders
  then status 403, reason "no allow matched", rule writes
}
"#;
