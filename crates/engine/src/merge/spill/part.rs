//! A part of the keys: its labels and the ids that ask for them, both in temporary files.

use std::sync::Arc;

use datafusion::common::runtime::SpawnedTask;
use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt};
use hashbrown::DefaultHashBuilder;
use tokio::sync::Semaphore;

use super::super::label_index::{ChoiceMemory, LabelFiles, LabelIndex, LabelIndexBuilder};
use super::super::settings::ModelRun;
use super::super::unmatched_reason::UnmatchedReason;
use super::events::{EventBlock, Id, PredictionFiles};
use super::labels::chunk;
use super::matches::MatchWriter;
use crate::error::EngineError;
use crate::memory::Budget;
use crate::model::Match;
use crate::spill_file::SpillFile;

/// Memory is shared out in steps of this many bytes.
const STEP: usize = 1 << 20;

pub(crate) struct Part {
    pub(crate) labels: SpillFile,
    pub(crate) events: SpillFile,
    pub(crate) files: Arc<LabelFiles>,
    pub(crate) hasher: DefaultHashBuilder,
}

impl Part {
    /// Its labels, found by key.
    pub(crate) async fn index(&self, run: &ModelRun) -> Result<LabelIndex, EngineError> {
        let mut builder = LabelIndexBuilder::new(
            Arc::clone(&self.files),
            self.hasher.clone(),
            run.model.mapping.label_layout,
            run.inputs.has_several_places(),
        )
        .naming_nearest(run.unmatched_limits.nearest);
        for batch in self.labels.batches() {
            builder.add(chunk(&batch?)?)?;
        }
        builder.finish(1).await
    }

    /// Goes through the events: labels are chosen and written to `matches`, and what they come near to is noted.
    pub(crate) async fn see(
        &self,
        index: &LabelIndex,
        run: &ModelRun,
        predictions: &PredictionFiles,
        mut memory: ChoiceMemory,
        mut matches: Option<&mut MatchWriter>,
    ) -> Result<(), EngineError> {
        let policy = &run.model.policy;
        let (mut heads, mut spelled, mut chosen) = (Vec::new(), Vec::new(), Vec::new());
        for batch in self.events.batches() {
            let block = EventBlock::new(batch?);
            index.find(block.keys(), &mut heads, &mut spelled);
            let mut spelled = spelled.iter().peekable();
            let events = block.events(predictions).zip(&heads);
            for (number, ((file, event, id), head)) in events.enumerate() {
                while let Some((_, label)) = spelled.next_if(|(unit, _)| *unit == number) {
                    if let Id::Key(_) = id {
                        let sighted = event.sighted(UnmatchedReason::SpelledDifferently);
                        index.came_near(*label, &sighted);
                    }
                }
                let near = match id {
                    Id::Key(_) => None,
                    Id::Event { .. } if policy.matching == Match::Either => None,
                    Id::Event { .. } => Some(UnmatchedReason::EventIdGiven),
                    Id::LeftOut(_) => Some(UnmatchedReason::PredictionFiltered),
                    Id::Hour | Id::Unread(_) => continue,
                };
                if let Some(reason) = near {
                    if let Some(head) = head {
                        index.came_near(*head, &event.sighted(reason));
                    }
                    continue;
                }
                index.choose((*head, None), &event, policy, &mut memory, &mut chosen);
                if let Some(matches) = &mut matches {
                    let partition = predictions.partition(file);
                    let by_event_id = matches!(id, Id::Event { .. });
                    let place = (event.position, event.unit, by_event_id);
                    matches.add(partition, file, place, index, &chosen)?;
                }
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

/// Does `work` on each part, several at once as far as memory holds their labels; what came of them, in order.
pub(super) async fn for_each<T: Send + 'static>(
    run: &Arc<ModelRun>,
    parts: Vec<Part>,
    work: impl Fn(Part) -> BoxFuture<'static, Result<T, EngineError>>,
) -> Result<Vec<T>, EngineError> {
    let steps = (Budget::of(&run.resources).labels / STEP).max(1);
    let memory = Arc::new(Semaphore::new(steps));
    let tasks = parts.into_iter().map(|part| {
        // A part above its share, of labels that repeat few keys, runs alone.
        let need = u32::try_from((part.labels.bytes() / STEP * 3 / 2 + 1).min(steps)).unwrap_or(1);
        let (memory, work) = (Arc::clone(&memory), work(part));
        async move {
            let task = SpawnedTask::spawn(async move {
                let _permit = memory.acquire_many_owned(need).await;
                work.await
            });
            task.join().await.map_err(|e| EngineError::Worker {
                reason: e.to_string(),
            })?
        }
    });
    futures::stream::iter(tasks)
        .buffered(run.resources.threads.max(1))
        .try_collect()
        .await
}
