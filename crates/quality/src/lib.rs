//! Model quality (design.md "Quality", formats.md 5 to 7): metrics, baselines, constraints, violations.
//!
//! States over Arrow arrays that update, merge and finish; rank metrics over rows in descending order of their score.
//! Sums are exact and rounded once, so any batching, order or merging gives the same bits. No IO, no async, no clock.

mod argmax;
mod binary;
mod calibration;
mod check;
mod constraint;
mod coverage;
mod curve;
mod exact_sum;
mod figure;
mod fixed_sum;
mod interval;
mod java_double;
mod metric_name;
mod multiclass;
mod order_statistics;
mod problem;
mod rank;
mod ratio;
mod regression;
mod run_state;
mod samples;
mod suggest;

pub use argmax::{ArgmaxError, MOST_PROBABILITIES, argmax};
pub use binary::BinaryState;
pub use calibration::CalibrationBin;
pub use check::{Check, LEAST_ROWS, Outcome, check};
pub use constraint::{Comparison, Constraint, Constraints};
pub use coverage::label_coverage;
pub use curve::{Curves, PrPoint, RocPoint};
pub use exact_sum::ExactSum;
pub use figure::{Figure, Measured, Reason};
pub use interval::Interval;
pub use metric_name::{metric_range, snake_case, violation_name};
pub use multiclass::{MOST_CLASSES, MulticlassState, TooManyClasses};
pub use order_statistics::OrderStatistics;
pub use problem::ProblemType;
pub use rank::{RankState, RankTotals, Ranks};
pub use ratio::ratio;
pub use regression::{RegressionState, ResidualQuantiles};
pub use run_state::RunState;
pub use samples::{SAMPLES, SampleMask, Tally, standard_deviation};
pub use suggest::{BadMargin, Margin, suggest};
