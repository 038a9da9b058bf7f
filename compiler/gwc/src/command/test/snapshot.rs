//! Responses kept beside the policy, as `policy.gw.snap`: reviewed like code, accepted by
//! `--accept`.

use super::TestResult;
use std::path::Path;

/// Compares responses with the snapshot, if there is one; writes it under `accept`. Returns what
/// differs.
pub(super) fn compare(
    policy: &str,
    results: &[TestResult],
    accept: bool,
) -> Result<Vec<String>, String> {
    let path = format!("{policy}.snap");
    if accept {
        if policy == "-" {
            return Err("--accept needs a policy in a file, not standard input".to_owned());
        }
        let text: String = results.iter().map(section).collect();
        std::fs::write(&path, text).map_err(|e| format!("{path} cannot be written: {e}"))?;
        return Ok(Vec::new());
    }
    if !Path::new(&path).exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{path} cannot be read: {e}"))?;
    Ok(results
        .iter()
        .filter_map(|r| difference(&path, &text, r))
        .collect())
}

fn section(result: &TestResult) -> String {
    format!("## {}\n{}\n\n", result.name, result.responses.join("\n"))
}

fn difference(path: &str, text: &str, result: &TestResult) -> Option<String> {
    let title = format!("## {}\n", result.name);
    let kept = text.split_inclusive('\n').collect::<String>();
    let start = kept.find(&title)?;
    let rest = kept.get(start + title.len()..).unwrap_or("");
    let old = rest.split("\n## ").next().unwrap_or(rest).trim_end();
    let new = result.responses.join("\n");
    (old != new.trim_end()).then(|| {
        format!("{path}: the responses of `{}` differ from the snapshot\n{}\naccept them with `gwc test --accept`", result.name, lines(old, &new))
    })
}

/// Lines that only one side has, with `-` and `+`.
fn lines(old: &str, new: &str) -> String {
    let only = |a: &str, b: &str, mark: char| -> String {
        a.lines()
            .filter(|l| !b.lines().any(|o| o == *l))
            .map(|l| format!("  {mark} {l}\n"))
            .collect()
    };
    format!("{}{}", only(old, new, '-'), only(new, old, '+'))
        .trim_end()
        .to_owned()
}
