//! Which part of the rows does the damage.

use groundline_quality::Interval;

/// Rows cut into segments by some columns.
///
/// **Damage** of a segment is its share of the total error less its share of the rows. Of segments in a partition it sums
/// up to 0. It is also the share of the total error that would go if the segment were as good as the whole: with E of
/// the error and N of the rows in all, e and n in the segment, `(e - n E / N) / E = e / E - n / N`.
#[derive(Clone, Debug, PartialEq)]
pub struct Segmentation {
    /// Columns that rows were cut by, such as `plan` or `plan, region`.
    pub by: String,
    /// The metric of the segments, such as `accuracy` or `mae`.
    pub metric: String,
    /// Rows with a prediction and a label, of all segments, also of those that are not listed.
    pub rows: u64,
    /// Total error of those rows: of classes the rows predicted wrong, of numbers the sum of absolute residuals.
    pub error: f64,
    /// The metric of all rows.
    pub value: Option<f64>,
    /// In any order.
    pub segments: Vec<Segment>,
}

/// One segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// As in `plan=basic`.
    pub name: String,
    /// Rows with a prediction and a label.
    pub n: u64,
    /// [`Segmentation::metric`] of these rows.
    pub value: Option<f64>,
    pub interval: Option<Interval>,
    /// Error of these rows, in the unit of [`Segmentation::error`].
    pub error: f64,
}

impl Segmentation {
    /// Damage of a segment of this segmentation, -1 to 1; `None` without rows or without error.
    pub fn damage(&self, segment: &Segment) -> Option<f64> {
        let damage = segment.error / self.error - segment.n as f64 / self.rows as f64;
        damage.is_finite().then_some(damage)
    }
}
