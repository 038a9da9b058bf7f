//! Predicates over facts take no memory from the heap.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(unreachable_pub, reason = "the shared file is a module of each test")]

#[path = "common/predicates.rs"]
mod predicates;

use predicates::{PREDICATES, Prepared, prepare};

#[test]
fn predicates_do_not_allocate() {
    for (name, text, _) in PREDICATES {
        let Prepared { program, slots } = prepare(text);
        // The first run may build the caches of a regular expression.
        let expected = program.eval_bool(&slots);
        let mut outcome = Ok(false);
        let counted = allocation_counter::measure(|| outcome = program.eval_bool(&slots));
        assert_eq!(outcome, expected);
        assert_eq!(expected, Ok(*name != "miss"), "{name}");
        assert_eq!(
            counted.count_total, 0,
            "{name} allocates {} bytes",
            counted.bytes_total
        );
    }
}
