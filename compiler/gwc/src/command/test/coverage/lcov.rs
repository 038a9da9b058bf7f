//! Coverage as an LCOV trace file (geninfo(1)): routes are functions, lines are those of routes,
//! rules, limits and conditions, branches are what can be true or false.

use super::{FileCoverage, Reached, Summary};
use crate::suite::coverage::Kind;
use std::fmt::Write;

pub(super) fn render(summary: &Summary) -> String {
    let mut text = String::from("TN:\n");
    for file in &summary.files {
        // Writing to a String cannot fail.
        let _ = record(&mut text, file);
    }
    text
}

fn record(text: &mut String, file: &FileCoverage) -> std::fmt::Result {
    writeln!(text, "SF:{}", file.name)?;
    let routes = || file.points.iter().filter(|p| p.kind == Kind::Route);
    for route in routes() {
        writeln!(text, "FN:{},{}", route.origin.line, name(route))?;
    }
    for route in routes() {
        writeln!(text, "FNDA:{},{}", route.hits, name(route))?;
    }
    writeln!(text, "FNF:{}", routes().count())?;
    writeln!(text, "FNH:{}", routes().filter(|p| p.hits > 0).count())?;
    let (mut branches, mut taken) = (0, 0);
    for (line, points) in file.lines() {
        let pairs: Vec<&Reached> = points.iter().filter(|p| is_branch(p)).collect();
        for (block, pair) in pairs.chunks(2).enumerate() {
            // A condition that was never looked at has no counts, as geninfo has it.
            let looked_at = pair.iter().any(|p| p.hits > 0);
            for (branch, point) in pair.iter().enumerate() {
                let count = match looked_at {
                    true => point.hits.to_string(),
                    false => "-".to_owned(),
                };
                writeln!(text, "BRDA:{line},{block},{branch},{count}")?;
                branches += 1;
                taken += usize::from(point.hits > 0);
            }
        }
    }
    writeln!(text, "BRF:{branches}")?;
    writeln!(text, "BRH:{taken}")?;
    let (mut lines, mut hit) = (0, 0);
    for (line, points) in file.lines() {
        let count = executed(points);
        writeln!(text, "DA:{line},{count}")?;
        lines += 1;
        hit += usize::from(count > 0);
    }
    writeln!(text, "LF:{lines}")?;
    writeln!(text, "LH:{hit}")?;
    writeln!(text, "end_of_record")
}

/// How often a line did what it is for: a rule that is looked at and never decides did not.
fn executed(points: &[Reached]) -> u64 {
    let most = |kinds: &[Kind]| {
        let of = points.iter().filter(|p| kinds.contains(&p.kind));
        of.map(|p| p.hits).max()
    };
    most(&[Kind::Route, Kind::Rule])
        .or_else(|| most(&Kind::ALL))
        .unwrap_or(0)
}

/// Edges and limits come in pairs.
fn is_branch(point: &Reached) -> bool {
    match point.kind {
        Kind::Edge | Kind::Limit => true,
        Kind::Route | Kind::Rule | Kind::Leaf => false,
    }
}

fn name(route: &Reached) -> &str {
    let name = route.name.as_str();
    let name = name.strip_prefix("route ").unwrap_or(name);
    name.strip_suffix(" is taken").unwrap_or(name)
}
