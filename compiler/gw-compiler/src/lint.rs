//! Levels of warnings: what the policy states in `lint` lines, and what the command line says of
//! the rest. Works on findings and places; must not know any particular check.

use crate::blocks;
use crate::load::Loaded;
use crate::registry;
use gw_syntax::{Code, Diagnostic, FileId, Severity, Sources, Span, Statement};
use hashbrown::HashMap;

/// How seriously a finding is taken.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// It is left out.
    Allow,
    /// It is a warning.
    Warn,
    /// It is an error.
    Deny,
}

/// Levels for what a policy does not state itself. A code goes before `warnings`, which stands for
/// all that are warnings by default, and that before `all`, which stands for advice too. Of two
/// levels for one thing the stricter counts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Levels {
    codes: HashMap<Code, Level>,
    warnings: Option<Level>,
    all: Option<Level>,
}

/// A text that names no lint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadLint {
    /// The text.
    pub text: String,
    /// The code, where it is one of an error.
    pub error: Option<Code>,
}

impl std::fmt::Display for BadLint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.error {
            Some(code) => write!(f, "{code} is an error, its level is fixed"),
            None => write!(
                f,
                "there is no lint `{}`; give a code such as GW0112, a name, `warnings` or `all`",
                self.text
            ),
        }
    }
}

impl std::error::Error for BadLint {}

impl Levels {
    /// Sets the level of a code, by number or name, of `warnings` or of `all`.
    ///
    /// # Errors
    /// [`BadLint`] where the text names nothing whose level can be set.
    pub fn set(&mut self, what: &str, level: Level) -> Result<(), BadLint> {
        let place = match what {
            "warnings" => &mut self.warnings,
            "all" => &mut self.all,
            _ => {
                let code = Code::find(what);
                let Some(lint) = code.filter(|c| c.is_lint()) else {
                    return Err(BadLint {
                        text: what.to_owned(),
                        error: code,
                    });
                };
                let known = self.codes.entry(lint).or_insert(level);
                *known = level.max(*known);
                return Ok(());
            }
        };
        *place = Some(place.map_or(level, |known| level.max(known)));
        Ok(())
    }

    fn of(&self, code: Code) -> Option<Level> {
        let warning = code.severity() == Severity::Warning;
        let own = self.codes.get(&code).copied();
        let group = self.warnings.filter(|_| warning).or(self.all);
        own.or(group.filter(|_| code.is_lint()))
    }

    /// Gives the findings at `others`, sorted positions, their levels; allowed ones are removed.
    pub(crate) fn apply(&self, diagnostics: &mut Vec<Diagnostic>, others: Vec<usize>) {
        let levels = others
            .into_iter()
            .filter_map(|at| Some((at, self.of(diagnostics.get(at)?.code)?)))
            .collect();
        set_levels(diagnostics, &levels);
    }
}

/// Where a `lint` holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Scope {
    /// In the whole file.
    File(FileId),
    /// Inside this statement.
    Block(Span),
}

impl Scope {
    fn holds(self, place: Span) -> bool {
        match self {
            Scope::File(file) => place.file == file,
            Scope::Block(block) => {
                block.file == place.file && block.start <= place.start && place.end <= block.end
            }
        }
    }

    /// Smaller is further in.
    fn size(self) -> u32 {
        match self {
            Scope::File(_) => u32::MAX,
            Scope::Block(block) => block.end.saturating_sub(block.start),
        }
    }
}

/// A level that the policy states.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stated {
    pub(crate) code: Code,
    pub(crate) level: Level,
    pub(crate) scope: Scope,
    /// The statement.
    pub(crate) span: Span,
}

/// All levels that a policy states.
pub(crate) struct AllStated(Vec<Stated>);

/// Reads the `lint` lines of all files.
pub(crate) fn stated(loaded: &Loaded, sources: &Sources, found: &mut Vec<Diagnostic>) -> AllStated {
    let mut all = AllStated(Vec::new());
    // Most files have none, and many statements in which one would have to be looked for.
    let word = blocks::lint::SPEC.keyword;
    let may_state = |file: &FileId| sources.get(*file).is_none_or(|s| s.text.contains(word));
    for module in loaded.modules.iter().filter(|m| may_state(&m.file.id)) {
        let file = &module.file;
        all.collect(&file.items, "file", Scope::File(file.id), found);
    }
    all
}

impl AllStated {
    fn collect(
        &mut self,
        statements: &[Statement],
        parent: &str,
        scope: Scope,
        found: &mut Vec<Diagnostic>,
    ) {
        for statement in statements {
            let word = &statement.head.ident().name;
            if statement.block.is_none() && word != blocks::lint::SPEC.keyword {
                continue;
            }
            let Some(spec) = registry::find(word, parent) else {
                continue;
            };
            if spec.keyword == blocks::lint::SPEC.keyword {
                if let Some(stated) = blocks::lint::read(statement, scope, found) {
                    self.add(stated, found);
                }
                continue;
            }
            if let Some(block) = &statement.block {
                let inner = Scope::Block(statement.span);
                self.collect(&block.statements, spec.keyword, inner, found);
            }
        }
    }

    fn add(&mut self, stated: Stated, found: &mut Vec<Diagnostic>) {
        let same = |s: &&Stated| s.code == stated.code && s.scope == stated.scope;
        match self.0.iter().find(same) {
            Some(first) => found.push(stated_twice(stated, first)),
            None => self.0.push(stated),
        }
    }

    /// Gives findings their levels, and reports what is allowed and does not occur; the positions of
    /// the findings that nothing is stated about, sorted.
    pub(crate) fn apply(&self, diagnostics: &mut Vec<Diagnostic>) -> Vec<usize> {
        let complete = !diagnostics.iter().any(|d| d.severity == Severity::Error);
        let mut used = vec![false; self.0.len()];
        self.mark(diagnostics, &mut used);
        if complete {
            let idle = |(s, used): &(&Stated, &bool)| s.level == Level::Allow && !**used;
            let idle = self.0.iter().zip(&used).filter(idle);
            diagnostics.extend(idle.map(|(s, _)| allows_nothing(s)));
        }
        diagnostics.sort_by_key(|d| (d.span().file, d.span().start, d.code));
        let levels = self.mark(diagnostics, &mut used);
        set_levels(diagnostics, &levels);
        self.unstated(diagnostics)
    }

    fn mark(&self, diagnostics: &[Diagnostic], used: &mut [bool]) -> HashMap<usize, Level> {
        let mut levels = HashMap::new();
        for (at, diagnostic) in diagnostics.iter().enumerate() {
            let Some(index) = self.innermost(diagnostic) else {
                continue;
            };
            if let Some(used) = used.get_mut(index) {
                *used = true;
            }
            levels.extend(self.0.get(index).map(|s| (at, s.level)));
        }
        levels
    }

    fn innermost(&self, diagnostic: &Diagnostic) -> Option<usize> {
        if !diagnostic.code.is_lint() {
            return None;
        }
        let all = self.0.iter().enumerate();
        let holds = |(_, s): &(usize, &Stated)| {
            s.code == diagnostic.code && s.scope.holds(diagnostic.span())
        };
        all.filter(holds)
            .min_by_key(|(_, s)| s.scope.size())
            .map(|(index, _)| index)
    }

    fn unstated(&self, diagnostics: &[Diagnostic]) -> Vec<usize> {
        let all = diagnostics.iter().enumerate();
        all.filter(|(_, d)| self.innermost(d).is_none())
            .map(|(at, _)| at)
            .collect()
    }
}

fn set_levels(diagnostics: &mut Vec<Diagnostic>, levels: &HashMap<usize, Level>) {
    let mut at = 0;
    diagnostics.retain_mut(|diagnostic| {
        let level = levels.get(&at);
        at += 1;
        match level {
            Some(Level::Allow) => return false,
            Some(Level::Warn) => diagnostic.severity = Severity::Warning,
            Some(Level::Deny) => diagnostic.severity = Severity::Error,
            None => {}
        }
        true
    });
}

fn stated_twice(second: Stated, first: &Stated) -> Diagnostic {
    let message = format!("the level of `{}` is set twice", second.code.name());
    Diagnostic::new(Code::DuplicateField, second.span, message)
        .here("set again here")
        .because(first.span, "first set here")
        .help("keep one of them")
}

fn allows_nothing(stated: &Stated) -> Diagnostic {
    let name = stated.code.name();
    let place = match stated.scope {
        Scope::File(_) => "this file",
        Scope::Block(_) => "this block",
    };
    Diagnostic::new(
        Code::IdleAllow,
        stated.span,
        format!("`{name}` does not occur in {place}"),
    )
    .here("allows nothing")
    .help("remove the line: the next finding of this kind should be seen")
    .fix(format!("remove `lint {name}`"), stated.span, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_specific_and_the_stricter_count() {
        let mut levels = Levels::default();
        levels.set("all", Level::Deny).unwrap();
        levels.set("warnings", Level::Warn).unwrap();
        levels.set("unused_name", Level::Allow).unwrap();
        levels.set("gw0404", Level::Warn).unwrap();
        levels.set("GW0404", Level::Deny).unwrap();
        assert_eq!(levels.of(Code::UnusedName), Some(Level::Allow));
        assert_eq!(levels.of(Code::NeverFires), Some(Level::Deny));
        assert_eq!(levels.of(Code::NeverAllows), Some(Level::Warn));
        assert_eq!(levels.of(Code::DiagramBudget), Some(Level::Deny));
        assert_eq!(levels.of(Code::Syntax), None);
    }

    #[test]
    fn errors_have_no_level() {
        let mut levels = Levels::default();
        let bad = levels.set("GW0301", Level::Allow).unwrap_err();
        assert_eq!(bad.to_string(), "GW0301 is an error, its level is fixed");
        assert!(levels.set("nonsense", Level::Allow).is_err());
    }
}
