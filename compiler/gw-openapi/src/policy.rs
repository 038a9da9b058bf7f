//! The policy as text, before it is formatted.

use crate::notes::Notes;
use crate::operation::Routes;
use crate::scheme::{self, Identity, Scheme};
use crate::server::Server;
use crate::words::{self, Words, camel, snake};
use crate::{path, text};
use gw_schema::Document;

/// A policy under way.
#[derive(Debug)]
pub(crate) struct Policy {
    title: String,
    documentation: String,
    service: String,
    server: Server,
    schemes: Vec<Scheme>,
    enums: Enums,
    routes: String,
}

/// The schemas of what credentials yield.
const CLAIMS: &str = "Claims";
const KEY_OWNER: &str = "KeyOwner";

/// Where clients show certificates, and what that takes.
const CERTIFIED: &str = "param listen: string = \":8443\"
param server_cert: string = \"./server.crt\"
param server_key: string = \"./server.key\"
param client_ca: string = \"./clients.pem\"
";
const CERTIFIED_LISTENER: &str = "
listener https {
  bind = listen
  tls {
    cert = file(server_cert)
    key = file(server_key)
    // Routes say who needs a certificate.
    client { ca = file(client_ca), required = false }
  }
}
";

/// Translates a description; `path` is how the policy can name it.
pub(crate) fn of(document: &Document, path: Option<&str>, notes: &mut Notes) -> Policy {
    let mut words = Words::default();
    let info = document.member("info");
    let title = document.text(info, "title").unwrap_or("API");
    let version = document.text(info, "version").unwrap_or_default();
    for own in [
        "api",
        "api_url",
        "api_host",
        "server_cert",
        "server_key",
        "client_ca",
    ] {
        words.take(own, "");
    }
    let service = words.take(&snake(title, "service"), "_service");
    let server = Server::of(document, notes);
    let schemes = scheme::all(document, &mut words, notes);
    let mut routes = Routes::new(document, &schemes, Enums::new(path));
    let text_of_routes = routes.all(notes);
    let enums = routes.enums;
    if document
        .members(document.member("webhooks"))
        .next()
        .is_some()
    {
        notes.say("webhooks are not carried");
    }
    if let (Some(path), [first, ..]) = (path, records(document).as_slice()) {
        let declaration = format!(
            "schema {} = openapi({}).{first}",
            camel(first, "Schema"),
            text::quoted(path)
        );
        notes.say(format!(
            "schemas are declared where they are needed, as in `{declaration}`"
        ));
    }
    for reference in document.loose_references() {
        notes.about("references that cannot be followed", &reference);
    }
    // What no route asks for would only be in the way.
    let used = |s: &Scheme| asks_for(&text_of_routes, &s.name);
    let schemes: Vec<Scheme> = schemes.iter().filter(|s| used(s)).cloned().collect();
    Policy {
        title: text::line(&format!("{title} {version}")),
        documentation: text::documentation(&[
            title,
            document.text(info, "description").unwrap_or_default(),
        ]),
        service,
        server,
        schemes,
        enums,
        routes: text_of_routes,
    }
}

/// The names of the schemas that have fields.
fn records(document: &Document) -> Vec<&str> {
    let components = document.get(document.member("components"), "schemas");
    let fields = |schema| !document.get(schema, "properties").is_null();
    let all = document.members(components);
    all.filter(|(name, schema)| words::is_name(name) && fields(schema))
        .map(|(name, _)| name)
        .collect()
}

/// Whether an `authn` statement of the routes names this one.
fn asks_for(routes: &str, name: &str) -> bool {
    let statements = routes.lines().filter_map(|l| l.strip_prefix("authn "));
    let mut names = statements.flat_map(|s| s.split([' ', ',', '[', ']']));
    names.any(|n| n == name)
}

impl Policy {
    /// The whole text, with notes as comments.
    pub(crate) fn render(&self, name: &str, notes: &[String]) -> String {
        let mut out = String::from("gw 1\n\n");
        let source = text::line(name);
        out.push_str(&text::wrapped(
            "//",
            "//",
            &format!("Made from {source}: {}.", self.title),
        ));
        if !notes.is_empty() {
            out.push_str("//\n// What the description says and this policy does not:\n");
        }
        for note in notes {
            out.push_str(&text::wrapped("// -", "//  ", note));
        }
        out.push_str(match self.asks_for_certificates() {
            true => CERTIFIED,
            false => "param listen: string = \":8080\"\n",
        });
        let origin = self
            .server
            .origin
            .as_deref()
            .unwrap_or("http://127.0.0.1:9000");
        out.push_str(&format!("param api_url: url = {}\n", text::quoted(origin)));
        if let Some(host) = &self.server.host {
            out.push_str(&format!("param api_host: host = {}\n", text::quoted(host)));
        }
        out.push_str(match self.asks_for_certificates() {
            true => CERTIFIED_LISTENER,
            false => "\nlistener http { bind = listen }\n",
        });
        out.push_str("\nbackend api { target = api_url }\n\n");
        out.push_str(&self.identities());
        out.push_str(&self.enums.render());
        out.push_str(&self.service());
        out
    }

    fn asks_for_certificates(&self) -> bool {
        let mut schemes = self.schemes.iter();
        schemes.any(|s| s.identity == Identity::Certificate)
    }

    fn identities(&self) -> String {
        let has = |identity| self.schemes.iter().any(|s| s.identity == identity);
        let mut out = String::new();
        if has(Identity::Token) {
            out.push_str(&format!(
                "schema {CLAIMS} {{ sub: string, scope?: string }}\n\n"
            ));
        }
        if has(Identity::Key) {
            out.push_str(&format!("schema {KEY_OWNER} {{ owner: string }}\n\n"));
        }
        let mut seen: Vec<&str> = Vec::new();
        for scheme in &self.schemes {
            // Several schemes may be one identity.
            if !seen.contains(&scheme.name.as_str()) {
                out.push_str(&format!("{}\n", scheme.text));
                seen.push(&scheme.name);
            }
        }
        out
    }

    fn service(&self) -> String {
        if self.routes.is_empty() {
            return "// The description has no operation that could be carried.\n".to_owned();
        }
        let on = match self.server.host {
            Some(_) => " on api_host",
            None => "",
        };
        let prefix = match self.server.prefix.as_str() {
            "" => String::new(),
            prefix => format!(" prefix {prefix}"),
        };
        format!(
            "{}service {}{on}{prefix} {{\n{}}}\n",
            self.documentation,
            self.service,
            self.routes.trim_start()
        )
    }
}

/// Enumerations of path parameters, shared where they are the same.
#[derive(Debug)]
pub(crate) struct Enums {
    names: Words,
    /// How the policy names the description, where it can.
    path: Option<String>,
    all: Vec<(String, Variants)>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Variants {
    /// Those of a schema of the description.
    Described(String),
    Listed(Vec<String>),
}

impl Enums {
    pub(crate) fn new(path: Option<&str>) -> Self {
        let mut names = Words::default();
        for schema in [CLAIMS, KEY_OWNER] {
            names.take(schema, "");
        }
        Self {
            names,
            path: path.map(str::to_owned),
            all: Vec::new(),
        }
    }

    /// `:PetKind` where every variant is a name, else a pattern that takes exactly the variants.
    pub(crate) fn constraint(&mut self, parameter: &str, variants: Vec<String>) -> String {
        match are_names(&variants) {
            true => self.declared(parameter, Variants::Listed(variants)),
            false => path::alternatives(&variants).unwrap_or_default(),
        }
    }

    /// The same for a schema of the description: the policy refers to it, so that the description
    /// stays the truth.
    pub(crate) fn described(&mut self, component: &str, variants: Vec<String>) -> String {
        match self.path.is_some() && are_names(&variants) {
            true => self.declared(component, Variants::Described(component.to_owned())),
            false => self.constraint(component, variants),
        }
    }

    fn declared(&mut self, wish: &str, variants: Variants) -> String {
        if let Some((name, _)) = self.all.iter().find(|(_, of)| *of == variants) {
            return format!(":{name}");
        }
        let name = self.names.take(&camel(wish, "Kind"), "Kind");
        self.all.push((name.clone(), variants));
        format!(":{name}")
    }

    fn render(&self) -> String {
        let path = text::quoted(self.path.as_deref().unwrap_or_default());
        let all = self.all.iter();
        all.map(|(name, variants)| match variants {
            Variants::Described(component) => {
                format!("enum {name} = openapi({path}).{component}\n\n")
            }
            Variants::Listed(variants) => format!("enum {name} {{ {} }}\n\n", variants.join(", ")),
        })
        .collect()
    }
}

/// Whether variants can be those of an enum of the language.
fn are_names(variants: &[String]) -> bool {
    let once = |v: &String| variants.iter().filter(|w| *w == v).count() == 1;
    variants.iter().all(|v| words::is_name(v) && once(v))
}
