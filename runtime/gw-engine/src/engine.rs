//! A graph that is ready to run: expressions compiled, facts resolved, the route index prepared.

use gw_expr::CompileError;
use gw_graph::{ExprId, Graph};
use std::sync::Arc;

/// A graph that is ready to run.
#[derive(Debug)]
pub struct Engine {
    graph: Arc<Graph>,
}

/// A graph that cannot be run.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LoadError {
    /// An expression cannot be compiled.
    #[error("expression {0:?} cannot be compiled: {1:?}")]
    Expr(ExprId, CompileError),
}

impl Engine {
    /// Compiles what the graph holds.
    ///
    /// # Errors
    /// [`LoadError`] if the graph is inconsistent or holds an expression that is too large.
    pub fn load(graph: Arc<Graph>) -> Result<Engine, LoadError> {
        Ok(Engine { graph })
    }

    /// The graph.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }
}
