//! What a report is made of. Plain values: whoever reads Parquet fills them, in any order that a field does not name.

pub use groundline_quality::RunState;
use groundline_quality::{Check, Measured, ProblemType};

mod account;
mod labels;
mod runs;
mod segments;
mod series;

pub use account::{FailedHour, Ledger, LedgerRow, UnmatchedReason};
pub use labels::{DelayBucket, LabelDelay, Labels};
pub use runs::Run;
pub use segments::{Segment, Segmentation};
pub use series::{Series, SeriesPoint};

/// A half-open span of time `[from, to)`: microseconds since the epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: i64,
    pub to: i64,
}

/// Everything that a report shows of one model.
///
/// Only the first two fields and [`Period::span`] must say something: an empty list or `None` leaves its part of the page
/// out, or has it say what is missing. Texts may hold anything; they are shown as text, and clipped.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub model: String,
    pub problem_type: ProblemType,
    /// Time up to which labels were seen, in microseconds since the epoch, UTC.
    pub labels_as_of: Option<i64>,
    /// What the report is about.
    pub period: Period,
    /// A second period to show beside the first, as a rule an earlier one.
    pub compared: Option<Period>,
    pub verdict: Verdict,
    /// Executions of schedules whose windows are in the period; in any order.
    pub runs: Vec<Run>,
    pub labels: Labels,
    /// A ranking for each set of columns that rows were cut by.
    pub segmentations: Vec<Segmentation>,
    pub ledger: Option<Ledger>,
    /// Why labels matched nothing; in any order.
    pub unmatched: Vec<UnmatchedReason>,
    /// Hours that were not written or could not be read; in order of time.
    pub failed_hours: Vec<FailedHour>,
    /// Warnings, each a sentence.
    pub notes: Vec<String>,
}

impl Report {
    /// A report that knows nothing of the model yet.
    pub fn new(model: impl Into<String>, problem_type: ProblemType, span: Span) -> Self {
        Self {
            model: model.into(),
            problem_type,
            labels_as_of: None,
            period: Period::new(span),
            compared: None,
            verdict: Verdict::default(),
            runs: Vec::new(),
            labels: Labels::default(),
            segmentations: Vec::new(),
            ledger: None,
            unmatched: Vec::new(),
            failed_hours: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// What was measured over one period.
#[derive(Clone, Debug, PartialEq)]
pub struct Period {
    pub span: Span,
    /// Of all rows of the period at once; `None` where nobody measured that.
    pub measured: Option<Measured>,
    /// Predictions of the period, with a label or without.
    pub predictions: Option<u64>,
    /// Those of them that have a label.
    pub labelled: Option<u64>,
    /// Each metric over time, once. The series `label_coverage` goes to the section on labels. The order counts only among
    /// metrics without a constraint, and where metrics are equally important.
    pub series: Vec<Series>,
}

impl Period {
    /// A period of which nothing was measured.
    pub fn new(span: Span) -> Self {
        Self {
            span,
            measured: None,
            predictions: None,
            labelled: None,
            series: Vec::new(),
        }
    }

    /// The metric over time.
    pub fn series_of(&self, metric: &str) -> Option<&Series> {
        self.series.iter().find(|series| series.metric == metric)
    }
}

/// Whether the model does what it should.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// How the execution ended that the checks are of; `None` if nothing was checked.
    pub state: Option<RunState>,
    /// The window that the checks are about; `None` is the whole period.
    pub window: Option<Span>,
    /// Labels of the window are not in yet.
    pub provisional: bool,
    /// Why it failed or was stopped.
    pub message: Option<String>,
    /// Every constraint, held or not; in any order.
    pub checks: Vec<Check>,
}
