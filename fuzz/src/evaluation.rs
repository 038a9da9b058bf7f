//! Whatever parses is checked, compiled and evaluated without a panic in every dialect; what it
//! costs stays within its bound, and what is stored is what is run.

use gw_expr::{
    Dialect, Env, EvalError, Fact, FactId, FactTable, Facts, Field, Ir, OwnedValue, Program,
    RecordType, Type, Value, Variable, check, estimate, reference,
};
use gw_syntax::FileId;

/// The bytes that a fact of [`value`] has at most.
const LARGEST: u64 = 64;

struct World<'w>(&'w FactTable);

impl World<'_> {
    fn value(&self, id: FactId) -> OwnedValue {
        let Some(path) = self.0.path(id) else {
            return OwnedValue::Absent;
        };
        match path.to_string().as_str() {
            "x.n" => OwnedValue::Int(7),
            "x.text" => OwnedValue::text("a,é-b"),
            "x.list" => OwnedValue::list(["a", "b", "a"].map(OwnedValue::text)),
            "y" => OwnedValue::map([("k", OwnedValue::list([OwnedValue::Int(1)]))]),
            _ => OwnedValue::Absent,
        }
    }
}

/// The world with its values stored, as [`Facts`] lends them.
struct Stored(Vec<OwnedValue>);

impl Facts for Stored {
    fn fact(&self, id: FactId) -> Result<Value<'_>, EvalError> {
        let stored = self.0.get(id.0 as usize);
        Ok(stored.map_or(Value::Absent, OwnedValue::as_value))
    }
}

fn env(dialect: Dialect) -> Env {
    let fields = [
        ("n", Field::new(Type::Int)),
        ("text", Field::new(Type::String)),
        ("list", Field::new(Type::list(Type::String))),
        ("none", Field::optional(Type::String)),
        ("map", Field::new(Type::lookup(Type::String))),
    ];
    let mut env = Env::new().with_dialect(dialect);
    let record = RecordType::new("X", fields);
    env.declare("x", Variable::new(Type::record(record)));
    env.declare("y", Variable::new(Type::Dyn));
    env
}

/// Whether the counting interpreter takes long: it evaluates piece by piece.
fn small(ir: &Ir, bound: u64) -> bool {
    ir.size() < 200 && bound < 1_000_000
}

/// Runs one input.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(expr) = gw_syntax::parse_expr(FileId(0), text, 0) else {
        return;
    };
    for dialect in [Dialect::Gw, Dialect::Cel, Dialect::Unchecked] {
        let (mut facts, mut findings) = (FactTable::default(), Vec::new());
        let checked = check(&expr, &env(dialect), &mut facts, &mut findings);
        for finding in &findings {
            assert!(finding.span().end as usize <= text.len(), "{finding:?}");
        }
        let world = World(&facts);
        let values = facts.iter().map(|(id, _)| world.value(id)).collect();
        let Ok(program) = Program::compile(&checked.ir) else {
            continue;
        };
        let outcome = program.eval_owned(&Stored(values));
        if !findings.is_empty() || dialect == Dialect::Unchecked {
            continue;
        }
        let bound = estimate(&checked.ir, &facts, &|_: &Fact| LARGEST).steps;
        if small(&checked.ir, bound) {
            let counted = reference::count(&checked.ir, |id| world.value(id));
            assert!(counted.steps <= bound, "{} of {bound} steps", counted.steps);
            assert!(counted.outgrown.is_empty(), "{:?}", counted.outgrown);
            assert_eq!(
                counted.outcome.is_ok(),
                outcome.is_ok(),
                "{:?}",
                counted.outcome
            );
        }
    }
}
