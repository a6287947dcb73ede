//! Which window and segment a row belongs to: numbers in order of first sight, names at the end.

use std::sync::{Mutex, PoisonError};

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::EmitTo;
use datafusion::physical_plan::aggregates::group_values::{GroupValues, new_group_values};
use datafusion::physical_plan::aggregates::order::GroupOrdering;

use super::error::QualityError;
use crate::error::EngineError;

/// More segments than anybody reads; a state of several kilobytes each.
pub(crate) const MOST_GROUPS: usize = 20_000;

/// The groups that all workers share.
pub(crate) struct Groups {
    /// `None`: all rows are one group.
    values: Option<Mutex<Box<dyn GroupValues>>>,
    segments: usize,
}

/// A group by its names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupName {
    /// Beginning of its window, microseconds since the epoch; 0 where windows are not cut.
    pub(crate) start: i64,
    /// The value of each segment expression.
    pub(crate) segment: Vec<Option<String>>,
}

impl Groups {
    /// Groups by window, if `windows`, and by so many segment columns.
    pub(crate) fn new(windows: bool, segments: usize) -> Result<Self, EngineError> {
        if !windows && segments == 0 {
            return Ok(Self {
                values: None,
                segments,
            });
        }
        let mut fields = vec![Field::new("start", DataType::Int64, false)];
        fields.extend((0..segments).map(|at| Field::new(at.to_string(), DataType::Utf8, true)));
        let schema = Schema::new(fields).into();
        let values = new_group_values(schema, &GroupOrdering::None)?;
        Ok(Self {
            values: Some(Mutex::new(values)),
            segments,
        })
    }

    /// The group of each row; `segments` as text.
    pub(crate) fn of(
        &self,
        starts: Int64Array,
        segments: &[ArrayRef],
        numbers: &mut Vec<usize>,
    ) -> Result<(), EngineError> {
        numbers.clear();
        let Some(values) = &self.values else {
            numbers.resize(starts.len(), 0);
            return Ok(());
        };
        let mut columns: Vec<ArrayRef> = vec![std::sync::Arc::new(starts)];
        for segment in segments {
            columns.push(cast(segment, &DataType::Utf8)?);
        }
        let mut values = values.lock().unwrap_or_else(PoisonError::into_inner);
        values.intern(&columns, numbers)?;
        match values.len() {
            0..=MOST_GROUPS => Ok(()),
            _ => Err(QualityError::Segments { limit: MOST_GROUPS }.into()),
        }
    }

    /// The names of all groups, by number.
    pub(crate) fn names(self) -> Result<Vec<GroupName>, EngineError> {
        let Some(values) = self.values else {
            return Ok(vec![GroupName {
                start: 0,
                segment: Vec::new(),
            }]);
        };
        let mut values = values.into_inner().unwrap_or_else(PoisonError::into_inner);
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let columns = values.emit(EmitTo::All)?;
        let Some((starts, segments)) = columns.split_first() else {
            return Err(DataFusionError::Internal("groups without columns".into()).into());
        };
        let starts = starts.as_primitive::<Int64Type>();
        let names = (0..starts.len()).map(|row| GroupName {
            start: starts.value(row),
            segment: (0..self.segments)
                .map(|at| {
                    let column = segments.get(at)?.as_string_opt::<i32>()?;
                    let value = column.iter().nth(row).flatten()?;
                    Some(value.to_owned())
                })
                .collect(),
        });
        Ok(names.collect())
    }
}
