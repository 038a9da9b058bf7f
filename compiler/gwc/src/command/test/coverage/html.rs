//! Coverage as one HTML page that needs nothing else: a table, what no test reaches, and the
//! source with a mark at each line. Light and dark as the reader's system is.

use super::{FileCoverage, Reached, Share, Summary};
use crate::suite::coverage::Kind;
use std::collections::BTreeMap;

const STYLE: &str = include_str!("page.css");

pub(super) fn render(summary: &Summary) -> String {
    let files: String = summary.files.iter().map(source).collect();
    let title = summary.files.first().map_or("", |f| f.name.as_str());
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>Coverage of {title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>Coverage of {title}</h1>\n{}{}{files}</main>\n</body>\n</html>\n",
        table(summary),
        missed(summary)
    )
}

fn table(summary: &Summary) -> String {
    let rows: String = Kind::ALL
        .iter()
        .map(|kind| row(kind.plural(), summary.share(*kind)))
        .chain([row("total", summary.total())])
        .collect();
    format!(
        "<table>\n<thead><tr><th scope=\"col\">what</th><th scope=\"col\">reached</th><th scope=\"col\">of</th><th scope=\"col\" colspan=\"2\">share</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
    )
}

fn row(name: &str, share: Share) -> String {
    let percent = share.percent();
    format!(
        "<tr><th scope=\"row\">{name}</th><td>{}</td><td>{}</td><td><meter min=\"0\" max=\"100\" value=\"{percent:.1}\">{percent:.1} %</meter></td><td>{percent:.1} %</td></tr>\n",
        share.reached, share.all
    )
}

fn missed(summary: &Summary) -> String {
    let items: String = summary
        .missed()
        .iter()
        .map(|missed| {
            let (place, name) = (escaped(&missed.place()), escaped(&missed.point.name));
            let file = escaped(&missed.file.name);
            let line = missed.point.origin.line;
            format!("<li><a href=\"#{file}-{line}\">{place}</a> {name}</li>\n")
        })
        .collect();
    if items.is_empty() {
        return "<p>The tests reach everything.</p>\n".to_owned();
    }
    format!("<h2>Not tested</h2>\n<ul>\n{items}</ul>\n")
}

fn source(file: &FileCoverage) -> String {
    let points: BTreeMap<u32, &[Reached]> = file.lines().collect();
    let name = escaped(&file.name);
    let lines: String = (1u32..)
        .zip(file.text.lines())
        .map(|(number, text)| line(&name, number, text, points.get(&number).copied()))
        .collect();
    format!("<h2>{name}</h2>\n<ol class=\"source\">\n{lines}</ol>\n")
}

fn line(file: &str, number: u32, text: &str, points: Option<&[Reached]>) -> String {
    let text = escaped(text);
    let Some(points) = points else {
        return format!("<li id=\"{file}-{number}\"><code>{text}</code></li>\n");
    };
    let share = Share::of(points.iter());
    let (class, mark, word) = match (share.reached, share.all) {
        (0, _) => ("none", "✗", "not reached"),
        (reached, all) if reached == all => ("all", "✓", "reached"),
        _ => ("some", "◐", "partly reached"),
    };
    let notes: String = points
        .iter()
        .filter(|p| p.hits == 0)
        .map(|p| format!("<small>never: {}</small>", escaped(&p.name)))
        .collect();
    let hits = points.iter().map(|p| p.hits).max().unwrap_or(0);
    format!(
        "<li id=\"{file}-{number}\" class=\"{class}\"><span class=\"mark\" title=\"{word}, {hits} times\" role=\"img\" aria-label=\"{word}\">{mark}</span><code>{text}</code>{notes}</li>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
