//! The confusion matrix with its classes in order, and what each class sums up to.

use std::collections::{BTreeSet, HashMap};

use super::class_order;
use crate::samples::{SAMPLES, Tally};

/// A confusion matrix: the cells that have rows, in order of the classes.
#[derive(Debug)]
pub(super) struct Confusion {
    pub(super) classes: Vec<String>,
    /// (actual, predicted, count), as indices into `classes`, sorted.
    pub(super) cells: Vec<(usize, usize, Tally)>,
    pub(super) all: Margins,
    pub(super) samples: [Margins; SAMPLES],
}

/// What the rows of one set sum up to, by class.
#[derive(Clone, Debug, Default)]
pub(super) struct Margins {
    pub(super) rows: u64,
    /// Rows of which the class is the label.
    pub(super) labels: Vec<u64>,
    /// Rows for which the class was predicted.
    pub(super) predictions: Vec<u64>,
    /// Rows for which it was predicted and is the label.
    pub(super) right: Vec<u64>,
}

impl Confusion {
    /// From counts in any order.
    pub(super) fn of(named: &[(&str, &str, Tally)]) -> Self {
        let seen: BTreeSet<&str> = named
            .iter()
            .flat_map(|(actual, predicted, _)| [*actual, *predicted])
            .collect();
        let mut classes: Vec<&str> = seen.into_iter().collect();
        class_order::sort(&mut classes);
        let places: HashMap<&str, usize> = classes
            .iter()
            .enumerate()
            .map(|(place, class)| (*class, place))
            .collect();
        let mut cells: Vec<(usize, usize, Tally)> = named
            .iter()
            .filter_map(|(actual, predicted, tally)| {
                Some((*places.get(actual)?, *places.get(predicted)?, *tally))
            })
            .collect();
        cells.sort_unstable_by_key(|(actual, predicted, _)| (*actual, *predicted));
        let count = classes.len();
        Self {
            all: Margins::of(count, &cells, |tally| tally.all),
            samples: std::array::from_fn(|sample| {
                Margins::of(count, &cells, |tally| tally.samples[sample])
            }),
            classes: classes.into_iter().map(str::to_owned).collect(),
            cells,
        }
    }

    /// The counts by class.
    pub(super) fn counts(&self) -> Vec<(String, String, u64)> {
        self.cells
            .iter()
            .map(|(actual, predicted, tally)| {
                let (actual, predicted) = (&self.classes[*actual], &self.classes[*predicted]);
                (actual.clone(), predicted.clone(), tally.all)
            })
            .collect()
    }
}

impl Margins {
    fn of(classes: usize, cells: &[(usize, usize, Tally)], count: impl Fn(&Tally) -> u64) -> Self {
        let mut margins = Self {
            rows: 0,
            labels: vec![0; classes],
            predictions: vec![0; classes],
            right: vec![0; classes],
        };
        for (actual, predicted, tally) in cells {
            let count = count(tally);
            margins.rows += count;
            margins.labels[*actual] += count;
            margins.predictions[*predicted] += count;
            if actual == predicted {
                margins.right[*actual] += count;
            }
        }
        margins
    }

    /// Rows of the most frequent label.
    pub(super) fn majority(&self) -> u64 {
        self.labels.iter().copied().max().unwrap_or_default()
    }
}
