//! A small layout engine after Wadler's "A prettier printer": groups stand on one line where they
//! fit, else break at all their lines. Must not know what it prints.

use std::borrow::Cow;

/// Columns that a line may have.
const WIDTH: usize = 100;

/// Columns of one level.
const INDENT: usize = 2;

/// A layout.
#[derive(Clone, Debug)]
pub(super) enum Doc<'t> {
    /// Text; a multi-line text keeps its own lines.
    Text(Cow<'t, str>),
    /// A comment: takes no width, so that it never moves code.
    Comment(Cow<'t, str>),
    /// A blank, or a line end where the group breaks.
    Line,
    /// Nothing, or a line end where the group breaks.
    SoftLine,
    /// Always a line end.
    HardLine,
    /// An empty line, if a line end follows.
    EmptyLine,
    /// Only where the group stands on one line.
    IfFlat(&'static str),
    /// Only where the group is broken.
    IfBroken(&'static str),
    /// One level further in.
    Indent(Vec<Doc<'t>>),
    /// On one line, or broken at each of its lines.
    Group(Vec<Doc<'t>>),
    /// One after the other.
    Concat(Vec<Doc<'t>>),
}

impl<'t> Doc<'t> {
    pub(super) fn text(text: impl Into<Cow<'t, str>>) -> Self {
        Doc::Text(text.into())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Flat,
    Broken,
}

type Task<'d, 't> = (usize, Mode, &'d Doc<'t>);

/// Documents that are laid out one after the other; lines have no blanks at their ends. What follows
/// a document begins with a line end, or it is the last one.
#[derive(Default)]
pub(super) struct Page {
    out: String,
    column: usize,
}

impl Page {
    /// What was laid out.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// Whether nothing was laid out so far.
    pub(super) fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// Lays out a document.
    pub(super) fn add(&mut self, doc: &Doc<'_>) {
        let mut tasks: Vec<Task<'_, '_>> = vec![(0, Mode::Broken, doc)];
        while let Some((indent, mode, doc)) = tasks.pop() {
            match doc {
                Doc::Text(text) => self.text(text),
                Doc::Comment(text) => self.out.push_str(text),
                Doc::IfFlat(text) if mode == Mode::Flat => self.text(text),
                Doc::IfBroken(text) if mode == Mode::Broken => self.text(text),
                Doc::IfFlat(_) | Doc::IfBroken(_) => {}
                Doc::Line if mode == Mode::Flat => self.text(" "),
                Doc::SoftLine if mode == Mode::Flat => {}
                Doc::Line | Doc::SoftLine | Doc::HardLine => {
                    self.line(indent);
                    self.column = indent;
                }
                Doc::EmptyLine => {
                    self.out.truncate(self.out.trim_end_matches(' ').len());
                    self.line(indent);
                }
                Doc::Indent(parts) => push(&mut tasks, indent + INDENT, mode, parts),
                Doc::Concat(parts) => push(&mut tasks, indent, mode, parts),
                Doc::Group(parts) => {
                    let left = WIDTH.saturating_sub(self.column);
                    let flat = mode == Mode::Flat || fits(left, parts, &tasks);
                    let mode = if flat { Mode::Flat } else { Mode::Broken };
                    push(&mut tasks, indent, mode, parts);
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push_str(text);
        self.column = match text.rsplit_once('\n') {
            Some((_, last)) => columns(last),
            None => self.column + columns(text),
        };
    }

    fn line(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
    }
}

/// How many columns a line takes.
fn columns(text: &str) -> usize {
    match text.is_ascii() {
        true => text.len(),
        false => text.chars().count(),
    }
}

fn push<'d, 't>(tasks: &mut Vec<Task<'d, 't>>, indent: usize, mode: Mode, parts: &'d [Doc<'t>]) {
    tasks.extend(parts.iter().rev().map(|part| (indent, mode, part)));
}

/// Whether `parts` on one line, and what follows up to the next possible line end, fit.
fn fits(width: usize, parts: &[Doc<'_>], rest: &[Task<'_, '_>]) -> bool {
    let mut left = width;
    let mut rest = rest.iter().rev();
    let mut tasks: Vec<(Mode, &Doc<'_>)> = parts.iter().rev().map(|p| (Mode::Flat, p)).collect();
    loop {
        let Some((mode, doc)) = tasks
            .pop()
            .or_else(|| rest.next().map(|(_, mode, doc)| (*mode, *doc)))
        else {
            return true;
        };
        let taken = match (doc, mode) {
            (Doc::Text(text), _) => match text.split_once('\n') {
                Some((first, _)) => return columns(first) <= left,
                None => columns(text),
            },
            (Doc::IfFlat(text), Mode::Flat) | (Doc::IfBroken(text), Mode::Broken) => text.len(),
            (Doc::Line, Mode::Flat) => 1,
            (Doc::HardLine | Doc::EmptyLine, Mode::Flat) => return false,
            (Doc::Line | Doc::SoftLine | Doc::HardLine | Doc::EmptyLine, Mode::Broken) => {
                return true;
            }
            (Doc::Comment(_) | Doc::SoftLine | Doc::IfFlat(_) | Doc::IfBroken(_), _) => 0,
            (Doc::Indent(parts) | Doc::Concat(parts) | Doc::Group(parts), _) => {
                tasks.extend(parts.iter().rev().map(|part| (mode, part)));
                0
            }
        };
        match left.checked_sub(taken) {
            Some(rest) => left = rest,
            None => return false,
        }
    }
}
