//! The arrows between crates, as ARCHITECTURE.md draws them, against `cargo metadata`.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use std::collections::{BTreeMap, BTreeSet};

/// Every crate with all that it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("gw-syntax", &[]),
    ("gw-expr", &["gw-syntax"]),
    ("gw-graph", &["gw-expr"]),
    ("gw-schema", &["gw-expr", "gw-syntax"]),
    (
        "gw-compiler",
        &["gw-schema", "gw-graph", "gw-expr", "gw-syntax"],
    ),
    ("gw-lsp", &["gw-compiler", "gw-expr", "gw-syntax"]),
    ("gw-openapi", &["gw-compiler", "gw-schema", "gw-syntax"]),
    ("gw-engine", &["gw-graph", "gw-expr"]),
    ("gw-http1", &[]),
    ("gw-http2", &["gw-http1"]),
    ("gw-tls", &[]),
    (
        "gw-proxy",
        &[
            "gw-engine",
            "gw-http1",
            "gw-http2",
            "gw-tls",
            "gw-graph",
            "gw-expr",
        ],
    ),
    (
        "gwc",
        &[
            "gw-compiler",
            "gw-lsp",
            "gw-openapi",
            "gw-engine",
            "gw-graph",
            "gw-expr",
            "gw-syntax",
        ],
    ),
    (
        "gateway",
        &[
            "gw-compiler",
            "gw-proxy",
            "gw-engine",
            "gw-http1",
            "gw-http2",
            "gw-tls",
            "gw-graph",
            "gw-expr",
            "gw-syntax",
        ],
    ),
    (
        "decide",
        &["gw-compiler", "gw-engine", "gw-graph", "gw-expr"],
    ),
    ("latency", &[]),
];

/// Crates that a crate must not name itself. (Types of the tree reach the engine through gw-expr,
/// the parser's crate with them, but nothing there can call it.)
const NOT_DIRECTLY: &[(&str, &[&str])] = &[
    ("gw-expr", &["pest", "pest_derive"]),
    ("gw-graph", &["pest", "pest_derive", "gw-syntax"]),
    ("gw-engine", &["pest", "pest_derive", "gw-syntax"]),
    ("gw-proxy", &["pest", "pest_derive", "gw-syntax", "miette"]),
    ("gw-compiler", &["pest", "pest_derive", "miette", "clap"]),
];

/// Crates that a crate must not reach, not even through other crates of the workspace.
const NOT_AT_ALL: &[(&str, &[&str])] = &[
    ("gw-engine", &["tokio", "hyper", "rustls", "gw-compiler"]),
    ("gw-http1", &["tokio", "hyper", "gw-graph", "gw-engine"]),
    (
        "gw-http2",
        &["tokio", "hyper", "h2", "gw-graph", "gw-engine"],
    ),
    (
        "gw-tls",
        &["tokio", "tokio-rustls", "gw-graph", "gw-engine"],
    ),
    ("gw-proxy", &["gw-compiler", "tokio-rustls"]),
    (
        "gw-compiler",
        &["tokio", "hyper", "rustls", "gw-engine", "gw-proxy"],
    ),
    ("gw-lsp", &["tokio", "hyper", "gw-engine", "gw-proxy"]),
    ("gw-schema", &["tokio", "hyper", "gw-graph", "gw-engine"]),
    ("gw-openapi", &["tokio", "hyper", "gw-engine", "gw-proxy"]),
    ("gw-expr", &["tokio", "hyper"]),
];

fn packages() -> Vec<Package> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .unwrap()
        .packages
}

fn normal_dependencies(package: &Package) -> BTreeSet<String> {
    let normal = package
        .dependencies
        .iter()
        .filter(|d| d.kind == DependencyKind::Normal);
    normal
        .filter(|d| !d.optional)
        .map(|d| d.name.clone())
        .collect()
}

#[test]
fn arrows_point_one_way() {
    for package in packages() {
        let Some((_, allowed)) = ARROWS.iter().find(|(n, _)| *n == package.name.as_str()) else {
            assert_eq!(
                package.name.as_str(),
                "gw-tests",
                "an unknown crate: draw its arrows here"
            );
            continue;
        };
        for name in normal_dependencies(&package)
            .iter()
            .filter(|n| n.starts_with("gw"))
        {
            assert!(
                allowed.contains(&name.as_str()),
                "{} must not depend on {name}",
                package.name
            );
        }
    }
}

#[test]
fn every_crate_is_where_the_map_says() {
    let found: BTreeSet<String> = packages().iter().map(|p| p.name.to_string()).collect();
    for (name, _) in ARROWS {
        assert!(found.contains(*name), "{name} is gone");
    }
    for package in packages() {
        let folder = package.manifest_path.parent().unwrap();
        let named = folder.file_name() == Some(package.name.as_str());
        assert!(
            named || package.name.as_str() == "gw-tests",
            "{folder} is not named after its crate"
        );
    }
}

#[test]
fn neither_side_reaches_over() {
    let direct: BTreeMap<String, BTreeSet<String>> = packages()
        .iter()
        .map(|p| (p.name.to_string(), normal_dependencies(p)))
        .collect();
    for (name, banned) in NOT_DIRECTLY {
        for crate_name in *banned {
            assert!(
                !direct[*name].contains(*crate_name),
                "{name} names {crate_name}"
            );
        }
    }
    for (name, banned) in NOT_AT_ALL {
        let reached = reached(&direct, name);
        for crate_name in *banned {
            assert!(
                !reached.contains(*crate_name),
                "{name} reaches {crate_name}"
            );
        }
    }
}

fn reached(direct: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut todo = vec![from.to_owned()];
    while let Some(next) = todo.pop() {
        for dependency in direct.get(&next).into_iter().flatten() {
            if seen.insert(dependency.clone()) {
                todo.push(dependency.clone());
            }
        }
    }
    seen
}
