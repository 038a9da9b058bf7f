//! The files as they are at one moment: those that are open with the editor's text, the others as
//! the disk has them. Cheap to copy, so that a check can run elsewhere while typing goes on.

use crate::host::Host;
use crate::mention::{Mention, mentions, mentions_near};
use crate::scope::Definitions;
use crate::text::Text;
use crate::uri;
use gw_compiler::{Checked, Document, Files, Memo, Options, SyntaxError, Tree};
use gw_syntax::{Diagnostic, File, FileId, Severity, Statement};
use lsp_types::Uri;
use memchr::memmem;
use smol_str::SmolStr;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The files at one moment.
#[derive(Clone)]
pub(crate) struct Snapshot {
    pub(crate) host: Arc<dyn Host>,
    /// Texts of the editor, by path.
    pub(crate) open: Arc<HashMap<String, Text>>,
    /// The addresses by which the editor knows them.
    pub(crate) uris: Arc<HashMap<String, Uri>>,
    /// Paths of the policies in the folders of the workspace.
    pub(crate) workspace: Arc<BTreeSet<String>>,
    /// Values of parameters.
    pub(crate) options: Arc<Options>,
    /// What was read and parsed before.
    cache: Arc<Cache>,
}

#[derive(Default)]
struct Cache {
    disk: Mutex<HashMap<String, Option<Text>>>,
    parsed: Mutex<HashMap<(String, FileId), Arc<Parsed>>>,
    /// What the last check knew of routes, by the path of the policy.
    memos: Mutex<HashMap<String, Memo>>,
    documents: Mutex<HashMap<String, Arc<Document>>>,
}

/// A parsed file with what follows from it alone, made when it is first asked for.
pub(crate) struct Parsed {
    pub(crate) text: Text,
    pub(crate) tree: Tree,
    mentions: OnceLock<Vec<Mention>>,
    definitions: OnceLock<Definitions>,
    /// Which of its items are imports.
    imports: OnceLock<Vec<usize>>,
}

/// A file as its own entry, where its places have the file 0.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) path: Arc<str>,
    parsed: Arc<Parsed>,
}

impl Snapshot {
    pub(crate) fn new(host: Arc<dyn Host>, options: Options) -> Self {
        Self {
            host,
            open: Arc::default(),
            uris: Arc::default(),
            workspace: Arc::default(),
            options: Arc::new(options),
            cache: Arc::default(),
        }
    }

    /// Sets or, with `None`, removes the editor's text of a path.
    pub(crate) fn set(&mut self, path: &str, text: Option<Text>) {
        let open = Arc::make_mut(&mut self.open);
        match text {
            Some(text) => drop(open.insert(path.to_owned(), text)),
            None => {
                open.remove(path);
                lock(&self.cache.parsed).retain(|(p, _), _| p != path);
            }
        }
    }

    /// The address of a path, as the editor writes it if the file is open.
    pub(crate) fn uri(&self, path: &str) -> Option<Uri> {
        self.uris.get(path).cloned().or_else(|| uri::of_path(path))
    }

    /// Forgets what the disk held.
    pub(crate) fn refresh(&self) {
        lock(&self.cache.disk).clear();
    }

    /// The text of a path.
    pub(crate) fn text(&self, path: &str) -> Option<Text> {
        if let Some(text) = self.open.get(path) {
            return Some(text.clone());
        }
        if let Some(known) = lock(&self.cache.disk).get(path) {
            return known.clone();
        }
        let bytes = self.host.read(path).ok();
        let text = bytes.and_then(|b| String::from_utf8(b).ok()).map(Text::new);
        lock(&self.cache.disk).insert(path.to_owned(), text.clone());
        text
    }

    /// A file as its own entry.
    pub(crate) fn view(&self, path: &str) -> Option<View> {
        let parsed = self.parsed(FileId(0), path)?;
        Some(View {
            path: path.into(),
            parsed,
        })
    }

    /// Every file that is open, in the workspace, or imported by one of these.
    pub(crate) fn known(&self) -> Vec<View> {
        let mut seen: BTreeSet<String> = self.workspace.iter().cloned().collect();
        seen.extend(self.open.keys().cloned());
        let mut todo: Vec<String> = seen.iter().cloned().collect();
        let mut views = Vec::new();
        while let Some(path) = todo.pop() {
            let Some(view) = self.view(&path) else {
                continue;
            };
            for import in crate::scope::imports(&view) {
                if seen.insert(import.path.clone()) {
                    todo.push(import.path);
                }
            }
            views.push(view);
        }
        views.sort_by(|a, b| a.path.cmp(&b.path));
        views
    }

    /// Everything that is found in a policy, with its texts.
    pub(crate) fn check(&self, entry: &str) -> Checked {
        let mut memo = lock(&self.cache.memos).remove(entry).unwrap_or_default();
        let checked = gw_compiler::check(self, entry, &self.options, &mut memo);
        lock(&self.cache.memos).insert(entry.to_owned(), memo);
        checked
    }

    /// Forgets what checks of other policies knew.
    pub(crate) fn keep_memos(&self, entries: &BTreeSet<String>) {
        lock(&self.cache.memos).retain(|entry, _| entries.contains(entry));
    }

    fn parsed(&self, id: FileId, path: &str) -> Option<Arc<Parsed>> {
        let text = self.text(path)?;
        let key = (path.to_owned(), id);
        if let Some(parsed) = lock(&self.cache.parsed).get(&key)
            && (Arc::ptr_eq(&parsed.text.text, &text.text) || parsed.text.text == text.text)
        {
            return Some(Arc::clone(parsed));
        }
        let before = lock(&self.cache.parsed).remove(&key);
        let parsed = Arc::new(Parsed::after(before, id, text));
        lock(&self.cache.parsed).insert(key, Arc::clone(&parsed));
        Some(parsed)
    }
}

impl Files for Snapshot {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match self.open.get(path) {
            Some(text) => Ok(text.text.as_bytes().to_vec()),
            None => self.host.read(path),
        }
    }

    fn identity(&self, path: &str) -> String {
        self.host.identity(path)
    }

    fn tree(&self, id: FileId, path: &str) -> Option<Tree> {
        Some(self.parsed(id, path)?.tree.clone())
    }

    fn document(&self, path: &str, text: &str) -> Result<Arc<Document>, SyntaxError> {
        let known = lock(&self.cache.documents).get(path).cloned();
        if let Some(known) = known.filter(|known| known.source() == text) {
            return Ok(known);
        }
        let document = Arc::new(Document::read(text)?);
        lock(&self.cache.documents).insert(path.to_owned(), Arc::clone(&document));
        Ok(document)
    }
}

impl Parsed {
    /// A text that the one before has become. Its tree is taken over if nobody else holds it.
    fn after(before: Option<Arc<Self>>, id: FileId, text: Text) -> Self {
        let before = before.and_then(Arc::into_inner).map(|b| b.tree);
        let clean = before.filter(|tree| tree.findings.is_empty());
        let owned = clean.and_then(|tree| Some((Arc::into_inner(tree.file)?, tree.text)));
        if let Some((mut file, old)) = owned
            && gw_syntax::reparse(&mut file, &old, &text.text)
        {
            return Self::of(text, file, Vec::new());
        }
        Self::new(id, text)
    }

    fn new(id: FileId, text: Text) -> Self {
        let (file, findings) = gw_syntax::parse(id, &text.text);
        Self::of(text, file, findings)
    }

    fn of(text: Text, file: File, findings: Vec<Diagnostic>) -> Self {
        let tree = Tree {
            text: Arc::clone(&text.text),
            file: Arc::new(file),
            findings: findings.into(),
        };
        Self {
            text,
            tree,
            mentions: OnceLock::new(),
            definitions: OnceLock::new(),
            imports: OnceLock::new(),
        }
    }
}

impl View {
    /// A text that is nowhere but here: the editor's with something typed in.
    pub(crate) fn of_text(path: &str, text: &str) -> Self {
        Self {
            path: path.into(),
            parsed: Arc::new(Parsed::new(FileId(0), Text::new(text))),
        }
    }

    pub(crate) fn file(&self) -> &File {
        &self.parsed.tree.file
    }

    /// The same file with something typed into it, as far as `part` of its tree reaches; none where
    /// the change is not one inside a statement of that part, or breaks it.
    pub(crate) fn with_typed(&self, mut part: File, text: &str) -> Option<Self> {
        let tree = &self.parsed.tree;
        if !tree.findings.is_empty() || !gw_syntax::reparse(&mut part, &tree.text, text) {
            return None;
        }
        Some(Self {
            path: Arc::clone(&self.path),
            parsed: Arc::new(Parsed::of(Text::new(text), part, Vec::new())),
        })
    }

    /// The tree, if the parser found no error.
    pub(crate) fn sound_file(&self) -> Option<&File> {
        let tree = &self.parsed.tree;
        let error = |d: &Diagnostic| d.severity == Severity::Error;
        (!tree.findings.iter().any(error)).then_some(&*tree.file)
    }

    pub(crate) fn mentions(&self) -> &[Mention] {
        let parsed = &self.parsed;
        parsed.mentions.get_or_init(|| mentions(&parsed.tree.file))
    }

    /// Those around some offsets, which are in order, and perhaps others.
    pub(crate) fn mentions_near(&self, offsets: &[u32]) -> Cow<'_, [Mention]> {
        match self.parsed.mentions.get() {
            Some(all) => Cow::Borrowed(all),
            None => Cow::Owned(mentions_near(&self.parsed.tree.file, offsets)),
        }
    }

    /// Those whose text may hold one of these names, and perhaps others.
    pub(crate) fn mentions_of(&self, names: &[SmolStr]) -> Cow<'_, [Mention]> {
        let text = self.text.text.as_bytes();
        let places = names.iter().filter(|name| !name.is_empty());
        let places = places.flat_map(|name| memmem::find_iter(text, name.as_bytes()));
        let mut places: Vec<u32> = places.map(crate::text::narrow).collect();
        places.sort_unstable();
        self.mentions_near(&places)
    }

    /// The mention that an offset touches; of two that meet there, the second.
    pub(crate) fn mention_at(&self, offset: usize) -> Option<Mention> {
        let offset = crate::text::narrow(offset);
        let list = self.mentions_near(&[offset]);
        let end = list.partition_point(|m| m.span.start <= offset);
        let before = list.get(..end).unwrap_or_default();
        // Names inside a template lie inside its text, and begin after it.
        let touching = before
            .iter()
            .rev()
            .take(64)
            .filter(|m| offset <= m.span.end);
        let nearest = touching.min_by_key(|m| (m.span.end == offset, m.span.end - m.span.start));
        nearest.cloned()
    }

    /// What the file declares.
    pub(crate) fn definitions(&self) -> &Definitions {
        let parsed = &self.parsed;
        parsed.definitions.get_or_init(|| Definitions::of(self))
    }

    /// Its imports.
    pub(crate) fn import_statements(&self) -> impl Iterator<Item = &Statement> {
        let items = &self.file().items;
        let import = |(_, s): &(usize, &Statement)| s.head.ident().name == "import";
        let found = || items.iter().enumerate().filter(import).map(|(at, _)| at);
        let places = self.parsed.imports.get_or_init(|| found().collect());
        places.iter().filter_map(|at| items.get(*at))
    }

    /// The text under a range.
    pub(crate) fn slice(&self, span: gw_syntax::Span) -> &str {
        let range = span.start as usize..span.end as usize;
        self.parsed.text.text.get(range).unwrap_or("")
    }
}

impl Deref for View {
    type Target = Parsed;

    fn deref(&self) -> &Parsed {
        &self.parsed
    }
}

/// What a lock guards is a cache: whatever a panic left there is whole.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
