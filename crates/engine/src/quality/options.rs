//! What is measured, and by what.

use std::path::PathBuf;

use groundline_quality::ProblemType;
use groundline_store::{Hour, Window};

use crate::options::{MaxRejects, Resources};

/// The rows that are measured.
#[derive(Clone, Debug)]
pub enum QualitySource {
    /// Hour files of one model below the output folder of a merge.
    Merged {
        out: String,
        model: String,
        /// Globs; empty means all.
        endpoints: Vec<String>,
        variants: Vec<String>,
    },
    /// Parquet, CSV or JSON Lines with columns for prediction and label.
    Dataset(Dataset),
}

/// Files of anybody's.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    /// A file, a folder or a glob, local or remote.
    pub files: String,
    /// Whether a CSV's first row has the names; `None` looks: a row of numbers is none.
    pub header: Option<bool>,
    /// Column of the predicted value: a name, a number from 0, or Spark's `_c0`; in JSON Lines a path.
    pub inference_attribute: Option<String>,
    /// Column of the probability of the positive class.
    pub probability_attribute: Option<String>,
    /// Column of the label.
    pub ground_truth_attribute: Option<String>,
}

/// How values become classes or numbers.
#[derive(Clone, Debug)]
pub struct QualityValues {
    /// `None`: binary where there are probabilities, else an error that asks.
    pub problem_type: Option<ProblemType>,
    /// Where nothing is predicted, a probability at the threshold is the positive class.
    pub probability_threshold: f64,
    pub positive_class: String,
    pub negative_class: String,
    /// Names of the classes of a list of probabilities, in its order.
    pub class_names: Vec<String>,
    /// `"1"`, `1` and `1.0` are one class.
    pub numbers_are_classes: bool,
}

impl Default for QualityValues {
    fn default() -> Self {
        Self {
            problem_type: None,
            probability_threshold: 0.5,
            positive_class: "1".into(),
            negative_class: "0".into(),
            class_names: Vec::new(),
            numbers_are_classes: true,
        }
    }
}

/// How a window is cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Every {
    /// Not at all.
    #[default]
    Window,
    Hour,
    Day,
    /// From Monday, as ISO 8601 has it.
    Week,
}

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// The epoch was a Thursday.
const FIRST_MONDAY: i64 = 4 * DAY;

impl Every {
    /// As flags and paths say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    /// Beginning of the piece that an instant is in; microseconds since the epoch. 0 where nothing is cut.
    pub(crate) fn start(self, micros: i64) -> i64 {
        let floor = |size: i64, offset: i64| {
            let from = micros.saturating_sub(offset);
            from.div_euclid(size) * size + offset
        };
        match self {
            Self::Window => 0,
            Self::Hour => floor(HOUR, 0),
            Self::Day => floor(DAY, 0),
            Self::Week => floor(7 * DAY, FIRST_MONDAY),
        }
    }

    /// The hours of the piece that begins at `start`, kept inside `window`.
    pub(crate) fn piece(self, start: i64, window: Option<Window>) -> Option<Window> {
        let hours = match self {
            Self::Window => return window,
            Self::Hour => 1,
            Self::Day => 24,
            Self::Week => 7 * 24,
        };
        let from = Hour::from_micros(start);
        let piece = Window::new(from, from.plus(hours)).ok()?;
        match window {
            Some(window) => piece.intersect(window),
            None => Some(piece),
        }
    }
}

/// A metric of the user's own: a statement over `merged` that returns `metric, value[, segment]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnMetric {
    /// Its file as the user wrote it; messages name it.
    pub file: String,
    pub text: String,
}

/// One measurement.
#[derive(Clone, Debug)]
pub struct QualityOptions {
    pub source: QualitySource,
    pub values: QualityValues,
    /// Hours of predictions; `None` is all.
    pub window: Option<Window>,
    pub every: Every,
    /// Columns or SQL expressions that cut the rows into segments, each `EXPRESSION` or `EXPRESSION AS name`.
    pub by: Vec<String>,
    pub own: Vec<OwnMetric>,
    /// Most values that are none (a label of no class, a probability outside 0 to 1).
    pub max_rejects: MaxRejects,
    /// Most points of each curve.
    pub curve_points: usize,
    /// Folder whose files replace shipped statements by relative path.
    pub sql_dir: Option<PathBuf>,
    pub resources: Resources,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn hour(day: u32, hour: u32) -> Hour {
        Hour::from_parts(2026, 11, day, hour).unwrap()
    }

    #[test]
    fn weeks_begin_on_monday() {
        // 2026-11-21 is a Saturday; its week began on the 16th.
        let (saturday, monday) = (hour(21, 17).micros(), hour(16, 0).micros());
        assert_eq!(Every::Week.start(saturday), monday);
        assert_eq!(Every::Week.start(monday), monday);
        assert_eq!(Every::Week.start(monday - 1), monday - 7 * DAY);
    }

    #[test]
    fn pieces_stay_inside_the_window() {
        let window = Window::new(hour(21, 6), hour(22, 0)).unwrap();
        let start = hour(21, 0).micros();
        assert_eq!(Every::Day.piece(start, Some(window)), Some(window));
        let whole = Window::new(hour(21, 0), hour(22, 0)).unwrap();
        assert_eq!(Every::Day.piece(start, None), Some(whole));
    }
}
