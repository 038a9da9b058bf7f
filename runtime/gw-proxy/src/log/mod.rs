//! The access log: one JSON object per exchange and line, written by a thread of its own.

mod decimal;
mod encode;
mod writer;

pub(crate) use encode::{Encoder, Line};
pub(crate) use writer::{LogBuffer, LogWriter};
