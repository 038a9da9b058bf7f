//! `gwc doc` of a policy.

use crate::tool::{Folder, SHOP};

/// A shop with documentation, a limit and text that both formats have to escape.
fn documented() -> String {
    let routes = "  /// Creates an *order*: `{ sku, qty }`.\n  ///\n  /// Twice is <twice>.\n  route order POST";
    SHOP.replacen("gw 1\n", "/// The API of the shop.\ngw 1\n", 1)
        .replace("service shop", "/// Version 1.\nservice shop")
        .replace("  route order POST", routes)
        .replace(
            "    use policy writes\n",
            "    use policy writes\n    use limit few\n",
        )
        .replace(
            "public \"the catalogue is public\"",
            "public \"everybody | <b>may</b> look\"",
        )
        .replace(
            "policy writes {",
            "/// Few are enough.\nlimit few { key = source.ip, rate = 5/min }\n\npolicy writes {",
        )
}

#[test]
fn markdown_says_what_holds_for_each_route() {
    let folder = Folder::with("doc_markdown", "policy.gw", documented());
    let run = folder.gwc(&["doc"]);
    run.says(
        0,
        &[
            "# policy.gw\n\nThe API of the shop.\n",
            "| [shop.product](#shopproduct) | GET | `/v1/{org}/products/{id:int}` | everybody |",
            "| [shop.order](#shoporder) | POST | `/v1/{org}/orders` | idp |",
            "## Service shop\n\nVersion 1.\n",
            "### shop.order\n\n`POST /v1/{org}/orders`\n\nCreates an *order*: `{ sku, qty }`.\n\nTwice is <twice>.\n\nAsks for idp.\n",
            "**Rules**\n\nwrites:\n\n```gw\ndeny when jwt.sub == \"blocked\" reason \"account blocked\"\n```\n",
            "**Limits**\n\nroute order:\n\n```gw\nuse limit few\n```\n",
            "**Goes to**\n\nroute product:\n\n```gw\nto api { path = \"/p/{path.id}\" }\n```\n",
            "| 403 | account blocked; deny rule failed; no allow matched |",
            "| 429 | rate limited |",
            "| 503 | backend unavailable |",
            "## Public routes\n\n| route | why |\n|---|---|\n| [shop.product](#shopproduct) | everybody \\| \\<b\\>may\\</b\\> look |\n",
            "### `few`\n\nCounts requests.\n\nFew are enough.\n\n```gw\nlimit few { key = source.ip, rate = 5/min }\n```\n",
            "`http://127.0.0.1:9000`",
        ],
    );
    let product = run
        .out
        .split("### ")
        .find(|s| s.starts_with("shop.product"));
    let product = product.unwrap_or_default();
    assert!(!product.contains("| 401 |"), "{product}");
    assert!(!product.contains("| 403 |"), "{product}");
    assert!(!product.contains("| 429 |"), "{product}");
}

#[test]
fn html_is_one_well_formed_page_that_needs_nothing_else() {
    let folder = Folder::with("doc_html", "policy.gw", documented());
    let page = folder.gwc(&["doc", "policy.gw", "--format", "html"]);
    page.says(
        0,
        &[
            "everybody | &lt;b&gt;may&lt;/b&gt; look",
            "<code>{ sku, qty }</code>",
            "<section id=\"shop.order\">",
            "<a href=\"#shop.order\">order</a>",
        ],
    );
    for outside in ["http-equiv", "src=", "url(", "@import", "<script", "<link"] {
        assert!(!page.out.contains(outside), "{outside}");
    }
    let xml = page.out.replacen("<!doctype html>", "", 1);
    let xml = xml
        .replace("<meta charset=\"utf-8\">", "")
        .replace(
            "<meta name=\"viewport\" content=\"width=device-width\">",
            "",
        )
        .replace("<meta name=\"color-scheme\" content=\"light dark\">", "");
    let tree = roxmltree::Document::parse(&xml).unwrap();
    let ids: Vec<&str> = tree
        .descendants()
        .filter_map(|n| n.attribute("id"))
        .collect();
    let links = tree.descendants().filter_map(|n| n.attribute("href"));
    for link in links {
        assert!(
            ids.contains(&link.trim_start_matches('#')),
            "{link} of {ids:?}"
        );
    }
}

#[test]
fn every_example_has_a_reference() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    let folder = Folder::new("doc_examples");
    for entry in std::fs::read_dir(examples).unwrap() {
        let path = entry.unwrap().path();
        let Some(file) = path.to_str().filter(|p| p.ends_with(".gw")) else {
            continue;
        };
        folder
            .gwc(&["doc", file])
            .says(0, &["## Answers of every route"]);
        folder
            .gwc(&["doc", file, "--format", "html"])
            .says(0, &["</html>"]);
    }
}

/// Types that the policy writes, and one that its description has inside another.
const TYPES: &str = r#"gw 1
import "./kinds.gw"
/// What tokens say.
schema Claims {
  sub: string
  /// Where they work | as a slug.
  org: slug
  level?: int 1..=9
  tags: list<string max 8> max 3
  code: string min 2 max 2 matches "[a-z]+|[0-9]+"
  role: Role
}
schema Entry = json_schema("./entry.json")
listener http { bind = ":8080" }
table entries: map<hash, Entry> { source = file("entries.ndjson") }
authn idp: jwt<Claims> { audience = "a", algorithms = [RS256], keys = file("keys.json") }
authn key: api_key<Entry> { store = entries }
route home GET / { authn any_of [idp, key]; allow; respond 204 }
"#;

fn typed(name: &str) -> Folder {
    let folder = Folder::with(name, "policy.gw", TYPES);
    folder.write(
        "kinds.gw",
        "gw 1\n\n/// Who they are.\nenum Role { user, admin inherits user }\n",
    );
    let entry = r##"{ "type": "object", "properties": { "at": { "$ref": "#/$defs/Place" } },
        "$defs": { "Place": { "type": "object", "required": ["town"],
            "properties": { "town": { "type": "string", "description": "Its name <here>." } } } } }"##;
    folder.write("entry.json", entry);
    folder
}

#[test]
fn types_are_told_field_by_field() {
    let run = typed("doc_types").gwc(&["doc"]);
    run.says(
        0,
        &[
            "### `Role`\n\nOne of a few texts.\n\nWho they are.\n\n- `user`\n- `admin`, which stands also for user\n\n```gw\nenum Role {",
            "## Types\n\n### `Claims`\n\nA record.\n\nWhat tokens say.\n\n| field | type | constraints | meaning |\n|---|---|---|---|\n| `sub` | `string` | required |  |\n",
            "| `org` | `slug` | required | Where they work \\| as a slug. |\n",
            "| `level` | `int` | may be absent, 1 to 9 |  |\n",
            "| `tags` | `list<string max 8>` | required, at most 3 elements |  |\n",
            "| `code` | `string` | required, exactly 2 characters, matches `[a-z]+\\|[0-9]+` |  |\n",
            "### `Entry`\n\nA record.\n\n| field | type | constraints |\n|---|---|---|\n| `at` | `Place` | may be absent |\n\n```gw\nschema Entry = json_schema(\"./entry.json\")\n```\n",
            "### `Place`\n\nA record.\n\n| field | type | constraints | meaning |\n|---|---|---|---|\n| `town` | `string` | required | Its name <here>. |\n",
        ],
    );
}

#[test]
fn types_stand_in_the_page_too() {
    let run = typed("doc_types_html").gwc(&["doc", "--format", "html"]);
    run.says(
        0,
        &[
            "<a href=\"#Types\">Types</a>",
            "<li><code>admin</code>, which stands also for user</li>",
            "<th scope=\"row\"><code>level</code></th><td><code>int</code></td><td>may be absent, 1 to 9</td>",
            "matches <code>[a-z]+|[0-9]+</code>",
            "<td>Its name &lt;here&gt;.</td>",
        ],
    );
}

#[test]
fn a_policy_that_does_not_compile_has_none() {
    let folder = Folder::with("doc_broken", "policy.gw", "gw 1\nlistener http {\n");
    let run = folder.gwc(&["doc", "policy.gw"]);
    run.says(3, &["GW0002"]);
    assert_eq!(run.out, "");
}
