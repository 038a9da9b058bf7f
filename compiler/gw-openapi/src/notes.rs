//! What a policy does not carry: the same thing about several operations is said once.

/// Notes under way.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    entries: Vec<(String, Vec<String>)>,
}

impl Notes {
    /// A sentence of its own.
    pub(crate) fn say(&mut self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        if !self.entries.iter().any(|(text, _)| *text == sentence) {
            self.entries.push((sentence, Vec::new()));
        }
    }

    /// A sentence about something of an operation.
    pub(crate) fn about(&mut self, sentence: &str, what: &str) {
        let what = what.to_owned();
        match self.entries.iter_mut().find(|(text, _)| text == sentence) {
            Some((_, list)) if list.contains(&what) => {}
            Some((_, list)) => list.push(what),
            None => self.entries.push((sentence.to_owned(), vec![what])),
        }
    }

    /// The sentences in the order in which they came up.
    pub(crate) fn finish(self) -> Vec<String> {
        let entries = self.entries.into_iter();
        entries
            .map(|(sentence, list)| match list.is_empty() {
                true => crate::text::line(&sentence),
                false => crate::text::line(&format!("{sentence}: {}", list.join(", "))),
            })
            .collect()
    }
}
