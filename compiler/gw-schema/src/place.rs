//! From a JSON pointer to bytes of the text: a walk along the events of the YAML parser, which
//! reads JSON too. Descriptions are read without places, since few are ever asked for.

use granit_parser::{Event, Parser, Span, StrInput};
use std::ops::Range;

/// The bytes of the last step of a pointer that can be found: of the whole text its first line.
pub(crate) fn of(text: &str, pointer: &str) -> Range<usize> {
    let bare = text.trim_start_matches('\u{feff}');
    let skipped = text.len() - bare.len();
    let mut walk = Walk {
        events: Parser::new_from_str(bare),
        found: 0..0,
    };
    let steps: Vec<String> = pointer
        .split('/')
        .skip(1)
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
        .collect();
    walk.along(&steps);
    let found = walk.found;
    let line = bare.get(found.start..).and_then(|rest| rest.lines().next());
    let end = found.start + line.map_or(0, |line| line.trim_end().len());
    let end = match found.is_empty() {
        true => end,
        false => found.end.min(end.max(found.start)),
    };
    found.start + skipped..end + skipped
}

struct Walk<'t> {
    events: Parser<'t, StrInput<'t>>,
    /// The step that was reached.
    found: Range<usize>,
}

impl<'t> Walk<'t> {
    /// Goes down as far as the text has the steps; `None` where it ends early.
    fn along(&mut self, steps: &[String]) -> Option<()> {
        let (mut event, mut span) = self.node()?;
        for step in steps {
            let reached = match event {
                Event::MappingStart(..) => self.member(step)?,
                Event::SequenceStart(..) => self.element(step.parse().ok()?)?,
                _ => return None,
            };
            (event, span) = reached;
        }
        if steps.is_empty() {
            self.found = bytes(span);
        }
        Some(())
    }

    /// The value of a member whose object has begun.
    fn member(&mut self, name: &str) -> Option<(Event<'t>, Span)> {
        loop {
            let (key, span) = self.node()?;
            let is_it = match &key {
                Event::MappingEnd => return None,
                Event::Scalar(text, ..) => text == name,
                _ => false,
            };
            self.skip(&key)?;
            let value = self.node()?;
            if is_it {
                self.found = bytes(span);
                return Some(value);
            }
            self.skip(&value.0)?;
        }
    }

    /// An element of a list that has begun.
    fn element(&mut self, index: usize) -> Option<(Event<'t>, Span)> {
        for _ in 0..index {
            let (event, _) = self.node()?;
            self.skip(&event)?;
        }
        let (event, span) = self.node()?;
        if matches!(event, Event::SequenceEnd) {
            return None;
        }
        self.found = bytes(span);
        Some((event, span))
    }

    /// Leaves a node that has begun.
    fn skip(&mut self, begun: &Event<'t>) -> Option<()> {
        let mut depth = u32::from(is_start(begun));
        while depth > 0 {
            let (event, _) = self.node()?;
            match event {
                Event::MappingEnd | Event::SequenceEnd => depth -= 1,
                event => depth += u32::from(is_start(&event)),
            }
        }
        Some(())
    }

    /// The next event that begins or ends a node.
    fn node(&mut self) -> Option<(Event<'t>, Span)> {
        loop {
            let (event, span) = self.events.next_event()?.ok()?;
            match event {
                Event::Scalar(..)
                | Event::Alias(_)
                | Event::MappingStart(..)
                | Event::MappingEnd
                | Event::SequenceStart(..)
                | Event::SequenceEnd => return Some((event, span)),
                // Comments, documents, anchors; the enumeration is open.
                _ => {}
            }
        }
    }
}

fn is_start(event: &Event<'_>) -> bool {
    matches!(event, Event::MappingStart(..) | Event::SequenceStart(..))
}

fn bytes(span: Span) -> Range<usize> {
    span.byte_range().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::of;

    const YAML: &str = "# a comment\ncomponents:\n  schemas:\n    Order: &order\n      type: object\n      required: [id, at]\n      properties:\n        'x/y': {oneOf: [{type: string}, {type: integer}]}\n    Other: *order\n";

    #[test]
    fn pointers_lead_to_keys_and_elements() {
        for (pointer, expected) in [
            ("", "components:"),
            ("/components", "components"),
            ("/components/schemas/Order/required", "required"),
            ("/components/schemas/Order/required/1", "at"),
            (
                "/components/schemas/Order/properties/x~1y/oneOf/1/type",
                "type",
            ),
            ("/components/schemas/Other/type", "Other"),
            ("/components/nothing", "components"),
        ] {
            assert_eq!(&YAML[of(YAML, pointer)], expected, "{pointer}");
        }
    }

    #[test]
    fn json_is_walked_too() {
        let json = "\u{feff}{\n\t\"type\": \"object\",\n\t\"properties\": {\"é\": {\"type\": [\"a\", \"b\"]}}\n}";
        assert_eq!(&json[of(json, "/properties/é/type")], "\"type\"");
        assert_eq!(&json[of(json, "/properties/é/type/1")], "\"b\"");
    }
}
