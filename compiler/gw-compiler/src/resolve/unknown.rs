//! Names that stand for nothing: what was probably meant. A name that is missed a thousand times is
//! looked for once, and not every one of thousands is looked for: any input must be answered soon.

use super::{Kind, Program, example};
use crate::suggest::{listed, nearest};
use gw_syntax::{Code, Diagnostic, Ident};
use hashbrown::HashMap;
use smol_str::SmolStr;
use std::cell::RefCell;

/// Most names that near ones are looked for.
const MOST: usize = 100;

/// What was found out about names that stand for nothing, by what they were to stand for.
#[derive(Debug, Default)]
pub(super) struct Hints(RefCell<HashMap<(usize, &'static str, SmolStr), Hint>>);

/// What is known about such a name.
#[derive(Clone, Debug)]
pub(crate) enum Hint {
    /// This one was probably meant.
    Near(SmolStr),
    /// None is near; these there are.
    Among(SmolStr),
    /// There are none, or they were not looked at.
    Nothing,
}

impl Program<'_> {
    /// What `name` may have been meant to be, of all `names` of such things that a module sees.
    pub(crate) fn hint(
        &self,
        (module, what): (usize, &'static str),
        name: &SmolStr,
        names: impl FnOnce() -> Vec<SmolStr>,
    ) -> Hint {
        let hints = &mut *self.hints.0.borrow_mut();
        let key = (module, what, name.clone());
        if let Some(known) = hints.get(&key) {
            return known.clone();
        }
        if hints.len() >= MOST {
            return Hint::Nothing;
        }
        let names = names();
        let all = || names.iter().map(SmolStr::as_str);
        let found = match nearest(name, all()) {
            Some(near) => Hint::Near(near.into()),
            None if names.is_empty() => Hint::Nothing,
            None => Hint::Among(listed(all()).into()),
        };
        hints.insert(key, found.clone());
        found
    }

    /// There is no declaration of this kind that `ident` could stand for.
    pub(super) fn unknown(&self, module: usize, ident: &Ident, kind: Kind) -> Diagnostic {
        let keyword = kind.keyword();
        let message = format!("there is no {keyword} `{}`", ident.name);
        let diagnostic =
            Diagnostic::new(Code::UnknownName, ident.span, message).here("not declared");
        let names = || self.names(module, kind);
        match self.hint((module, keyword), &ident.name, names) {
            Hint::Near(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                ident.span,
                near,
            ),
            Hint::Among(names) => diagnostic.help(format!("declared here: {names}")),
            Hint::Nothing => diagnostic.help(format!("declare it, as in `{}`", example(keyword))),
        }
    }
}
