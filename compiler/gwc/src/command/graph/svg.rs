//! The drawing as SVG, laid out in columns: no tool is needed to look at it.

use super::{Kind, Picture};

const WIDTH: usize = 290;
const GAP_X: usize = 70;
const LINE: usize = 16;
const GAP_Y: usize = 14;

/// Where a box stands.
struct Place {
    x: usize,
    y: usize,
    height: usize,
}

/// The whole document.
pub(super) fn draw(picture: &Picture) -> String {
    let mut heights = [20usize; 4];
    let places: Vec<Place> = picture
        .nodes
        .iter()
        .map(|node| {
            let height = node.label.lines().count() * LINE + 12;
            let y = heights.get(node.column).copied().unwrap_or(20);
            if let Some(bottom) = heights.get_mut(node.column) {
                *bottom += height + GAP_Y;
            }
            Place {
                x: 20 + node.column * (WIDTH + GAP_X),
                y,
                height,
            }
        })
        .collect();
    let total = heights.iter().max().copied().unwrap_or(20) + 10;
    let width = 4 * WIDTH + 3 * GAP_X + 40;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{total}\" viewBox=\"0 0 {width} {total}\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for (from, to) in &picture.edges {
        if let (Some(a), Some(b)) = (places.get(*from), places.get(*to)) {
            text.push_str(&edge(a, b));
        }
    }
    for (node, place) in picture.nodes.iter().zip(&places) {
        text.push_str(&boxed(place, &node.label, node.kind));
    }
    text.push_str("</svg>\n");
    text
}

fn edge(a: &Place, b: &Place) -> String {
    let (x1, y1) = (a.x + WIDTH, a.y + a.height / 2);
    let (x2, y2) = (b.x, b.y + b.height / 2);
    let middle = (x1 + x2) / 2;
    format!(
        "<path d=\"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}\" fill=\"none\" stroke=\"#8a94a6\"/>\n"
    )
}

fn boxed(place: &Place, label: &str, kind: Kind) -> String {
    let (fill, stroke, dash) = match kind {
        Kind::Host => ("#eef4ff", "#3b6fd4", ""),
        Kind::Route => ("#f5f6f8", "#5b6472", ""),
        Kind::Public => ("#fff6e5", "#c98500", " stroke-dasharray=\"4 3\""),
        Kind::Check => ("#eafaf1", "#1f8a55", ""),
        Kind::Target => ("#f6efff", "#7a45c4", ""),
    };
    let Place { x, y, height } = place;
    let mut text = format!(
        "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{height}\" rx=\"6\" fill=\"{fill}\" stroke=\"{stroke}\"{dash}/>\n"
    );
    for (index, line) in label.lines().enumerate() {
        let weight = if index == 0 {
            " font-weight=\"600\""
        } else {
            ""
        };
        let y = y + 18 + index * LINE;
        text.push_str(&format!(
            "<text x=\"{}\" y=\"{y}\"{weight}>{}</text>\n",
            x + 10,
            escape(&fit(line))
        ));
    }
    text
}

/// At most 36 characters, so that the text stays inside its box.
fn fit(line: &str) -> String {
    if line.chars().count() <= 36 {
        return line.to_owned();
    }
    line.chars().take(35).chain(['…']).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
