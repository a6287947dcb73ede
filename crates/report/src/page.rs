//! The report that people read: one HTML page, and its short form in Markdown. Data in, text out; the same data give the same
//! bytes.
//!
//! ```
//! use groundline_quality::ProblemType;
//! use groundline_report::page::{Report, Span, report_html};
//!
//! let day = 24 * 3_600_000_000;
//! let report = Report::new("churn", ProblemType::BinaryClassification, Span { from: 0, to: day });
//! assert!(report_html(&report).starts_with("<!DOCTYPE html>"));
//! ```

use maud::{DOCTYPE, PreEscaped, html};

mod chart;
mod data;
mod markdown;
mod number;
mod scale;
mod section;
mod svg;
mod text;
mod thin;
mod time;
mod words;

pub use data::{
    DelayBucket, FailedHour, LabelDelay, Labels, Ledger, LedgerRow, Period, Report, Run, RunState,
    Segment, Segmentation, Series, SeriesPoint, Span, UnmatchedReason, Verdict,
};
pub use markdown::report_markdown;

const STYLE: &str = include_str!("page/style.css");

/// Nothing is loaded and nothing runs, whatever a text holds.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// The report as one self-contained page: no script, no reference to anything outside.
///
/// Under 1 MB for a month of hours and 20 metrics, and under 5 MB whatever the data: of many windows, classes, segments and
/// runs some are shown, and the page says which.
pub fn report_html(report: &Report) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="referrer" content="no-referrer";
                meta name="color-scheme" content="light dark";
                title { (text::name(&report.model)) " · model quality" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    (section::top::header(report))
                    (section::top::verdict(report))
                    (section::top::attention_list(report))
                    (section::checks::checks(report))
                    (section::metrics::over_time(report))
                    (section::figures::figures(report))
                    (section::classes::classes(report))
                    (section::probability::probability(report))
                    (section::segments::segments(report))
                    (section::labels::labels(report))
                    (section::runs::runs(report))
                    (section::records::records(report))
                }
                footer {
                    "Made by groundline. Intervals are 95 % confidence intervals for rows drawn independently."
                }
            }
        }
    }
    .into_string()
}
