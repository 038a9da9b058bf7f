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

/// What was found out about names that stand for nothing.
#[derive(Debug, Default)]
pub(super) struct Hints(RefCell<HashMap<(usize, Kind, SmolStr), Hint>>);

/// What to say about such a name.
#[derive(Clone, Debug)]
enum Hint {
    /// This one was probably meant.
    Near(SmolStr),
    /// None is near.
    Help(SmolStr),
}

impl Program<'_> {
    /// There is no declaration of this kind that `ident` could stand for.
    pub(super) fn unknown(&self, module: usize, ident: &Ident, kind: Kind) -> Diagnostic {
        let message = format!("there is no {} `{}`", kind.keyword(), ident.name);
        let diagnostic =
            Diagnostic::new(Code::UnknownName, ident.span, message).here("not declared");
        match self.hint(module, ident, kind) {
            Hint::Near(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
                format!("write `{near}`"),
                ident.span,
                near,
            ),
            Hint::Help(help) => diagnostic.help(help),
        }
    }

    fn hint(&self, module: usize, ident: &Ident, kind: Kind) -> Hint {
        let hints = &mut *self.hints.0.borrow_mut();
        let key = (module, kind, ident.name.clone());
        if let Some(known) = hints.get(&key) {
            return known.clone();
        }
        if hints.len() >= MOST {
            return Hint::Help(declare(kind));
        }
        let names = self.names(module, kind);
        let found = match nearest(&ident.name, names.iter().map(SmolStr::as_str)) {
            Some(near) => Hint::Near(near.into()),
            None if names.is_empty() => Hint::Help(declare(kind)),
            None => Hint::Help({
                let names = listed(names.iter().map(SmolStr::as_str));
                format!("declared here: {names}").into()
            }),
        };
        hints.insert(key, found.clone());
        found
    }
}

fn declare(kind: Kind) -> SmolStr {
    format!("declare it, as in `{}`", example(kind.keyword())).into()
}
