//! What the tests reached, as text, LCOV, HTML and JSON.

mod html;
mod lcov;
pub(super) mod text;

use crate::args::Test;
use crate::input::{Refused, usage};
use crate::print;
use crate::suite::coverage::{Hits, Kind, Map};
use gw_graph::Origin;
use gw_syntax::Sources;

/// Whether the command line asks for coverage.
pub(super) fn asked(args: &Test) -> bool {
    args.coverage || args.lcov.is_some() || args.html.is_some() || args.min.is_some()
}

/// A point with how often it was reached.
pub(super) struct Reached {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) origin: Origin,
    pub(super) hits: u64,
}

/// A source file with what can be reached in it, by line.
pub(super) struct FileCoverage {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) points: Vec<Reached>,
}

/// The coverage of a run.
pub(super) struct Summary {
    pub(super) files: Vec<FileCoverage>,
}

/// So many of so many.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Share {
    pub(super) reached: usize,
    pub(super) all: usize,
}

impl Summary {
    /// Points by file and line.
    pub(super) fn of(map: &Map, hits: &Hits, sources: &Sources) -> Self {
        let file = |(_, source): (_, &gw_syntax::Source)| FileCoverage {
            name: source.name.clone(),
            text: source.text.to_string(),
            points: Vec::new(),
        };
        let mut files: Vec<FileCoverage> = sources.iter().map(file).collect();
        for (point, hits) in map.points(hits) {
            // Files of a graph are numbered as its sources are.
            let Some(file) = files.get_mut(point.origin.file as usize) else {
                continue;
            };
            file.points.push(Reached {
                kind: point.kind,
                name: point.name.clone(),
                origin: point.origin,
                hits,
            });
        }
        for file in &mut files {
            file.points
                .sort_by_key(|p| (p.origin.line, p.origin.column, p.kind));
        }
        files.retain(|f| !f.points.is_empty());
        Self { files }
    }

    pub(super) fn points(&self) -> impl Iterator<Item = (&FileCoverage, &Reached)> {
        let points = |file| FileCoverage::each(file);
        self.files.iter().flat_map(points)
    }

    pub(super) fn share(&self, kind: Kind) -> Share {
        Share::of(self.points().map(|(_, p)| p).filter(|p| p.kind == kind))
    }

    pub(super) fn total(&self) -> Share {
        Share::of(self.points().map(|(_, p)| p))
    }

    /// The points that no test reached; those of one place and name once, with their number.
    pub(super) fn missed(&self) -> Vec<Missed<'_>> {
        let mut missed: Vec<Missed<'_>> = Vec::new();
        for (file, point) in self.points().filter(|(_, p)| p.hits == 0) {
            let same = |other: &&mut Missed<'_>| {
                let key = |p: &'_ Reached| (p.origin, p.kind);
                key(other.point) == key(point) && other.point.name == point.name
            };
            // Points are sorted by place: equal ones are near.
            match missed.iter_mut().rev().take(8).find(same) {
                Some(known) => known.count += 1,
                None => missed.push(Missed {
                    file,
                    point,
                    count: 1,
                }),
            }
        }
        missed
    }
}

/// Something that no test reached.
pub(super) struct Missed<'s> {
    pub(super) file: &'s FileCoverage,
    pub(super) point: &'s Reached,
    /// At how many nodes of diagrams.
    pub(super) count: usize,
}

impl Missed<'_> {
    /// `shop.gw:12:3`.
    pub(super) fn place(&self) -> String {
        let origin = self.point.origin;
        format!("{}:{}:{}", self.file.name, origin.line, origin.column)
    }
}

impl FileCoverage {
    fn each(&self) -> impl Iterator<Item = (&Self, &Reached)> {
        self.points.iter().map(move |point| (self, point))
    }

    /// The points of each line that has some, in order.
    pub(super) fn lines(&self) -> impl Iterator<Item = (u32, &[Reached])> {
        let chunks = self.points.chunk_by(|a, b| a.origin.line == b.origin.line);
        chunks.filter_map(|points| Some((points.first()?.origin.line, points)))
    }
}

impl Share {
    pub(super) fn of<'p>(points: impl Iterator<Item = &'p Reached>) -> Self {
        points.fold(Self::default(), |share, point| Self {
            reached: share.reached + usize::from(point.hits > 0),
            all: share.all + 1,
        })
    }

    /// In percent; all of nothing is everything.
    pub(super) fn percent(self) -> f64 {
        if self.all == 0 {
            return 100.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let share = self.reached as f64 / self.all as f64;
        share * 100.0
    }
}

/// Writes the files that were asked for. Whether the coverage is what `--min` asks.
pub(super) fn write(args: &Test, summary: &Summary) -> Result<bool, Refused> {
    let outputs = [
        (&args.lcov, lcov::render as fn(&Summary) -> String),
        (&args.html, html::render),
    ];
    for (path, render) in outputs {
        if let Some(path) = path {
            std::fs::write(path, render(summary))
                .map_err(|e| usage(&format!("{path} cannot be written: {e}")))?;
        }
    }
    let percent = summary.total().percent();
    let Some(min) = args.min.filter(|min| percent < *min) else {
        return Ok(true);
    };
    print::err(&format!(
        "error: the tests reach {percent:.1} % of the policy, which is below {min} %\n"
    ));
    Ok(false)
}

/// The coverage for the JSON report.
pub(super) fn json(summary: &Summary) -> serde_json::Value {
    let share = |s: Share| serde_json::json!({ "reached": s.reached, "all": s.all });
    let mut object = serde_json::Map::new();
    for kind in Kind::ALL {
        object.insert(kind.plural().to_owned(), share(summary.share(kind)));
    }
    object.insert("total".to_owned(), share(summary.total()));
    object.insert("percent".to_owned(), summary.total().percent().into());
    let missed = summary.points().filter(|(_, p)| p.hits == 0);
    let missed = missed.map(|(file, p)| {
        serde_json::json!({
            "kind": p.kind.plural(), "name": p.name,
            "file": file.name, "line": p.origin.line, "column": p.origin.column,
        })
    });
    object.insert("missed".to_owned(), missed.collect());
    serde_json::Value::Object(object)
}
