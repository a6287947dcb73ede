//! What was measured.

use groundline_quality::{Figure, Measured, ProblemType};
use groundline_store::Window;

/// The metrics of one model or data set.
#[derive(Clone, Debug)]
pub struct QualityReport {
    /// Name of the model, or of the files.
    pub name: String,
    pub problem_type: ProblemType,
    /// The hours that were measured: the window that was asked for, or from the first hour to the last; `None` where the
    /// rows have no hour.
    pub window: Option<Window>,
    /// Names of what cut the rows into segments.
    pub by: Vec<String>,
    /// By window, then by segment.
    pub groups: Vec<QualityGroup>,
    /// Values that are none, accepted by `max_rejects`: how many of which kind, and an example.
    pub misfits: Vec<Misfit>,
}

/// The metrics of one window and segment.
#[derive(Clone, Debug)]
pub struct QualityGroup {
    /// Hours of predictions; `None` where the rows have no hour.
    pub window: Option<Window>,
    /// `plan=basic`; several joined by `, `; `None` is everything.
    pub segment: Option<String>,
    pub rows: RowCounts,
    pub measured: Measured,
    /// Metrics of the user's own.
    pub own: Vec<Figure>,
    /// Share of the predictions that have a label; `None` in a segment that only a metric of the user's own knows.
    pub label_coverage: Option<Figure>,
}

impl QualityGroup {
    /// A window and segment that only a metric of the user's own knows.
    pub(crate) fn of_own(window: Option<Window>, segment: Option<String>) -> Self {
        Self {
            window,
            segment,
            rows: RowCounts::default(),
            measured: Measured::default(),
            own: Vec::new(),
            label_coverage: None,
        }
    }

    /// What was measured, with label coverage and the user's own metrics among the figures.
    pub fn all_measured(&self) -> Measured {
        Measured {
            figures: self.figures().cloned().collect(),
            ..self.measured.clone()
        }
    }

    /// Every figure: SageMaker's and ours, label coverage, the user's own.
    pub fn figures(&self) -> impl Iterator<Item = &Figure> {
        let measured = self.measured.figures.iter();
        measured.chain(&self.label_coverage).chain(&self.own)
    }
}

/// Rows by what they have: each row is in exactly one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct RowCounts {
    /// Rows that were read.
    pub read: u64,
    /// With a label and a prediction: these are measured.
    pub measured: u64,
    /// Without a label.
    pub unlabelled: u64,
    /// With a label, without a prediction.
    pub no_prediction: u64,
    /// With a value that is none.
    pub misfits: u64,
}

impl RowCounts {
    pub(crate) fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.measured += other.measured;
        self.unlabelled += other.unlabelled;
        self.no_prediction += other.no_prediction;
        self.misfits += other.misfits;
    }

    /// Whether every row is in one bucket.
    pub(crate) fn closes(&self) -> bool {
        self.read == self.measured + self.unlabelled + self.no_prediction + self.misfits
    }
}

/// Values of one kind that are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    pub kind: MisfitKind,
    pub count: u64,
    /// The least of them as text, so that it is the same each time.
    pub example: String,
}

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MisfitKind {
    /// A label that is neither class, or no number.
    Label,
    /// A prediction that is neither class, or no number.
    Prediction,
    /// A probability outside 0 to 1, or no number.
    Probability,
    /// A line that is no JSON object.
    Line,
}

impl MisfitKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Prediction => "prediction",
            Self::Probability => "probability",
            Self::Line => "line",
        }
    }
}
