//! Places that together cover parts of the sources. Must not know what they are of.

use gw_syntax::Span;

/// The parts that some places cover, in order and apart from each other.
#[derive(Default)]
pub(super) struct Cover {
    parts: Vec<Span>,
    /// Where the places begin, in order: places may lie within others.
    starts: Vec<Span>,
}

impl Cover {
    pub(super) fn of(mut places: Vec<Span>) -> Self {
        places.sort_unstable_by_key(|place| (place.file, place.start));
        let mut parts: Vec<Span> = Vec::new();
        for place in &places {
            match parts.last_mut() {
                Some(last) if last.file == place.file && place.start < last.end => {
                    last.end = last.end.max(place.end);
                }
                Some(_) | None => parts.push(*place),
            }
        }
        Self {
            parts,
            starts: places,
        }
    }

    /// Whether a place begins within one of these.
    pub(super) fn holds(&self, place: Span) -> bool {
        let before = |part: &Span| (part.file, part.end) <= (place.file, place.start);
        let at = self.parts.partition_point(before);
        let part = self.parts.get(at);
        part.is_some_and(|part| part.file == place.file && part.start <= place.start)
    }

    /// Whether one of these begins within a place.
    pub(super) fn begins_in(&self, place: Span) -> bool {
        let before = |start: &Span| (start.file, start.start) < (place.file, place.start);
        let at = self.starts.partition_point(before);
        let start = self.starts.get(at);
        start.is_some_and(|start| start.file == place.file && start.start < place.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gw_syntax::FileId;
    use proptest::prelude::*;

    fn places() -> impl Strategy<Value = Vec<Span>> {
        let place = (0u32..2, 0usize..30, 0usize..12);
        let place =
            place.prop_map(|(file, start, length)| Span::new(FileId(file), start, start + length));
        prop::collection::vec(place, 0..8)
    }

    fn inside(inner: Span, outer: Span) -> bool {
        inner.file == outer.file && outer.start <= inner.start && inner.start < outer.end
    }

    proptest! {
        #[test]
        fn looking_up_is_searching(all in places(), asked in places()) {
            let cover = Cover::of(all.clone());
            for place in asked {
                prop_assert_eq!(cover.holds(place), all.iter().any(|one| inside(place, *one)));
                prop_assert_eq!(cover.begins_in(place), all.iter().any(|one| inside(*one, place)));
            }
        }
    }
}
