//! What a `.gw` source *is*: its text, its tree, its canonical form, and the values in which
//! tools talk to its author. Must not know what a block or a name means.

mod codes;
mod diagnostic;
mod dump;
mod expr;
mod fix;
mod format;
mod parse;
mod plain;
mod shift;
mod span;
mod tree;
mod types;

pub use codes::Code;
pub use diagnostic::{Diagnostic, Fix, Label, Severity};
pub use dump::{dump, dump_expr};
pub use expr::{Access, BinaryOp, Expr, ExprKind, ListItem, Literal, MapEntry, SwitchArm, UnaryOp};
pub use fix::{Fixed, apply};
pub use format::{format, format_tree};
pub use parse::{
    MAX_SOURCE_BYTES, TemplatePart, Unread, decode, parse, parse_bytes, parse_expr, parse_path,
    parse_sparsely, parse_template, parse_type, read_statement, reparse,
};
pub use span::{FileId, LineCol, Source, Sources, Span};
pub use tree::{
    Arg, Block, CLAUSE_WORDS, Call, Clause, Comment, File, Head, Ident, Part, Statement,
    StatementValue, Trivia,
};
pub use types::{
    PathPattern, PathSegment, PathSegmentKind, RecordField, Refinement, TypeExpr, TypeKind,
};
