//! Sorts the keys of rank metrics: in memory as long as they fit, else by DataFusion's sort, which spills.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, AsArray, Decimal128Array};
use arrow::datatypes::{DataType, Decimal128Type, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::col;
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use tokio::sync::mpsc;

use crate::error::EngineError;
use crate::session::fork;

/// Keys of a run: it is sorted while the next rows are read.
pub(crate) const RUN: usize = 1 << 20;

/// Keys of a batch in DataFusion's sort.
const BATCH: usize = 1 << 13;

/// Takes runs of keys from several workers.
pub(crate) struct Sorter {
    runs: Mutex<Vec<Vec<u128>>>,
    held: AtomicUsize,
    /// Most keys that are kept in memory.
    most: usize,
    spill: tokio::sync::Mutex<Option<Spill>>,
    context: Arc<TaskContext>,
}

/// DataFusion's sort at work.
struct Spill {
    keys: mpsc::Sender<RecordBatch>,
    sorted: SpawnedTask<Result<(Option<RecordBatch>, SendableRecordBatchStream), DataFusionError>>,
}

impl Sorter {
    /// `bytes` may stay in memory. Beyond that DataFusion sorts, and has as much to merge what it holds before it spills:
    /// keys come in no order, so that a merge needs some of every batch.
    pub(crate) fn new(bytes: usize, context: &SessionContext) -> Self {
        let config = context
            .copied_config()
            .with_sort_spill_reservation_bytes(bytes);
        Self {
            runs: Mutex::default(),
            held: AtomicUsize::new(0),
            most: bytes / size_of::<u128>(),
            spill: tokio::sync::Mutex::new(None),
            context: fork(context, config).task_ctx(),
        }
    }

    /// Takes a run.
    pub(crate) async fn push(&self, mut run: Vec<u128>) -> Result<(), EngineError> {
        if run.is_empty() {
            return Ok(());
        }
        run.sort_unstable();
        let held = self.held.fetch_add(run.len(), Ordering::Relaxed) + run.len();
        let all = {
            let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
            runs.push(run);
            match held > self.most {
                true => std::mem::take(&mut *runs),
                false => return Ok(()),
            }
        };
        let mut spill = self.spill.lock().await;
        let spill = match &mut *spill {
            Some(spill) => spill,
            none => none.insert(Spill::start(&self.context)?),
        };
        for run in all {
            spill.send(run).await?;
        }
        Ok(())
    }

    /// The keys in order.
    pub(crate) async fn finish(self) -> Result<SortedKeys, EngineError> {
        let runs = self
            .runs
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        match self.spill.into_inner() {
            None => Ok(SortedKeys::Runs(runs)),
            Some(spill) => {
                for run in runs {
                    spill.send(run).await?;
                }
                drop(spill.keys);
                let (next, rest) = spill.sorted.await.map_err(|error| {
                    DataFusionError::Execution(format!("the sort stopped: {error}"))
                })??;
                Ok(SortedKeys::Stream { next, rest })
            }
        }
    }
}

impl Spill {
    fn start(context: &Arc<TaskContext>) -> Result<Self, EngineError> {
        let (keys, receiver) = mpsc::channel(2);
        let input = Arrivals {
            schema: schema(),
            receiver: Mutex::new(Some(receiver)),
        };
        let input =
            StreamingTableExec::try_new(schema(), vec![Arc::new(input)], None, [], false, None)?;
        let order = PhysicalSortExpr::new_default(col("key", &schema())?);
        let order = LexOrdering::new([order])
            .ok_or_else(|| DataFusionError::Internal("no order".to_owned()))?;
        let sort = SortExec::new(order, Arc::new(input));
        let mut sorted = sort.execute(0, Arc::clone(context))?;
        // The first batch comes when all keys were taken.
        let sorted = SpawnedTask::spawn(async move {
            let first = sorted.next().await.transpose()?;
            Ok((first, sorted))
        });
        Ok(Self { keys, sorted })
    }

    async fn send(&self, run: Vec<u128>) -> Result<(), EngineError> {
        for keys in run.chunks(BATCH) {
            // The highest bits are zero.
            let keys = keys.iter().map(|key| *key as i128);
            let keys = Decimal128Array::from_iter_values(keys).with_precision_and_scale(38, 0)?;
            let batch = RecordBatch::try_new(schema(), vec![Arc::new(keys) as ArrayRef])?;
            if self.keys.send(batch).await.is_err() {
                // It failed; its error is told where it is waited for.
                break;
            }
        }
        Ok(())
    }
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new(
        "key",
        DataType::Decimal128(38, 0),
        false,
    )]))
}

/// Batches as they are sent.
#[derive(Debug)]
struct Arrivals {
    schema: SchemaRef,
    receiver: Mutex<Option<mpsc::Receiver<RecordBatch>>>,
}

impl PartitionStream for Arrivals {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let receiver = self
            .receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let batches = futures::stream::unfold(receiver, |receiver| async {
            let mut receiver = receiver?;
            let batch = receiver.recv().await?;
            Some((Ok(batch), Some(receiver)))
        });
        Box::pin(RecordBatchStreamAdapter::new(schema(), batches))
    }
}

/// Keys that were sorted.
pub(crate) enum SortedKeys {
    /// In memory, each run by itself.
    Runs(Vec<Vec<u128>>),
    /// All together.
    Stream {
        next: Option<RecordBatch>,
        rest: SendableRecordBatchStream,
    },
}

impl SortedKeys {
    /// Gives every key to `take`, in ascending order.
    pub(crate) async fn each(self, mut take: impl FnMut(u128)) -> Result<(), EngineError> {
        match self {
            Self::Runs(runs) => itertools::kmerge(runs).for_each(take),
            Self::Stream { mut next, mut rest } => {
                while let Some(batch) = match next.take() {
                    Some(batch) => Some(batch),
                    None => rest.next().await.transpose()?,
                } {
                    for key in batch.column(0).as_primitive::<Decimal128Type>().values() {
                        take(*key as u128);
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;
    use crate::options::Resources;
    use crate::session::new_context;

    /// Keys in no order, with repeats.
    fn keys(count: u64) -> Vec<u128> {
        let scattered = |at: u64| u128::from(at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20);
        (0..count).map(|at| scattered(at % 50_000) << 40).collect()
    }

    #[tokio::test]
    async fn what_spills_comes_in_the_order_of_what_does_not() {
        let resources = Resources {
            memory_limit: 64 << 20,
            ..Resources::default()
        };
        let context = new_context(&resources, 1).unwrap();
        let mut sorted = Vec::new();
        for bytes in [usize::MAX, 1 << 20, 0] {
            let sorter = Sorter::new(bytes, &context);
            for run in keys(200_000).chunks(30_000) {
                sorter.push(run.to_vec()).await.unwrap();
            }
            let mut found = Vec::new();
            let keys = sorter.finish().await.unwrap();
            assert_eq!(matches!(keys, SortedKeys::Runs(_)), bytes == usize::MAX);
            keys.each(|key| found.push(key)).await.unwrap();
            sorted.push(found);
        }
        assert!(sorted[0].is_sorted() && sorted[0].len() == 200_000);
        assert!(sorted[1] == sorted[0] && sorted[2] == sorted[0]);
    }

    /// 32 MB of keys where all of DataFusion has 16.
    #[tokio::test]
    async fn more_keys_than_memory_are_sorted() {
        let resources = Resources {
            memory_limit: 32 << 20,
            ..Resources::default()
        };
        let context = new_context(&resources, 1).unwrap();
        let sorter = Sorter::new((resources.memory_limit / 3) as usize, &context);
        for run in keys(2 << 20).chunks(1 << 18) {
            sorter.push(run.to_vec()).await.unwrap();
        }
        let (mut last, mut found, mut sorted) = (0, 0, true);
        let each = |key: u128| {
            sorted &= last <= key;
            (last, found) = (key, found + 1);
        };
        sorter.finish().await.unwrap().each(each).await.unwrap();
        assert!(sorted && found == 2 << 20);
    }

    #[tokio::test]
    async fn no_keys_are_no_keys() {
        let context = new_context(&Resources::default(), 1).unwrap();
        let sorter = Sorter::new(0, &context);
        let keys = sorter.finish().await.unwrap();
        keys.each(|_| unreachable!()).await.unwrap();
    }
}
