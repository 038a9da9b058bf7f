//! `import`: names of other files. Resolved before lowering; only described here.

use crate::spec::{BlockSpec, Repeats, Shape, Words};

/// `import`
pub(crate) const SPEC: BlockSpec = BlockSpec {
    keyword: "import",
    parents: &["file"],
    usage: "import \"./FILE.gw\" [{ NAME, NAME as ALIAS }]",
    shape: Shape::of(Words::One).maybe_block().idle_if_empty(),
    doc: "Takes declarations from another file. With braces only the named ones; without, all of them, its services, routes and tests included.",
    example: "import \"./auth.gw\" { strict, Claims as C }",
    fields: &[],
    repeats: Repeats::Often,
};
