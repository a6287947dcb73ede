//! Which task writes an hour. A shuffle deals rows out by the hash of a number, which would give one task three hours
//! and another none; so hours get numbers whose hashes are known to lie where they should.

use std::cmp::Reverse;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::array::UInt32Array;
use arrow::datatypes::{DataType, Field, Schema, UInt32Type};
use arrow::record_batch::RecordBatch;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::metrics::Time;
use datafusion::physical_plan::repartition::BatchPartitioner;

use super::super::inputs::PartitionInputs;
use crate::error::EngineError;
use crate::read::unpacked_bytes;

/// Tasks for each core: so many that the last ones are short, so few that each is worth its start.
const PER_CORE: usize = 8;
/// Most tasks of a stage: each reads a piece of what every task before it wrote (`plan::MOST_PARTS`).
const MOST: usize = 1024;

/// The tasks that write hours.
pub(super) struct Slots {
    tasks: usize,
    of_partitions: Vec<u32>,
}

impl Slots {
    /// Shares out hours by their bytes.
    pub(super) fn assign(
        partitions: &[PartitionInputs],
        cores: usize,
    ) -> Result<Self, EngineError> {
        let weights: Vec<u64> = partitions
            .iter()
            .map(|partition| unpacked_bytes(&partition.inputs))
            .collect();
        let tasks = partitions
            .len()
            .clamp(1, cores.saturating_mul(PER_CORE).clamp(1, MOST));
        let numbers = numbers(tasks)?;
        let mut loads: Vec<u64> = vec![0; tasks];
        let mut of_partitions = vec![0; partitions.len()];
        let mut order: Vec<usize> = (0..partitions.len()).collect();
        order.sort_by_key(|at| Reverse(weights.get(*at).copied()));
        for at in order {
            let least = loads.iter().enumerate().min_by_key(|(_, load)| **load);
            let Some(task) = least.map(|(task, _)| task) else {
                break;
            };
            if let (Some(load), Some(slot), Some(number), Some(weight)) = (
                loads.get_mut(task),
                of_partitions.get_mut(at),
                numbers.get(task),
                weights.get(at),
            ) {
                *load += weight + 1;
                *slot = *number;
            }
        }
        Ok(Self {
            tasks,
            of_partitions,
        })
    }

    pub(super) fn tasks(&self) -> usize {
        self.tasks
    }

    /// The number of each partition.
    pub(super) fn of_partitions(&self) -> &[u32] {
        &self.of_partitions
    }
}

/// For each of so many tasks the least number whose hash is dealt to it.
fn numbers(tasks: usize) -> Result<Vec<u32>, EngineError> {
    let schema = Arc::new(Schema::new(vec![Field::new(
        "slot",
        DataType::UInt32,
        false,
    )]));
    let by = vec![Arc::new(Column::new("slot", 0)) as _];
    let mut partitioner = BatchPartitioner::new_hash_partitioner(by, tasks, Time::default())?;
    let mut numbers: Vec<Option<u32>> = vec![None; tasks];
    const STEP: u32 = 8192;
    let mut first = 0_u32;
    while numbers.iter().any(Option::is_none) {
        let some = UInt32Array::from_iter_values(first..first.saturating_add(STEP));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(some)])?;
        partitioner.partition(batch, |task, batch| {
            if let Some(number @ None) = numbers.get_mut(task) {
                let least = batch.column(0).as_primitive::<UInt32Type>().values().iter();
                *number = least.min().copied();
            }
            Ok(())
        })?;
        first = first.saturating_add(STEP);
        if first == u32::MAX {
            break;
        }
    }
    Ok(numbers.into_iter().map(Option::unwrap_or_default).collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    #[test]
    fn every_task_has_a_number_of_its_own() {
        for tasks in [1, 2, 7, 64, 1000] {
            let mut found = numbers(tasks).unwrap();
            found.sort_unstable();
            found.dedup();
            assert_eq!(found.len(), tasks);
        }
    }
}
