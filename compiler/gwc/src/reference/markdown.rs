//! The reference as Markdown, as code hosts show it.

use super::{Access, Answer, Declaration, Detail, Group, Members, Reference, RouteEntry};

/// The whole page.
pub(crate) fn render(reference: &Reference) -> String {
    let mut page = format!("# {}\n", text(&reference.title));
    paragraph(&mut page, &reference.doc);
    page.push_str(&overview(reference));
    for group in &reference.groups {
        page.push_str(&section(group));
    }
    page.push_str(&public(reference));
    for kind in &reference.declarations {
        page.push_str(&format!("\n## {}\n", kind.heading));
        kind.entries
            .iter()
            .for_each(|d| page.push_str(&declaration(d)));
    }
    page.push_str("\n## Answers of every route\n\n");
    page.push_str(&answers(&reference.everywhere));
    page
}

fn overview(reference: &Reference) -> String {
    let rows: String = reference
        .routes()
        .map(|route| {
            format!(
                "| [{}](#{}) | {} | {} | {} |\n",
                cell(&route.name),
                anchor(&route.name),
                cell(&route.methods),
                cell(&code(&route.addresses.join(", "))),
                cell(&who(&route.access))
            )
        })
        .collect();
    format!("\n| route | methods | address | who may call |\n|---|---|---|---|\n{rows}")
}

fn who(access: &Access) -> String {
    match access {
        Access::Public(_) => "everybody".to_owned(),
        Access::Identity(of) if of.is_empty() => "by rule".to_owned(),
        Access::Identity(of) => text(of),
    }
}

fn section(group: &Group) -> String {
    let title = match group.name.as_str() {
        "" => "Routes".to_owned(),
        name => format!("Service {}", text(name)),
    };
    let mut out = format!("\n## {title}\n");
    paragraph(&mut out, &group.doc);
    group.routes.iter().for_each(|r| out.push_str(&route(r)));
    out
}

fn route(route: &RouteEntry) -> String {
    let mut out = format!("\n### {}\n\n", text(&route.name));
    for address in &route.addresses {
        let methods = &route.methods;
        out.push_str(&format!("{}\n", code(&format!("{methods} {address}"))));
    }
    paragraph(&mut out, &route.doc);
    out.push_str(&match &route.access {
        Access::Public(why) => format!("\nPublic: {}.\n", text(why)),
        Access::Identity(of) if of.is_empty() => "\nNo identity is asked for.\n".to_owned(),
        Access::Identity(of) => format!("\nAsks for {}.\n", text(of)),
    });
    route.details.iter().for_each(|d| out.push_str(&detail(d)));
    if !route.answers.is_empty() {
        out.push_str("\n**Refusals and failures**\n\n");
        out.push_str(&answers(&route.answers));
    }
    out.push_str(&format!("\n<sub>{}</sub>\n", text(&route.place)));
    out
}

fn detail(detail: &Detail) -> String {
    let mut out = format!("\n**{}**\n", detail.heading);
    for (statement, scope) in &detail.lines {
        if !scope.is_empty() {
            out.push_str(&format!("\n{}:\n", text(scope)));
        }
        out.push_str(&block(statement));
    }
    out
}

fn answers(answers: &[Answer]) -> String {
    let rows: String = answers
        .iter()
        .map(|a| {
            format!(
                "| {} | {} |\n",
                a.status,
                cell(&text(&a.reasons.join("; ")))
            )
        })
        .collect();
    format!("| status | reason |\n|---|---|\n{rows}")
}

fn public(reference: &Reference) -> String {
    let public = reference.public();
    if public.is_empty() {
        return "\n## Public routes\n\nNone.\n".to_owned();
    }
    let rows: String = public
        .iter()
        .map(|(route, why)| {
            let (name, at) = (cell(&text(&route.name)), anchor(&route.name));
            format!("| [{name}](#{at}) | {} |\n", cell(&text(why)))
        })
        .collect();
    format!("\n## Public routes\n\n| route | why |\n|---|---|\n{rows}")
}

fn declaration(of: &Declaration) -> String {
    let mut out = format!("\n### `{}`\n\n{}.\n", of.name, capital(&of.summary));
    paragraph(&mut out, &of.doc);
    of.members.iter().for_each(|m| out.push_str(&members(m)));
    if !of.source.is_empty() {
        out.push_str(&block(&of.source));
    }
    out
}

fn members(of: &Members) -> String {
    match of {
        Members::Fields(fields) => {
            let has_docs = fields.iter().any(|f| !f.doc.is_empty());
            let row = |f: &super::FieldEntry| {
                let (name, ty) = (cell(&code(&f.name)), cell(&code(&f.ty)));
                // Constraints and documentation are Markdown already.
                let [constraints, doc] =
                    [&f.constraints, &f.doc].map(|w| cell(&w.replace('\n', " ")));
                let doc = if has_docs {
                    format!(" {doc} |")
                } else {
                    String::new()
                };
                format!("| {name} | {ty} | {constraints} |{doc}\n")
            };
            let rows: String = fields.iter().map(row).collect();
            let head = match has_docs {
                true => "| field | type | constraints | meaning |\n|---|---|---|---|",
                false => "| field | type | constraints |\n|---|---|---|",
            };
            format!("\n{head}\n{rows}")
        }
        Members::Variants(variants) => {
            let one = |(name, inherits): &(String, String)| match inherits.as_str() {
                "" => format!("- {}\n", code(name)),
                also => format!("- {}, which stands also for {}\n", code(name), text(also)),
            };
            format!("\n{}", variants.iter().map(one).collect::<String>())
        }
    }
}

fn paragraph(out: &mut String, doc: &str) {
    if !doc.is_empty() {
        // Documentation comments are Markdown already.
        out.push_str(&format!("\n{doc}\n"));
    }
}

/// A block of source; its fence is longer than any in it.
fn block(source: &str) -> String {
    let longest = source.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("\n{fence}gw\n{source}\n{fence}\n")
}

fn code(source: &str) -> String {
    format!("`{}`", source.replace('`', "'"))
}

/// Text that Markdown takes as it is.
fn text(plain: &str) -> String {
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        if matches!(c, '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '#') {
            out.push('\\');
        }
        out.push(if c == '\n' { ' ' } else { c });
    }
    out
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The anchor that code hosts give a heading: lower case, letters, digits, `-` and `_` alone.
fn anchor(heading: &str) -> String {
    let lower = heading.to_lowercase();
    let kept = lower
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    kept.collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}
