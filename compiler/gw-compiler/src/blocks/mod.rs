//! One file per block: its description and its lowering. A new block is a new file here and a line
//! in the registry.

pub(crate) mod access;
pub(crate) mod action;
pub(crate) mod authn;
pub(crate) mod backend;
pub(crate) mod binding;
pub(crate) mod enumeration;
pub(crate) mod import;
pub(crate) mod limit;
pub(crate) mod limits;
pub(crate) mod lint;
pub(crate) mod listener;
pub(crate) mod mode;
pub(crate) mod param;
pub(crate) mod policy;
pub(crate) mod record;
pub(crate) mod reuse;
pub(crate) mod route;
pub(crate) mod schema;
pub(crate) mod secret;
pub(crate) mod service;
pub(crate) mod table;
pub(crate) mod test;
pub(crate) mod transform;

use crate::cx::Cx;
use crate::resolve::{DeclId, Kind};

/// Lowers every declaration that is part of the policy, and checks those that nothing uses.
pub(crate) fn lower_all(cx: &mut Cx<'_, '_>) {
    param::check_values(cx);
    lower_shared(cx);
    let listed = |cx: &Cx<'_, '_>, kind| -> Vec<DeclId> {
        cx.program.included(kind).map(|(id, _)| id).collect()
    };
    for id in listed(cx, Kind::Listener) {
        listener::lower(cx, id);
    }
    limits::lower_all(cx);
    for id in listed(cx, Kind::Service) {
        service::lower(cx, id);
    }
    let routes = listed(cx, Kind::Route);
    cx.expect_routes(routes.len());
    for id in routes {
        route::lower_top_level(cx, id);
    }
    check_rest(cx);
}

/// What routes only refer to. Which number it gets must not depend on which route asks first.
fn lower_shared(cx: &mut Cx<'_, '_>) {
    for index in 0..cx.program.decls.len() {
        let id = DeclId(index);
        let kind = cx.program.decl(id).map(|d| d.kind);
        if kind == Some(Kind::Authn) {
            authn::lower(cx, id);
        } else if kind == Some(Kind::Backend) {
            backend::lower(cx, id);
        } else if kind == Some(Kind::Secret) {
            secret::lower(cx, id);
        }
    }
}

/// Declarations that no route reached are checked too: a mistake is a mistake before its first use.
fn check_rest(cx: &mut Cx<'_, '_>) {
    let mut anywhere = policy::Anywhere::new(cx);
    for index in 0..cx.program.decls.len() {
        let id = DeclId(index);
        let Some(kind) = cx.program.decl(id).map(|d| d.kind) else {
            continue;
        };
        match kind {
            Kind::Param => drop(param::value(cx, id)),
            Kind::Secret => drop(secret::lower(cx, id)),
            Kind::Enum => drop(enumeration::lower(cx, id)),
            Kind::Schema => drop(schema::lower(cx, id)),
            Kind::Table => drop(table::lower(cx, id)),
            Kind::Authn => drop(authn::lower(cx, id)),
            Kind::Backend => drop(backend::lower(cx, id)),
            Kind::Let => binding::check_circle(cx, id),
            Kind::Policy => policy::check_shape(cx, id, &mut anywhere),
            Kind::Limit => limit::check_shape(cx, id),
            Kind::Transform => transform::check_shape(cx, id),
            Kind::Listener | Kind::Service | Kind::Route => {}
        }
    }
}
