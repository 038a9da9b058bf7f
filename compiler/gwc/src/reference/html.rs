//! The reference as one HTML page that needs nothing else. Light and dark as the reader's system
//! is.

use super::{Access, Answer, Declaration, Detail, Group, Members, Reference, RouteEntry};

const STYLE: &str = include_str!("page.css");

/// The whole page.
pub(crate) fn render(reference: &Reference) -> String {
    let title = escaped(&reference.title);
    let groups: String = reference.groups.iter().map(section).collect();
    let kinds = reference.declarations.iter();
    let declarations: String = kinds
        .map(|kind| {
            let entries: String = kind.entries.iter().map(declaration).collect();
            format!("<h2 id=\"{0}\">{0}</h2>\n{entries}", kind.heading)
        })
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{nav}<main>\n<h1>{title}</h1>\n{doc}{overview}{groups}{public}{declarations}<h2 id=\"everywhere\">Answers of every route</h2>\n{everywhere}</main>\n</body>\n</html>\n",
        nav = navigation(reference),
        doc = prose(&reference.doc),
        overview = overview(reference),
        public = public(reference),
        everywhere = answers(&reference.everywhere),
    )
}

fn navigation(reference: &Reference) -> String {
    let mut items = String::new();
    for group in &reference.groups {
        let name = escaped(heading(group));
        items.push_str(&format!("<li><strong>{name}</strong><ul>\n"));
        for route in &group.routes {
            let (full, short) = (escaped(&route.name), escaped(short(&route.name)));
            items.push_str(&format!("<li><a href=\"#{full}\">{short}</a></li>\n"));
        }
        items.push_str("</ul></li>\n");
    }
    items.push_str("<li><a href=\"#public\">Public routes</a></li>\n");
    for kind in &reference.declarations {
        items.push_str(&format!(
            "<li><a href=\"#{0}\">{0}</a></li>\n",
            kind.heading
        ));
    }
    format!("<nav aria-label=\"Contents\"><ul>\n{items}</ul></nav>\n")
}

fn heading(group: &Group) -> &str {
    match group.name.as_str() {
        "" => "Routes",
        name => name,
    }
}

/// A route's own name, without its service.
fn short(name: &str) -> &str {
    name.split_once('.').map_or(name, |(_, own)| own)
}

fn overview(reference: &Reference) -> String {
    let rows: String = reference
        .routes()
        .map(|route| {
            let name = escaped(&route.name);
            let addresses = escaped(&route.addresses.join(", "));
            format!(
                "<tr><th scope=\"row\"><a href=\"#{name}\">{name}</a></th><td>{}</td><td><code>{addresses}</code></td><td>{}</td></tr>\n",
                escaped(&route.methods),
                who(&route.access)
            )
        })
        .collect();
    format!(
        "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">route</th><th scope=\"col\">methods</th><th scope=\"col\">address</th><th scope=\"col\">who may call</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

fn who(access: &Access) -> String {
    match access {
        Access::Public(_) => "<span class=\"public\">everybody</span>".to_owned(),
        Access::Identity(of) if of.is_empty() => "by rule".to_owned(),
        Access::Identity(of) => escaped(of),
    }
}

fn section(group: &Group) -> String {
    let routes: String = group.routes.iter().map(route).collect();
    let name = escaped(heading(group));
    format!("<h2>{name}</h2>\n{}{routes}", prose(&group.doc))
}

fn route(route: &RouteEntry) -> String {
    let name = escaped(&route.name);
    let addresses: String = route
        .addresses
        .iter()
        .map(|address| {
            let (methods, address) = (escaped(&route.methods), escaped(address));
            format!("<p class=\"address\"><b>{methods}</b> <code>{address}</code></p>\n")
        })
        .collect();
    let access = match &route.access {
        Access::Public(why) => {
            format!(
                "<p><span class=\"public\">Public</span>: {}.</p>\n",
                escaped(why)
            )
        }
        Access::Identity(of) if of.is_empty() => "<p>No identity is asked for.</p>\n".to_owned(),
        Access::Identity(of) => format!("<p>Asks for {}.</p>\n", escaped(of)),
    };
    let details: String = route.details.iter().map(detail).collect();
    let refusals = match route.answers.as_slice() {
        [] => String::new(),
        list => format!("<h4>Refusals and failures</h4>\n{}", answers(list)),
    };
    format!(
        "<section id=\"{name}\">\n<h3>{name} <small>{}</small></h3>\n{addresses}{}{access}{details}{refusals}</section>\n",
        escaped(&route.place),
        prose(&route.doc)
    )
}

fn detail(detail: &Detail) -> String {
    let lines: String = detail
        .lines
        .iter()
        .map(|(statement, scope)| {
            let scope = match scope.as_str() {
                "" => String::new(),
                scope => format!("<small>{}</small>", escaped(scope)),
            };
            format!("<pre>{scope}<code>{}</code></pre>\n", escaped(statement))
        })
        .collect();
    format!("<h4>{}</h4>\n{lines}", detail.heading)
}

fn answers(answers: &[Answer]) -> String {
    let rows: String = answers
        .iter()
        .map(|a| {
            let reasons = escaped(&a.reasons.join("; "));
            format!(
                "<tr><th scope=\"row\">{}</th><td>{reasons}</td></tr>\n",
                a.status
            )
        })
        .collect();
    format!(
        "<table class=\"answers\">\n<thead><tr><th scope=\"col\">status</th><th scope=\"col\">reason</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
    )
}

fn public(reference: &Reference) -> String {
    let public = reference.public();
    let rows: String = public
        .iter()
        .map(|(route, why)| {
            let name = escaped(&route.name);
            format!(
                "<tr><th scope=\"row\"><a href=\"#{name}\">{name}</a></th><td>{}</td></tr>\n",
                escaped(why)
            )
        })
        .collect();
    let body = match rows.as_str() {
        "" => "<p>None.</p>\n".to_owned(),
        rows => format!(
            "<table>\n<thead><tr><th scope=\"col\">route</th><th scope=\"col\">why</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
        ),
    };
    format!("<h2 id=\"public\">Public routes</h2>\n{body}")
}

fn declaration(of: &Declaration) -> String {
    let source = match of.source.as_str() {
        "" => String::new(),
        source => format!("<pre><code>{}</code></pre>\n", escaped(source)),
    };
    format!(
        "<section>\n<h3>{}</h3>\n<p>{}.</p>\n{}{}{source}</section>\n",
        escaped(&of.name),
        inline(&of.summary),
        prose(&of.doc),
        of.members.iter().map(members).collect::<String>(),
    )
}

fn members(of: &Members) -> String {
    match of {
        Members::Fields(fields) => {
            let heads = ["field", "type", "constraints", "meaning"];
            let has_docs = fields.iter().any(|f| !f.doc.is_empty());
            let heads = heads.get(..heads.len() - usize::from(!has_docs));
            let row = |f: &super::FieldEntry| {
                let ty = format!("<code>{}</code>", escaped(&f.ty));
                let doc = has_docs.then(|| inline(&f.doc));
                [ty, inline(&f.constraints)]
                    .into_iter()
                    .chain(doc)
                    .collect()
            };
            let rows = fields.iter().map(|f| (f.name.as_str(), row(f)));
            table(heads.unwrap_or_default(), rows)
        }
        Members::Variants(variants) => {
            let one = |(name, inherits): &(String, String)| {
                let also = match inherits.as_str() {
                    "" => String::new(),
                    also => format!(", which stands also for {}", escaped(also)),
                };
                format!("<li><code>{}</code>{also}</li>\n", escaped(name))
            };
            let variants: String = variants.iter().map(one).collect();
            format!("<ul>\n{variants}</ul>\n")
        }
    }
}

/// A table whose rows begin with a name.
fn table<'n>(heads: &[&str], rows: impl Iterator<Item = (&'n str, Vec<String>)>) -> String {
    let heads = heads.iter();
    let heads: String = heads
        .map(|head| format!("<th scope=\"col\">{head}</th>"))
        .collect();
    let row = |(name, cells): (&str, Vec<String>)| {
        let cells: String = cells.iter().map(|c| format!("<td>{c}</td>")).collect();
        let name = escaped(name);
        format!("<tr><th scope=\"row\"><code>{name}</code></th>{cells}</tr>\n")
    };
    let rows: String = rows.map(row).collect();
    format!(
        "<div class=\"wide\"><table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

/// Documentation: paragraphs with code in backquotes. What else Markdown has is shown as written.
fn prose(doc: &str) -> String {
    let paragraphs = doc.split("\n\n").filter(|p| !p.trim().is_empty());
    paragraphs
        .map(|p| format!("<p>{}</p>\n", inline(p)))
        .collect()
}

fn inline(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let whole = text.matches('`').count().is_multiple_of(2);
    parts
        .map(|(at, part)| match at % 2 {
            1 if whole => format!("<code>{}</code>", escaped(part)),
            1 => format!("`{}", escaped(part)),
            _ if at > 0 && !whole => format!("`{}", escaped(part)),
            _ => escaped(part),
        })
        .collect()
}

/// Text without what HTML reads as markup, in elements and in quoted attributes.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
