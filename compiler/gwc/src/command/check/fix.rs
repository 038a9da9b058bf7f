//! `--fix` and `--diff`: applies the fixes of findings until none is left. Works on texts in
//! memory; files are replaced whole at the end, those with unexplained syntax not at all. If one of
//! them was changed meanwhile, none is written.

use crate::exit;
use crate::input::{Refused, usage};
use crate::print;
use crate::write;
use gw_compiler::{Disk, Files, Options};
use gw_syntax::{Code, Diagnostic, FileId, Fix, Severity, Sources};
use similar::TextDiff;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

/// A mended text may show what could not be seen before; no policy needs more rounds.
const MOST_ROUNDS: usize = 32;

/// Shows what would change, as unified differences.
pub(super) fn show(entry: &str, options: &Options) -> Result<u8, Refused> {
    refuse_input(entry)?;
    let mended = mend(entry, options);
    for (name, text) in &mended.texts {
        let old = mended.read.of(name);
        let old = String::from_utf8_lossy(&old);
        let diff = TextDiff::from_lines(old.as_ref(), text.as_str());
        print::out(&diff.unified_diff().header(name, name).to_string());
    }
    mended.explain();
    Ok(match mended.texts.is_empty() {
        true => exit::FINE,
        false => exit::FINDINGS,
    })
}

/// Writes the mended files, each at once.
pub(super) fn write(entry: &str, options: &Options) -> Result<(), Refused> {
    refuse_input(entry)?;
    let mended = mend(entry, options);
    mended.save().map_err(|why| usage(&why))?;
    mended.explain();
    Ok(())
}

fn refuse_input(entry: &str) -> Result<(), Refused> {
    match entry {
        "-" => Err(usage("standard input cannot be mended, name a file")),
        _ => Ok(()),
    }
}

/// Changed texts by the names of their files.
#[derive(Default)]
struct Mended {
    texts: BTreeMap<String, String>,
    /// What all of it follows from.
    read: Read,
    /// Fixes that were applied.
    fixes: usize,
    /// Files whose fixes are not to be trusted.
    doubtful: Vec<String>,
}

impl Mended {
    /// Puts the texts in the place of what was read. Where one of the files has changed meanwhile,
    /// none is written.
    fn save(&self) -> Result<(), String> {
        let refused = |name: &str, e| format!("{name} is not mended: {e}");
        for name in self.texts.keys() {
            write::unchanged(name, &self.read.of(name)).map_err(|e| refused(name, e))?;
        }
        for (name, text) in &self.texts {
            let written = write::instead(name, &self.read.of(name), text.as_bytes());
            written.map_err(|e| refused(name, e))?;
        }
        Ok(())
    }

    fn explain(&self) {
        let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        for name in &self.doubtful {
            print::err(&format!(
                "{name}: left as it is, because its syntax cannot be read in full\n"
            ));
        }
        if self.fixes > 0 {
            let (fixes, files) = (plural(self.fixes, "fix"), plural(self.texts.len(), "file"));
            let fixes = fixes.replace("fixs", "fixes");
            print::err(&format!("{fixes} in {files}\n"));
        }
    }
}

fn mend(entry: &str, options: &Options) -> Mended {
    let mut mended = Mended::default();
    let (mut sources, mut found) = check(entry, options, &mended);
    for _ in 0..MOST_ROUNDS {
        let (texts, fixes) = round(&sources, &found);
        if fixes == 0 {
            break;
        }
        let before = mended.texts.clone();
        mended.texts.extend(texts);
        let (new_sources, new_found) = check(entry, options, &mended);
        // A fix that mends nothing must not be repeated, whatever else it does.
        if new_found.len() >= found.len() && keys(&new_found).is_superset(&keys(&found)) {
            mended.texts = before;
            break;
        }
        mended.fixes += fixes;
        (sources, found) = (new_sources, new_found);
    }
    let doubtful = doubtful(&found);
    let names = sources.iter().filter(|(id, _)| doubtful.contains(id));
    mended.doubtful = names
        .filter(|(id, _)| {
            found
                .iter()
                .any(|d| d.fix.is_some() && d.span().file == *id)
        })
        .map(|(_, source)| source.name.clone())
        .collect();
    mended
}

fn keys(found: &[Diagnostic]) -> HashSet<(Code, &str)> {
    found.iter().map(|d| (d.code, d.message.as_str())).collect()
}

/// The texts after one round, and how many fixes it took.
fn round(sources: &Sources, found: &[Diagnostic]) -> (BTreeMap<String, String>, usize) {
    let doubtful = doubtful(found);
    let mut by_file: HashMap<FileId, Vec<&Fix>> = HashMap::new();
    for diagnostic in found {
        let Some((fix, file)) = diagnostic.fix.as_ref().zip(file_of(diagnostic)) else {
            continue;
        };
        let syntax_first = is_syntax(diagnostic) || !unread(found, file);
        if !doubtful.contains(&file) && syntax_first {
            by_file.entry(file).or_default().push(fix);
        }
    }
    let (mut texts, mut applied) = (BTreeMap::new(), 0);
    for (file, fixes) in by_file {
        let Some(source) = sources.get(file) else {
            continue;
        };
        let fixed = gw_syntax::apply(&source.text, fixes);
        applied += fixed.applied;
        if fixed.applied > 0 {
            texts.insert(source.name.clone(), fixed.text);
        }
    }
    (texts, applied)
}

/// The one file that a fix changes.
fn file_of(diagnostic: &Diagnostic) -> Option<FileId> {
    let edits = &diagnostic.fix.as_ref()?.edits;
    let file = edits.first()?.0.file;
    edits.iter().all(|(s, _)| s.file == file).then_some(file)
}

fn is_syntax(diagnostic: &Diagnostic) -> bool {
    diagnostic.code.number() < 100 && diagnostic.severity == Severity::Error
}

/// Whether a part of a file was not understood.
fn unread(found: &[Diagnostic], file: FileId) -> bool {
    found.iter().any(|d| is_syntax(d) && d.span().file == file)
}

/// Files in which something was skipped that no fix explains, or whose brackets do not match: what
/// stands around it may have another meaning than it seems to have.
fn doubtful(found: &[Diagnostic]) -> HashSet<FileId> {
    let torn = [
        Code::UnclosedBrace,
        Code::UnclosedString,
        Code::UnexpectedClose,
    ];
    let doubtful = |d: &&Diagnostic| is_syntax(d) && (d.fix.is_none() || torn.contains(&d.code));
    found
        .iter()
        .filter(doubtful)
        .map(|d| d.span().file)
        .collect()
}

fn check(entry: &str, options: &Options, mended: &Mended) -> (Sources, Vec<Diagnostic>) {
    match gw_compiler::compile(mended, entry, options) {
        Ok(compiled) => (compiled.sources, compiled.diagnostics),
        Err(failure) => (failure.sources, failure.diagnostics),
    }
}

/// The disk, with some texts changed.
impl Files for Mended {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match self.texts.get(path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => self.read.bytes(path),
        }
    }

    fn identity(&self, path: &str) -> String {
        Disk.identity(path)
    }
}

/// Files as they were when they were first read, so that all rounds are about one state of them.
#[derive(Default)]
struct Read(RefCell<HashMap<String, Rc<[u8]>>>);

impl Read {
    /// What was read; empty where nothing was.
    fn of(&self, path: &str) -> Rc<[u8]> {
        self.0.borrow().get(path).cloned().unwrap_or_default()
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        if let Some(known) = self.0.borrow().get(path) {
            return Ok(known.to_vec());
        }
        let bytes = Disk.read(path)?;
        let kept = bytes.as_slice().into();
        self.0.borrow_mut().insert(path.to_owned(), kept);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_where_one_file_changed_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (entry, import) = (at("policy.gw"), at("services.gw"));
        let typos = "gw 1\nimport \"./services.gw\"\nlistener http { bnd = \":8080\" }\n";
        let more = "gw 1\nbackend web { targt = \"http://127.0.0.1:9000\" }\n";
        std::fs::write(&entry, typos).unwrap();
        std::fs::write(&import, more).unwrap();
        let mended = mend(&entry, &Options::default());
        assert_eq!(mended.texts.len(), 2);
        std::fs::write(&import, "gw 1\n").unwrap();
        let why = mended.save().unwrap_err();
        assert_eq!(
            why,
            format!("{import} is not mended: it was changed meanwhile")
        );
        assert_eq!(std::fs::read_to_string(&entry).unwrap(), typos);
        std::fs::write(&import, more).unwrap();
        mended.save().unwrap();
        assert!(std::fs::read_to_string(&entry).unwrap().contains("bind"));
        assert!(std::fs::read_to_string(&import).unwrap().contains("target"));
    }
}
