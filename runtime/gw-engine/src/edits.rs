//! The changes of a header that a route asks for. What is written in the policy stays there; only
//! what has to be computed for a request is kept with it.

use crate::EvalFailure;
use gw_graph::{Edit, Few, HeaderPattern, SecretId, Text};
use std::borrow::Cow;

/// An edit as the policy writes it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Written {
    pub(crate) edit: Edit,
    /// The field line that it writes, if that is known already.
    line: String,
}

impl Written {
    pub(crate) fn new(edit: Edit) -> Self {
        let line = match &edit {
            Edit::SetHeader(name, Text::Constant(value))
            | Edit::AddHeader(name, Text::Constant(value)) => format!("{name}: {value}\r\n"),
            _ => String::new(),
        };
        Self { edit, line }
    }
}

/// Changes of a header, in order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct HeaderEdits<'x> {
    /// With edits of other kinds, which are not for headers.
    written: &'x [Written],
    /// What the texts that are no constants came to, in order; none for one that is absent.
    computed: Few<Option<HeaderText<'x>>>,
}

/// A change of a header. Names are tokens in lower case, and never of fields that frame messages.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum HeaderEdit<'e> {
    /// Replaces all values; an absent one removes them.
    Set(&'e str, Option<HeaderValue<'e>>),
    /// Adds a field line.
    Add(&'e str, HeaderValue<'e>),
    /// Removes fields.
    Remove(&'e HeaderPattern),
    /// Gives the first field's values to the second, which loses its own.
    Rename(&'e str, &'e str),
}

/// A field value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum HeaderValue<'e> {
    /// Written in the policy; visible characters, blanks and tabs only (RFC 9110 section 5.5).
    Constant {
        /// The value.
        value: &'e str,
        /// The whole field line as HTTP/1.x has it: the name, `: `, the value and CR LF.
        line: &'e str,
    },
    /// Made for this request.
    Computed(&'e HeaderText<'e>),
}

/// A computed field value. Plain parts hold visible characters, blanks and tabs only (RFC 9110
/// section 5.5).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HeaderText<'x> {
    /// Text.
    Plain(Cow<'x, str>),
    /// The value of a secret, which the caller inserts and checks.
    Secret(SecretId),
    /// Parts that follow each other.
    Joined(Vec<HeaderText<'x>>),
}

impl<'x> HeaderEdits<'x> {
    /// The edits that are written, with the values that `compute` gives to texts that are no
    /// constants.
    pub(crate) fn new(
        written: &'x [Written],
        mut compute: impl FnMut(&'x Text) -> Result<Option<HeaderText<'x>>, EvalFailure>,
    ) -> Result<Self, EvalFailure> {
        let mut computed = Few::new();
        for Written { edit, .. } in written {
            if let Edit::SetHeader(_, text) | Edit::AddHeader(_, text) = edit
                && !matches!(text, Text::Constant(_))
            {
                computed.push(compute(text)?);
            }
        }
        Ok(Self { written, computed })
    }

    /// Each change.
    pub fn iter(&self) -> impl Iterator<Item = HeaderEdit<'_>> {
        let mut computed = self.computed.iter();
        let edits = self.written.iter();
        edits.filter_map(move |Written { edit, line }| match edit {
            Edit::SetHeader(name, text) => {
                let value = value(text, line, &mut computed);
                Some(HeaderEdit::Set(name, value))
            }
            Edit::AddHeader(name, text) => {
                let value = value(text, line, &mut computed)?;
                Some(HeaderEdit::Add(name, value))
            }
            Edit::RemoveHeader(pattern) => Some(HeaderEdit::Remove(pattern)),
            Edit::RenameHeader(from, to) => Some(HeaderEdit::Rename(from, to)),
            Edit::SetPath(_)
            | Edit::ReplacePrefix(..)
            | Edit::SetQuery(..)
            | Edit::RemoveQuery(_)
            | Edit::SetStatus(_) => None,
        })
    }
}

/// The value of a text; those that are no constants are the next that was computed.
fn value<'e>(
    text: &'e Text,
    line: &'e str,
    computed: &mut impl Iterator<Item = &'e Option<HeaderText<'e>>>,
) -> Option<HeaderValue<'e>> {
    match text {
        Text::Constant(value) => Some(HeaderValue::Constant { value, line }),
        Text::Expr(_) | Text::Template(_) | Text::Secret(_) => {
            computed.next()?.as_ref().map(HeaderValue::Computed)
        }
    }
}
