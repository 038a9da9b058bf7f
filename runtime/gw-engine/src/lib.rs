//! Runs a decision graph on the facts of a request. Free of sockets, files, clocks, randomness and
//! threads: what a decision needs from the world is passed in, or asked for as a [`Need`]. Must
//! not know the source language, nor how requests are read and forwarded.

mod alike;
mod conditions;
mod decision;
mod edits;
mod engine;
mod exchange;
mod facts;
mod head;
mod identity;
mod limit;
mod naive;
mod probe;
mod progress;
mod route;
mod rules;
mod table;
mod text;
mod trace;
mod truth;
mod world;

pub use decision::{Decision, ShadowDecision};
pub use edits::{HeaderEdit, HeaderEdits, HeaderText, HeaderValue};
pub use engine::{Engine, LoadError};
pub use exchange::Exchange;
pub use head::{Headers, RequestHead, TlsFacts, UnixNanos};
pub use identity::{AuthnFailure, Claims, Identity};
pub use limit::Permits;
pub use progress::{
    EvalFailure, ForwardPlan, LimitHeaders, Need, OwnResponse, Place, Progress, Refusal,
    ResponseEdits,
};
pub use table::{Record, TableData, TableError};
pub use trace::{Mismatch, NearMiss, Trace, TraceEvent};
pub use truth::Truth;
pub use world::{State, Tables, World};
