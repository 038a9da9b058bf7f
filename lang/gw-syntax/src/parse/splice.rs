//! Brings a tree up to date after an edit by parsing only the statement around it. What is parsed
//! alone must be what the whole text would give there, so everything in doubt is left to
//! [`super::parse`]: findings, comments in the statement, an edit of its first word or last brace.

use super::MAX_SOURCE_BYTES;
use super::alone::alone;
use crate::shift::Shift;
use crate::{CLAUSE_WORDS, File, Statement};
use std::ops::Range;

/// A statement that is longer is not worth a try: it costs as much as the whole text.
const LONGEST: usize = 64 << 10;

/// Makes the tree of `old`, which has no findings, that of `new`. False, with the tree left as it
/// was, where only [`parse`](super::parse) can do that. The new text has no findings either.
pub fn reparse(file: &mut File, old: &str, new: &str) -> bool {
    if new.len() > MAX_SOURCE_BYTES {
        return false;
    }
    let splice = Splice {
        file: file.id,
        edit: difference(old.as_bytes(), new.as_bytes()),
        grown: new.len().wrapping_sub(old.len()),
        new,
    };
    if !splice.statements(&mut file.items, 0) {
        return false;
    }
    splice.shift().comments(&mut file.tail);
    true
}

/// The range of the old text that is not in the new one.
fn difference(old: &[u8], new: &[u8]) -> Range<usize> {
    let start = common(old.chunks(BLOCK).zip(new.chunks(BLOCK)), |a, b| {
        a.iter().zip(b).take_while(|(a, b)| a == b).count()
    });
    let rest = |text: &'_ [u8]| text.len() - start;
    let most = rest(old).min(rest(new));
    let backwards = old.rchunks(BLOCK).zip(new.rchunks(BLOCK));
    let end = common(backwards, |a, b| {
        let pairs = a.iter().rev().zip(b.iter().rev());
        pairs.take_while(|(a, b)| a == b).count()
    });
    start..old.len() - end.min(most)
}

/// Texts are compared by blocks of so many bytes.
const BLOCK: usize = 4096;

/// How many bytes are the same, block by block.
fn common<'t>(
    blocks: impl Iterator<Item = (&'t [u8], &'t [u8])>,
    within: impl Fn(&[u8], &[u8]) -> usize,
) -> usize {
    let mut same = 0;
    for (a, b) in blocks {
        if a == b {
            same += a.len();
        } else {
            return same + within(a, b);
        }
    }
    same
}

struct Splice<'t> {
    file: crate::FileId,
    /// In the old text.
    edit: Range<usize>,
    /// How much longer the text is now, modulo 2⁶⁴.
    grown: usize,
    new: &'t str,
}

impl Splice<'_> {
    /// Replaces the innermost statement around the edit that can be replaced.
    fn statements(&self, statements: &mut [Statement], depth: usize) -> bool {
        let at = statements.partition_point(|s| (s.span.end as usize) <= self.edit.end);
        let Some((statement, later)) = statements.get_mut(at..).and_then(<[_]>::split_first_mut)
        else {
            return false;
        };
        if statement.span.start as usize >= self.edit.start {
            return false;
        }
        let block = statement.block.as_mut();
        if block.is_some_and(|b| self.statements(&mut b.statements, depth + 1)) {
            self.end_of(statement);
        } else if let Some(parsed) = self.parsed(statement, depth) {
            *statement = parsed;
        } else {
            return false;
        }
        self.shift().statements(later);
        true
    }

    fn shift(&self) -> Shift {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let to = self.edit.end.wrapping_add(self.grown);
        Shift::new(narrow(self.edit.end), narrow(to))
    }

    /// Moves what follows the edit in a statement whose block holds it.
    fn end_of(&self, statement: &mut Statement) {
        let shift = self.shift();
        shift.comment_after(&mut statement.trivia);
        shift.span(&mut statement.span);
        if let Some(block) = &mut statement.block {
            shift.comments(&mut block.tail);
            shift.span(&mut block.span);
        }
    }

    /// What has become of a statement, if that follows from its own text alone.
    fn parsed(&self, old: &Statement, depth: usize) -> Option<Statement> {
        let head = old.head.ident();
        let block = old.block.as_ref()?;
        if self.edit.start <= head.span.end as usize || CLAUSE_WORDS.contains(&&*head.name) {
            return None;
        }
        let start = old.span.start as usize;
        let end = (old.span.end as usize).wrapping_add(self.grown);
        let range = (end.wrapping_sub(start) <= LONGEST).then_some(start..end)?;
        let alone = alone(self.file, self.new, range, depth)?;
        let mut parsed = Some(alone.statement).filter(|_| alone.comments == 0)?;
        let last = parsed.block.as_ref()?;
        // A comment behind the statement belongs to it or to the next, by the lines of the block.
        if parsed.head != old.head || last.inline != block.inline {
            return None;
        }
        parsed.trivia = old.trivia.clone();
        match block.inline {
            true => self.shift().comment_after(&mut parsed.trivia),
            false => parsed.trivia.after = None,
        }
        Some(parsed)
    }
}
