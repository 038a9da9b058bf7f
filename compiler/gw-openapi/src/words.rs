//! Names for declarations: words of the language's kind, each given away once.

use std::collections::HashSet;

/// Names of what every imported policy declares, and words that are no names.
const TAKEN: &[&str] = &["listen", "http", "true", "false", "null", "in"];

/// Names that were given away.
#[derive(Debug)]
pub(crate) struct Words(HashSet<String>);

impl Default for Words {
    fn default() -> Self {
        let taken = gw_compiler::OBJECTS.iter().chain(TAKEN);
        Self(taken.map(|w| (*w).to_owned()).collect())
    }
}

impl Words {
    /// A name that is free: the wish itself, or with a suffix or a number.
    pub(crate) fn take(&mut self, wish: &str, suffix: &str) -> String {
        let numbered = (2..).map(|n: u32| format!("{wish}_{n}"));
        let wishes = [wish.to_owned(), format!("{wish}{suffix}")];
        let mut wishes = wishes.into_iter().chain(numbered);
        let free = wishes.find(|w| !self.0.contains(w)).unwrap_or_default();
        self.0.insert(free.clone());
        free
    }
}

/// `listPetsByID` as `list_pets_by_id`; `otherwise` where no letter is left.
pub(crate) fn snake(text: &str, otherwise: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let begins = c.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || before.is_ascii_digit()
                || (before.is_ascii_uppercase()
                    && chars.peek().is_some_and(char::is_ascii_lowercase)));
        if begins || !c.is_ascii_alphanumeric() {
            out.push('_');
        }
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    let parts: Vec<&str> = out.split('_').filter(|p| !p.is_empty()).collect();
    word(&parts.join("_"), otherwise)
}

/// `pet-kind` as `PetKind`.
pub(crate) fn camel(text: &str, otherwise: &str) -> String {
    let words = snake(text, otherwise);
    let capital = |part: &str| {
        let mut chars = part.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(chars).collect::<String>()
    };
    words.split('_').map(capital).collect()
}

/// A parameter's name as it stands, where it is a name of the language.
pub(crate) fn plain(text: &str) -> String {
    match is_name(text) {
        true => text.to_owned(),
        false => snake(text, "value"),
    }
}

/// Whether a text is a name: letters, digits and `_`, no digit first.
pub(crate) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn word(text: &str, otherwise: &str) -> String {
    match text.chars().next() {
        None => otherwise.to_owned(),
        Some(c) if c.is_ascii_digit() => format!("{otherwise}_{text}"),
        Some(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        for (text, expected) in [
            ("listPets", "list_pets"),
            ("GETUserByID", "get_user_by_id"),
            ("find pets/by-tag!", "find_pets_by_tag"),
            ("2fa", "op_2fa"),
            ("Größe", "gr_e"),
            ("***", "op"),
        ] {
            assert_eq!(snake(text, "op"), expected);
        }
        assert_eq!(camel("pet-kind", "Kind"), "PetKind");
    }

    #[test]
    fn a_word_is_given_once() {
        let mut words = Words::default();
        let names = ["jwt", "pets", "pets", "pets"].map(|w| words.take(w, "_auth"));
        assert_eq!(names, ["jwt_auth", "pets", "pets_auth", "pets_2"]);
    }
}
