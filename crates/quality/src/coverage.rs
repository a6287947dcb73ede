//! How many predictions have a label.

use crate::figure::{Figure, Reason};
use crate::interval::Interval;
use crate::ratio::ratio;

/// Name of the metric.
const NAME: &str = "label_coverage";

/// Share of the predictions that have a label, with its Wilson interval; undefined without predictions.
pub fn label_coverage(labelled: u64, predicted: u64) -> Figure {
    match ratio(labelled.into(), predicted.into()) {
        Some(value) => {
            Figure::new(NAME, value, predicted).within(Interval::wilson(labelled, predicted))
        }
        None => Figure::undefined(NAME, 0, Reason::NoPredictions),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage_is_a_share_and_undefined_without_predictions() {
        assert_eq!(label_coverage(3, 4).value, Some(0.75));
        let none = label_coverage(0, 0);
        assert_eq!(
            (none.value, none.reason),
            (None, Some(Reason::NoPredictions))
        );
    }
}
