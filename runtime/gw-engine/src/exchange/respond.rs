//! The response phase: the route's edits of a response, whoever made it.

use super::Exchange;
use crate::alike::Steps;
use crate::facts::Lasting;
use crate::text::Renderer;
use crate::{EvalFailure, HeaderEdits, Headers, Place, ResponseEdits};
use gw_expr::{EvalError, Facts, Value};
use gw_graph::{Edit, ExprId};

impl<'x> Exchange<'x> {
    /// The route's edits of a response with this status and header, whoever made it. Nothing where
    /// no route was found.
    ///
    /// # Errors
    /// [`EvalFailure`] if a value cannot be computed; the caller answers with
    /// [`gw_graph::Builtin::TransformError`] instead.
    pub fn respond(
        &mut self,
        status: u16,
        headers: &dyn Headers,
    ) -> Result<ResponseEdits<'x>, EvalFailure> {
        let written = self.route.map_or(&[][..], Steps::response);
        if written.is_empty() {
            return Ok(ResponseEdits::default());
        }
        let facts = self.facts.with_response(status, headers);
        let renderer = Renderer {
            engine: self.engine,
            facts: &facts,
        };
        let mut status = None;
        for written in written {
            if let Edit::SetStatus(expr) = &written.edit {
                status = Some(new_status(&renderer, *expr)?);
            }
        }
        let edits = HeaderEdits::new(written, |text| renderer.header(text))?;
        Ok(ResponseEdits { status, edits })
    }
}

fn new_status<'x, F: Facts + Lasting<'x>>(
    renderer: &Renderer<'x, '_, F>,
    expr: ExprId,
) -> Result<u16, EvalFailure> {
    let status = renderer.value(expr, |value| match value {
        Value::Int(status) => Ok(Some(status)),
        Value::Absent => Ok(None),
        _ => Err(EvalError::NoMatchingOverload),
    })?;
    let status = status.and_then(|status| u16::try_from(status).ok());
    status
        .filter(|s| (200..=599).contains(s))
        .ok_or(EvalFailure::Unfit(Place::Status))
}
