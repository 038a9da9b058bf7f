//! A small layout engine after Wadler's "A prettier printer": groups stand on one line where they
//! fit, else break at all their lines. Must not know what it prints.

/// Columns that a line may have.
const WIDTH: usize = 100;

/// Columns of one level.
const INDENT: usize = 2;

/// A layout.
#[derive(Clone, Debug)]
pub(super) enum Doc {
    /// Text; a multi-line text keeps its own lines.
    Text(String),
    /// A comment: takes no width, so that it never moves code.
    Comment(String),
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
    Indent(Vec<Doc>),
    /// On one line, or broken at each of its lines.
    Group(Vec<Doc>),
    /// One after the other.
    Concat(Vec<Doc>),
}

impl Doc {
    pub(super) fn text(text: impl Into<String>) -> Doc {
        Doc::Text(text.into())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Flat,
    Broken,
}

type Task<'d> = (usize, Mode, &'d Doc);

/// Lays out a document; lines have no blanks at their ends.
pub(super) fn render(doc: &Doc) -> String {
    let mut out = String::new();
    let mut column = 0;
    let mut tasks: Vec<Task<'_>> = vec![(0, Mode::Broken, doc)];
    while let Some((indent, mode, doc)) = tasks.pop() {
        match doc {
            Doc::Text(text) => {
                out.push_str(text);
                column = match text.rsplit_once('\n') {
                    Some((_, last)) => last.chars().count(),
                    None => column + text.chars().count(),
                };
            }
            Doc::Comment(text) => out.push_str(text),
            Doc::IfFlat(text) if mode == Mode::Flat => {
                out.push_str(text);
                column += text.len();
            }
            Doc::IfBroken(text) if mode == Mode::Broken => {
                out.push_str(text);
                column += text.len();
            }
            Doc::IfFlat(_) | Doc::IfBroken(_) => {}
            Doc::Line if mode == Mode::Flat => {
                out.push(' ');
                column += 1;
            }
            Doc::SoftLine if mode == Mode::Flat => {}
            Doc::Line | Doc::SoftLine | Doc::HardLine => {
                out.push('\n');
                out.push_str(&" ".repeat(indent));
                column = indent;
            }
            Doc::EmptyLine => {
                out.truncate(out.trim_end_matches(' ').len());
                out.push('\n');
                out.push_str(&" ".repeat(indent));
            }
            Doc::Indent(parts) => push(&mut tasks, indent + INDENT, mode, parts),
            Doc::Concat(parts) => push(&mut tasks, indent, mode, parts),
            Doc::Group(parts) => {
                let flat = mode == Mode::Flat || fits(WIDTH.saturating_sub(column), parts, &tasks);
                push(
                    &mut tasks,
                    indent,
                    if flat { Mode::Flat } else { Mode::Broken },
                    parts,
                );
            }
        }
    }
    out
}

fn push<'d>(tasks: &mut Vec<Task<'d>>, indent: usize, mode: Mode, parts: &'d [Doc]) {
    tasks.extend(parts.iter().rev().map(|part| (indent, mode, part)));
}

/// Whether `parts` on one line, and what follows up to the next possible line end, fit.
fn fits(width: usize, parts: &[Doc], rest: &[Task<'_>]) -> bool {
    let mut left = width;
    let mut rest = rest.iter().rev();
    let mut tasks: Vec<(Mode, &Doc)> = parts.iter().rev().map(|p| (Mode::Flat, p)).collect();
    loop {
        let Some((mode, doc)) = tasks
            .pop()
            .or_else(|| rest.next().map(|(_, mode, doc)| (*mode, *doc)))
        else {
            return true;
        };
        let taken = match (doc, mode) {
            (Doc::Text(text), _) => match text.split_once('\n') {
                Some((first, _)) => return first.chars().count() <= left,
                None => text.chars().count(),
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
