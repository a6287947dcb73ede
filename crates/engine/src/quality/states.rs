//! The states of one worker's groups, by kind of problem.

use groundline_quality::{
    BinaryState, MulticlassState, ProblemType, RegressionState, SampleMask, TooManyClasses,
};

/// A state for each group that the worker has seen.
#[derive(Clone, Debug)]
pub(crate) enum States {
    Binary(Vec<BinaryState>),
    Multiclass(Vec<MulticlassState>),
    Regression(Vec<RegressionState>),
}

impl States {
    pub(crate) fn new(problem_type: ProblemType) -> Self {
        match problem_type {
            ProblemType::BinaryClassification => Self::Binary(Vec::new()),
            ProblemType::MulticlassClassification => Self::Multiclass(Vec::new()),
            ProblemType::Regression => Self::Regression(Vec::new()),
        }
    }

    /// Makes room for so many groups.
    pub(crate) fn grow(&mut self, groups: usize) {
        fn grow<S: Default + Clone>(states: &mut Vec<S>, groups: usize) {
            if states.len() < groups {
                states.resize(groups, S::default());
            }
        }
        match self {
            Self::Binary(states) => grow(states, groups),
            Self::Multiclass(states) => grow(states, groups),
            Self::Regression(states) => grow(states, groups),
        }
    }

    /// Adds the states of another worker.
    pub(crate) fn merge(&mut self, other: &Self) -> Result<(), TooManyClasses> {
        match (self, other) {
            (Self::Binary(states), Self::Binary(others)) => {
                for (state, other) in states.iter_mut().zip(others) {
                    state.merge(other);
                }
            }
            (Self::Multiclass(states), Self::Multiclass(others)) => {
                for (state, other) in states.iter_mut().zip(others) {
                    state.merge(other)?;
                }
            }
            (Self::Regression(states), Self::Regression(others)) => {
                for (state, other) in states.iter_mut().zip(others) {
                    state.merge(other);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// What of a row decides which samples it is in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RowKey<'a> {
    /// The id of the prediction, and the place of the record in its payload.
    Id(&'a [u8], u64),
    /// The place of the row: part of the files, and number in it.
    Number(u64),
}

impl RowKey<'_> {
    pub(crate) fn mask(self) -> SampleMask {
        match self {
            Self::Id(key, index) => SampleMask::of(key, index),
            Self::Number(number) => SampleMask::of_row(number),
        }
    }
}
