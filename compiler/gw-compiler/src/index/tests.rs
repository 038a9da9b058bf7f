//! Conflicts and their witnesses; what the index finds is tested with the engine.
