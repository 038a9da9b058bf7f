//! Coverage for the terminal: a table, and what no test reached.

use super::{Share, Summary};
use crate::suite::coverage::Kind;

pub(in super::super) fn render(summary: &Summary) -> String {
    let mut text = String::from("\ncoverage\n");
    for kind in Kind::ALL {
        text.push_str(&row(kind.plural(), summary.share(kind)));
    }
    text.push_str(&row("total", summary.total()));
    let missed = summary.missed();
    if missed.is_empty() {
        return text;
    }
    text.push_str("\nnot tested\n");
    let width = missed.iter().map(|m| m.place().len()).max();
    let width = width.unwrap_or(0);
    for missed in missed {
        let nodes = match missed.count {
            1 => String::new(),
            n => format!("  ({n} nodes)"),
        };
        let (place, name) = (missed.place(), &missed.point.name);
        text.push_str(&format!("  {place:width$}  {name}{nodes}\n"));
    }
    text
}

fn row(name: &str, share: Share) -> String {
    let Share { reached, all } = share;
    format!(
        "  {name:<7} {reached:>5} of {all:>5}  {:>5.1} %\n",
        share.percent()
    )
}
