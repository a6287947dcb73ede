//! The report in short, for job summaries.

use super::chart::line::limit;
use super::data::Report;
use super::number::{ends, grouped, measured, number, percent};
use super::section::top::kind;
use super::words::{self, attention, share};
use super::{text, time};

/// Constraints and matters that are listed.
const MOST_CHECKS: usize = 40;
const MOST_MATTERS: usize = 12;

/// The report in Markdown: the verdict, the constraints as a table, coverage, and what needs attention. No HTML, no links;
/// texts of strangers are escaped.
pub fn report_markdown(report: &Report) -> String {
    let (standing, headline) = words::headline(report);
    let mut out = format!(
        "## {} {}\n\n**{} {}**",
        escaped("Model quality:"),
        escaped(&text::name(&report.model)),
        standing.sign(),
        escaped(&headline)
    );
    if let Some(certainty) = words::certainty(report) {
        out += &format!(" {}", escaped(&certainty));
    }
    out += &format!(
        "\n\n{}, {} UTC",
        kind(report.problem_type),
        time::span(report.period.span)
    );
    if let Some(time) = report.labels_as_of {
        out += &format!(", labels as of {} UTC", time::instant(time));
    }
    out += "\n";
    checks(report, &mut out);
    if let Some(coverage) = share(report.period.labelled, report.period.predictions) {
        out += &format!(
            "\nLabel coverage: {} of {} predictions.\n",
            percent(coverage),
            grouped(report.period.predictions.unwrap_or_default())
        );
    }
    let matters = attention(report);
    if !matters.is_empty() {
        out += "\nNeeds attention:\n\n";
        for matter in matters.iter().take(MOST_MATTERS) {
            out += &format!("- {}\n", escaped(&matter.said));
        }
        if matters.len() > MOST_MATTERS {
            out += &format!("- … and {} more\n", matters.len() - MOST_MATTERS);
        }
    }
    out
}

fn checks(report: &Report, out: &mut String) {
    let ranked = words::ranked(&report.verdict);
    if ranked.is_empty() {
        return;
    }
    *out += "\n| constraint | state | value | 95 % interval | allowed | baseline | n |\n|---|---|--:|--:|--:|--:|--:|\n";
    for check in ranked.iter().take(MOST_CHECKS) {
        let (standing, state) = words::state_of(check);
        let figure = check.figure.as_ref();
        let interval = figure.and_then(|figure| figure.interval);
        let cells = [
            text::metric(&check.constraint.metric).into_owned(),
            format!("{} {state}", standing.sign()),
            words::value(check).map_or_else(|| "–".to_owned(), |value| measured(value, interval)),
            interval.map_or_else(String::new, ends),
            format!(
                "{} {}",
                limit(check.constraint.comparison),
                number(check.constraint.threshold)
            ),
            check.constraint.baseline.map_or_else(String::new, number),
            figure.map_or_else(String::new, |figure| grouped(figure.n)),
        ];
        *out += "|";
        for cell in cells {
            *out += &format!(" {} |", escaped(&cell));
        }
        *out += "\n";
    }
    if ranked.len() > MOST_CHECKS {
        *out += &format!("\n… and {} more constraints.\n", ranked.len() - MOST_CHECKS);
    }
}

/// Text that stays text: no HTML, no emphasis, links, mentions or cells.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '@' => safe.push_str("&#64;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '~' | '!' => {
                safe.push('\\');
                safe.push(character);
            }
            plain => safe.push(plain),
        }
    }
    // Else what looks like an address becomes a link.
    safe.replace("://", "&#58;//").replace("www.", "www&#46;")
}
