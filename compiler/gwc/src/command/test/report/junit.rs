//! Results in the JUnit XML that CI systems read (the schema of Jenkins' xUnit plugin): one suite
//! for the policy, one case for each test.

use super::super::{Case, place};
use super::{Report, human};
use std::time::Duration;

pub(in super::super) fn render(report: &Report<'_>) -> String {
    let time: Duration = report.cases.iter().map(|c| c.result.time).sum();
    let gone = report.gone.len();
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\" time=\"{:.6}\"",
        report.cases.len() + gone,
        report.failed() + gone,
        time.as_secs_f64()
    );
    let cases: String = report.cases.iter().map(|c| case(report, c)).collect();
    let gone: String = report
        .gone
        .iter()
        .map(|name| only_kept(report, name))
        .collect();
    let policy = escaped(report.policy);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"gwc test\" {counts}>\n  <testsuite name=\"{policy}\" {counts}>\n{cases}{gone}  </testsuite>\n</testsuites>\n"
    )
}

fn case(report: &Report<'_>, case: &Case<'_>) -> String {
    let at = place(report.sources, case.test.row.unwrap_or(case.test.span));
    let mut at = at.rsplitn(3, ':').skip(1);
    let line = at.next().unwrap_or_default();
    let file = at.next().unwrap_or_default();
    let open = format!(
        "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{line}\" time=\"{:.6}\"",
        escaped(&case.test.name),
        escaped(report.policy),
        escaped(file),
        case.result.time.as_secs_f64()
    );
    if !case.failed() {
        return format!("{open}/>\n");
    }
    let first = case.result.failures.iter().flat_map(|f| &f.differences);
    let message = first.map(|d| d.text.as_str()).next();
    let message = message.unwrap_or("the responses differ from the snapshot");
    let text = human::failures(case, report.sources);
    format!(
        "{open}>\n      <failure type=\"expectation\" message=\"{}\">{}</failure>\n    </testcase>\n",
        escaped(message),
        escaped(&text)
    )
}

/// A test that only the snapshot has.
fn only_kept(report: &Report<'_>, name: &str) -> String {
    format!(
        "    <testcase name=\"{}\" classname=\"{}\" time=\"0\">\n      <failure type=\"snapshot\" message=\"only the snapshot has this test\"/>\n    </testcase>\n",
        escaped(name),
        escaped(report.policy)
    )
}

/// Text as XML 1.0 can hold it: markup escaped, characters that it has no place for replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\u{0}'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(escaped("<a b=\"&\">"), "&lt;a b=&quot;&amp;&quot;&gt;");
        assert_eq!(escaped("a\u{1b}[31m\nb"), "a\u{fffd}[31m&#10;b");
    }
}
