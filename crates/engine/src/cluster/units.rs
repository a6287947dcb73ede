//! What tasks read, as the rows of a small table: a cluster deals out partitions of data, and knows how to give a task
//! its part of a table, not of an operator of ours.

use std::sync::Arc;

use arrow::array::{Array, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type, UInt64Type};
use arrow::record_batch::RecordBatch;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::physical_plan::ExecutionPlan;

use super::error::ClusterError;
use super::rows::ColumnReader;
use crate::error::EngineError;
use crate::read::ranges;
use crate::tables::Input;

/// Bytes of a plain object that are read as one unit: small enough that a lost task costs little.
const PIECE: u64 = 64 << 20;

/// A file by its number in the job, whole or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) file: u32,
    pub(crate) range: Option<(u64, u64)>,
    pub(crate) bytes: u64,
}

/// Units in tasks of about the same size, in order: `wanted` of them, fewer where there are fewer units. Neighbours stay
/// together, since they are in one folder.
pub(crate) fn deal<'a>(inputs: impl Iterator<Item = &'a Input>, wanted: usize) -> Vec<Vec<Unit>> {
    let units: Vec<Unit> = (0_u32..)
        .zip(inputs)
        .flat_map(|(file, input)| {
            let ranges = ranges(input, PIECE);
            let bytes = input.bytes() / ranges.len().max(1) as u64;
            ranges
                .into_iter()
                .map(move |range| Unit { file, range, bytes })
        })
        .collect();
    // An object costs something beside its bytes: a request.
    const OBJECT: u64 = 64 << 10;
    let weight = |unit: &Unit| unit.bytes + OBJECT;
    let mut rest: u64 = units.iter().map(weight).sum();
    let mut tasks: Vec<Vec<Unit>> = Vec::with_capacity(wanted);
    let (mut task, mut filled) = (Vec::new(), 0);
    let mut left = wanted.max(1) as u64;
    for unit in units {
        let share = rest.div_ceil(left.max(1));
        if filled > 0 && filled + weight(&unit) / 2 > share {
            tasks.push(std::mem::take(&mut task));
            rest -= filled;
            left = left.saturating_sub(1);
            filled = 0;
        }
        filled += weight(&unit);
        task.push(unit);
    }
    if !task.is_empty() {
        tasks.push(task);
    }
    tasks
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("file", DataType::UInt32, false),
        Field::new("from", DataType::UInt64, true),
        Field::new("to", DataType::UInt64, true),
    ]))
}

/// The units as a table with a partition for each task.
pub(crate) fn units_table(tasks: &[Vec<Unit>]) -> Result<Arc<dyn ExecutionPlan>, EngineError> {
    let partitions = tasks
        .iter()
        .map(|units| {
            let files: UInt32Array = units.iter().map(|unit| Some(unit.file)).collect();
            let end = |of: fn((u64, u64)) -> u64| -> UInt64Array {
                units.iter().map(|unit| unit.range.map(of)).collect()
            };
            let batch = RecordBatch::try_new(
                schema(),
                vec![
                    Arc::new(files),
                    Arc::new(end(|(from, _)| from)),
                    Arc::new(end(|(_, to)| to)),
                ],
            )?;
            Ok(vec![batch])
        })
        .collect::<Result<Vec<_>, EngineError>>()?;
    Ok(MemorySourceConfig::try_new_exec(
        &partitions,
        schema(),
        None,
    )?)
}

/// A file by its number in the job, and the bytes of it that are read; `None` for all.
pub(crate) type UnitRow = (u32, Option<(u64, u64)>);

/// The units of a batch of that table.
pub(crate) fn unit_rows(batch: &RecordBatch) -> Result<Vec<UnitRow>, ClusterError> {
    let columns = ColumnReader(batch);
    let files = columns.number::<UInt32Type>(0)?;
    let (from, to) = (
        columns.number::<UInt64Type>(1)?,
        columns.number::<UInt64Type>(2)?,
    );
    let units = (0..batch.num_rows()).map(|row| {
        let range = from.is_valid(row).then(|| (from.value(row), to.value(row)));
        (files.value(row), range)
    });
    Ok(units.collect())
}
