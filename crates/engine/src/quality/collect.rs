//! A worker: takes batches of rows and updates the states of their groups.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use groundline_quality::{ProblemType, SampleMask};

use super::groups::Groups;
use super::options::Every;
use super::report::{MisfitKind, RowCounts};
use super::sort_key::SortKey;
use super::sorter::{RUN, Sorter};
use super::states::{RowKey, States};
use crate::error::EngineError;

/// Names of the columns of `measured` and of the statements over it.
pub(crate) mod names {
    pub(crate) const HOUR: &str = "hour_micros";
    pub(crate) const KEY: &str = "row_key";
    pub(crate) const INDEX: &str = "row_index";
    pub(crate) const LABEL: &str = "label";
    pub(crate) const PREDICTION: &str = "prediction";
    pub(crate) const PROBABILITY: &str = "probability";
    pub(crate) const ACTUAL: &str = "actual";
    pub(crate) const PREDICTED: &str = "predicted";
    pub(crate) const SCORE: &str = "score";
    pub(crate) const BROKEN: &str = "broken_line";

    /// The segment column of a number.
    pub(crate) fn segment(at: usize) -> String {
        format!("segment_{at}")
    }
}

/// What all workers share.
pub(crate) struct Shared {
    pub(crate) groups: Groups,
    pub(crate) every: Every,
    pub(crate) segments: usize,
    pub(crate) keyed: bool,
    /// Probabilities in descending order, or residuals in ascending order.
    pub(crate) ranks: Sorter,
    /// Absolute residuals in ascending order.
    pub(crate) magnitudes: Sorter,
}

/// What one worker has seen.
pub(crate) struct Worker {
    shared: Arc<Shared>,
    pub(crate) states: States,
    pub(crate) counts: Vec<RowCounts>,
    pub(crate) misfits: BTreeMap<MisfitKind, (u64, String)>,
    ranks: Vec<u128>,
    magnitudes: Vec<u128>,
    numbers: Vec<usize>,
}

impl Worker {
    pub(crate) fn new(shared: Arc<Shared>, problem_type: ProblemType) -> Self {
        Self {
            shared,
            states: States::new(problem_type),
            counts: Vec::new(),
            misfits: BTreeMap::new(),
            ranks: Vec::new(),
            magnitudes: Vec::new(),
            numbers: Vec::new(),
        }
    }

    /// Takes a batch, whose first row has the number `first`.
    pub(crate) async fn take(
        &mut self,
        batch: &RecordBatch,
        first: u64,
    ) -> Result<(), EngineError> {
        let rows = Rows::of(batch, first, self.shared.keyed)?;
        if rows.hours.is_some_and(|hours| hours.null_count() > 0) {
            return Err(super::QualityError::NullHour.into());
        }
        let starts: Int64Array = match rows.hours {
            Some(hours) => hours.unary(|micros| self.shared.every.start(micros)),
            None => Int64Array::from(vec![0; batch.num_rows()]),
        };
        let segments: Vec<ArrayRef> = (0..self.shared.segments)
            .filter_map(|at| batch.column_by_name(&names::segment(at)).cloned())
            .collect();
        let mut numbers = std::mem::take(&mut self.numbers);
        self.shared.groups.of(starts, &segments, &mut numbers)?;
        let groups = numbers.iter().max().map_or(0, |group| group + 1);
        self.states.grow(groups);
        if self.counts.len() < groups {
            self.counts.resize(groups, RowCounts::default());
        }
        self.update(batch, &rows, &numbers)?;
        self.numbers = numbers;
        for (keys, sorter) in [
            (&mut self.ranks, &self.shared.ranks),
            (&mut self.magnitudes, &self.shared.magnitudes),
        ] {
            // A batch may be longer than what is left: the run is a little longer then.
            if keys.len() >= RUN {
                let next = Vec::with_capacity(RUN + batch.num_rows());
                sorter.push(std::mem::replace(keys, next)).await?;
            }
        }
        Ok(())
    }

    /// Hands over the keys of the last run.
    pub(crate) async fn finish(mut self) -> Result<Self, EngineError> {
        self.shared
            .ranks
            .push(std::mem::take(&mut self.ranks))
            .await?;
        let magnitudes = std::mem::take(&mut self.magnitudes);
        self.shared.magnitudes.push(magnitudes).await?;
        Ok(self)
    }

    fn update(
        &mut self,
        batch: &RecordBatch,
        rows: &Rows<'_>,
        numbers: &[usize],
    ) -> Result<(), EngineError> {
        let no_column =
            || EngineError::from(super::QualityError::Open("a column is missing".to_owned()));
        let actual = batch.column_by_name(names::ACTUAL).ok_or_else(no_column)?;
        let predicted = batch
            .column_by_name(names::PREDICTED)
            .ok_or_else(no_column)?;
        let score = batch.column_by_name(names::SCORE).ok_or_else(no_column)?;
        let score = cast(score, &DataType::Float64)?;
        let score = score.as_primitive::<Float64Type>();
        let mut states = std::mem::replace(&mut self.states, States::Binary(Vec::new()));
        let outcome = match &mut states {
            States::Binary(states) => {
                let truth = |column: &ArrayRef| cast(column, &DataType::Boolean);
                let (actual, predicted) = (truth(actual)?, truth(predicted)?);
                let (actual, predicted) = (actual.as_boolean(), predicted.as_boolean());
                let sound = self.sort_out(rows, numbers, actual, predicted, Some(score));
                // Zipped, so that nothing is checked for each row twice.
                let classes = actual.values().iter().zip(predicted.values());
                let scores = score.values().iter().enumerate();
                for ((&group, (positive, predicted)), (row, &value)) in
                    numbers.iter().zip(classes).zip(scores)
                {
                    if !sound.holds(row) {
                        continue;
                    }
                    let Some(state) = states.get_mut(group) else {
                        continue;
                    };
                    let mask = rows.mask(row);
                    let probability = score.is_valid(row).then_some(value);
                    state.add(positive, predicted, probability, mask);
                    if probability.is_some() {
                        let key = sort_key(group, value, positive, mask);
                        self.ranks.push(key.descending());
                    }
                }
                Ok(())
            }
            States::Multiclass(states) => {
                let (actual, predicted) = (text(actual)?, text(predicted)?);
                let sound = self.sort_out(rows, numbers, &actual, &predicted, None);
                let mut outcome = Ok(());
                for (row, group) in numbers.iter().copied().enumerate() {
                    let (true, Some(state)) = (sound.holds(row), states.get_mut(group)) else {
                        continue;
                    };
                    let mask = rows.mask(row);
                    if let Err(error) = state.add(actual.value(row), predicted.value(row), mask) {
                        outcome = Err(super::QualityError::from(error).into());
                        break;
                    }
                }
                outcome
            }
            States::Regression(states) => {
                let (actual, predicted) = (numbers_of(actual)?, numbers_of(predicted)?);
                let sound = self.sort_out(rows, numbers, &actual, &predicted, None);
                for (row, group) in numbers.iter().copied().enumerate() {
                    let (true, Some(state)) = (sound.holds(row), states.get_mut(group)) else {
                        continue;
                    };
                    let mask = rows.mask(row);
                    let (actual, predicted) = (actual.value(row), predicted.value(row));
                    state.add(actual, predicted, mask);
                    let residual = predicted - actual;
                    if residual.is_finite() {
                        let key = |value| sort_key(group, value, false, SampleMask(0)).ascending();
                        self.ranks.push(key(residual));
                        self.magnitudes.push(key(residual.abs()));
                    }
                }
                Ok(())
            }
        };
        self.states = states;
        outcome
    }

    /// Counts the rows of a batch into their buckets, and says which are measured.
    fn sort_out(
        &mut self,
        rows: &Rows<'_>,
        numbers: &[usize],
        actual: &impl Array,
        predicted: &impl Array,
        score: Option<&Float64Array>,
    ) -> Sound {
        let is_probability = |value: &f64| (0.0..=1.0).contains(value);
        let whole = rows
            .broken
            .is_none_or(|broken| broken.null_count() == broken.len())
            && rows.label.null_count() == 0
            && actual.null_count() == 0
            && predicted.null_count() == 0
            && score.is_none_or(|score| {
                score.null_count() == rows.probability.null_count()
                    && (score.null_count() == score.len()
                        || score.null_count() == 0 && score.values().iter().all(is_probability))
            });
        if whole {
            for group in numbers {
                if let Some(counts) = self.counts.get_mut(*group) {
                    counts.read += 1;
                    counts.measured += 1;
                }
            }
            return Sound::All;
        }
        let each = numbers.iter().enumerate();
        Sound::Some(
            each.map(|(row, group)| self.sort_out_one(rows, row, *group, actual, predicted, score))
                .collect(),
        )
    }

    /// Counts a row into its bucket; true if it is measured.
    fn sort_out_one(
        &mut self,
        rows: &Rows<'_>,
        row: usize,
        group: usize,
        actual: &impl Array,
        predicted: &impl Array,
        score: Option<&Float64Array>,
    ) -> bool {
        let Some(counts) = self.counts.get_mut(group) else {
            return false;
        };
        counts.read += 1;
        let probable = score.is_some() && rows.probability.is_valid(row);
        if let Some(broken) = rows.broken.filter(|broken| broken.is_valid(row)) {
            counts.misfits += 1;
            self.misfit(MisfitKind::Line, broken, row);
            return false;
        }
        if rows.label.is_null(row) {
            counts.unlabelled += 1;
            return false;
        }
        if rows.prediction.is_null(row) && !probable {
            counts.no_prediction += 1;
            return false;
        }
        let improbable =
            |score: &Float64Array| !score.is_valid(row) || !(0.0..=1.0).contains(&score.value(row));
        let (kind, column) = if actual.is_null(row) {
            (MisfitKind::Label, rows.label)
        } else if probable && score.is_some_and(improbable) {
            (MisfitKind::Probability, rows.probability)
        } else if predicted.is_null(row) {
            (MisfitKind::Prediction, rows.prediction)
        } else {
            counts.measured += 1;
            return true;
        };
        counts.misfits += 1;
        self.misfit(kind, column, row);
        false
    }

    /// Keeps the count of a kind, and the least value.
    fn misfit(&mut self, kind: MisfitKind, column: &ArrayRef, row: usize) {
        let text = shown(column, row);
        let (count, example) = self
            .misfits
            .entry(kind)
            .or_insert_with(|| (0, text.clone()));
        *count += 1;
        if text < *example {
            *example = text;
        }
    }
}

/// The rows of a batch that are measured.
enum Sound {
    All,
    Some(Vec<bool>),
}

impl Sound {
    #[inline]
    fn holds(&self, row: usize) -> bool {
        match self {
            Self::All => true,
            Self::Some(rows) => rows.get(row).copied().unwrap_or_default(),
        }
    }
}

/// Characters of an example.
const SHOWN: usize = 60;

fn shown(column: &ArrayRef, row: usize) -> String {
    let options = FormatOptions::default();
    let text = ArrayFormatter::try_new(column, &options)
        .map(|formatter| formatter.value(row).to_string())
        .unwrap_or_default();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

#[inline]
fn sort_key(group: usize, value: f64, positive: bool, mask: SampleMask) -> SortKey {
    SortKey {
        // There are at most so many groups as a `u32` holds.
        group: group as u32,
        value,
        positive,
        mask,
    }
}

fn text(column: &ArrayRef) -> Result<StringArray, EngineError> {
    Ok(cast(column, &DataType::Utf8)?.as_string::<i32>().clone())
}

fn numbers_of(column: &ArrayRef) -> Result<Float64Array, EngineError> {
    Ok(cast(column, &DataType::Float64)?
        .as_primitive::<Float64Type>()
        .clone())
}

/// The columns of a batch that every kind of problem has.
struct Rows<'a> {
    hours: Option<&'a Int64Array>,
    label: &'a ArrayRef,
    prediction: &'a ArrayRef,
    probability: &'a ArrayRef,
    /// Of JSON Lines the text of each line that is no object, else null.
    broken: Option<&'a ArrayRef>,
    /// Ids of the rows, and their places in their payloads.
    keys: Option<(&'a StringArray, Option<&'a Int64Array>)>,
    first: u64,
}

impl<'a> Rows<'a> {
    fn of(batch: &'a RecordBatch, first: u64, keyed: bool) -> Result<Self, EngineError> {
        let column = |name: &str| {
            batch
                .column_by_name(name)
                .ok_or_else(|| super::QualityError::Open(format!("no column {name}")))
        };
        let integers = |name: &str| batch.column_by_name(name)?.as_primitive_opt::<Int64Type>();
        let keys = match keyed {
            true => batch
                .column_by_name(names::KEY)
                .and_then(|keys| keys.as_string_opt::<i32>())
                .map(|keys| (keys, integers(names::INDEX))),
            false => None,
        };
        Ok(Self {
            hours: integers(names::HOUR),
            label: column(names::LABEL)?,
            prediction: column(names::PREDICTION)?,
            probability: column(names::PROBABILITY)?,
            broken: batch.column_by_name(names::BROKEN),
            keys,
            first,
        })
    }

    #[inline]
    fn mask(&self, row: usize) -> SampleMask {
        let key = match &self.keys {
            Some((keys, indexes)) => {
                let index = indexes.map_or(0, |indexes| indexes.value(row));
                RowKey::Id(keys.value(row).as_bytes(), index as u64)
            }
            None => RowKey::Number(self.first + row as u64),
        };
        key.mask()
    }
}
