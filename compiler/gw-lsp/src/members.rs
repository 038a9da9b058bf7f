//! What the members of a file mean, `.org` after `jwt`, which follows from types. The compiler is
//! asked once for the whole file, with one route for all that are alike, and about members that
//! are alike once.

use crate::alike::Alike;
use crate::mention::{Mention, Role};
use crate::snapshot::{Snapshot, View};
use crate::target::{self, Target};
use crate::typed::{self, Around};
use gw_syntax::Span;
use std::collections::HashMap;

/// The members of a file.
pub(crate) struct Members<'v> {
    view: &'v View,
    alike: Alike,
    around: Around,
    known: HashMap<Span, Option<Target>>,
}

impl<'v> Members<'v> {
    pub(crate) fn of(snapshot: &Snapshot, view: &'v View) -> Self {
        let alike = Alike::of(view);
        let around = typed::analysed(snapshot, view, alike.sample(view));
        Self {
            view,
            alike,
            around,
            known: HashMap::new(),
        }
    }

    /// The field that a member reads, by the type of what it is read from.
    pub(crate) fn target(&mut self, member: Span) -> Option<&Target> {
        let Self {
            view,
            alike,
            around,
            known,
        } = self;
        let span = alike.first(member);
        let answer = known.entry(span).or_insert_with(|| {
            let role = Role::Member;
            target::member(around, view, &Mention { span, role })
        });
        answer.as_ref()
    }
}
