//! The join, part by part: the labels of a part in an index, its events past them.

use std::sync::Arc;

use datafusion::common::runtime::SpawnedTask;
use futures::{StreamExt, TryStreamExt};
use hashbrown::DefaultHashBuilder;
use tokio::sync::Semaphore;

use super::super::label_fate::LabelFate;
use super::super::label_index::{ChoiceMemory, LabelFiles, LabelIndex, LabelIndexBuilder};
use super::super::label_status::{LabelStatus, came_near, statuses};
use super::super::settings::ModelRun;
use super::super::unmatched_reason::UnmatchedReason;
use super::events::{EventBlock, Id, PredictionFiles, spill_events};
use super::labels::{SpilledLabels, chunk};
use super::matches::{MatchWriter, SpilledMatches};
use super::unmatched::UnmatchedWriter;
use crate::error::EngineError;
use crate::memory::Budget;
use crate::spill_file::{SpillFile, SpillStore};

/// What the join leaves to the hours and to the accounts.
pub(crate) struct Joined {
    pub(crate) matches: Arc<SpilledMatches>,
    pub(crate) fate: LabelFate,
    pub(crate) unmatched: Vec<SpillFile>,
}

/// Memory is shared out in steps of this many bytes.
const STEP: usize = 1 << 20;

/// Joins spilled labels, made with `hasher`, with the predictions of the run.
pub(crate) async fn join(
    run: &Arc<ModelRun>,
    labels: SpilledLabels,
    files: Arc<LabelFiles>,
    hasher: DefaultHashBuilder,
    predictions: PredictionFiles,
) -> Result<Joined, EngineError> {
    // Where labels may match by either id, the statements do the join.
    let lengths = labels.lengths();
    let labels = labels.finish()?;
    let events = spill_events(run, &predictions, &hasher, labels.len(), lengths).await?;
    let predictions = Arc::new(predictions);
    let steps = (Budget::of(&run.resources).labels / STEP).max(1);
    let memory = Arc::new(Semaphore::new(steps));
    let dir = &run.resources.temp_dir;
    let (matches_in, unmatched_in) = (SpillStore::create(dir)?, SpillStore::create(dir)?);
    let parts = labels
        .into_iter()
        .zip(events.parts)
        .map(|(labels, events)| {
            let (run, files, hasher) = (Arc::clone(run), Arc::clone(&files), hasher.clone());
            let (matches, unmatched) = (Arc::clone(&matches_in), Arc::clone(&unmatched_in));
            let (predictions, memory) = (Arc::clone(&predictions), Arc::clone(&memory));
            // A part above its share, of labels that repeat few keys, runs alone.
            let need = u32::try_from((labels.bytes() / STEP * 3 / 2 + 1).min(steps)).unwrap_or(1);
            async move {
                let task = SpawnedTask::spawn(async move {
                    let _permit = memory.acquire_many_owned(need).await;
                    let part = Part {
                        labels,
                        events,
                        files,
                        hasher,
                        matches,
                        unmatched,
                    };
                    part.join(&run, &predictions).await
                });
                task.join().await.map_err(|e| EngineError::Worker {
                    reason: e.to_string(),
                })?
            }
        });
    let mut parts = futures::stream::iter(parts).buffered(run.resources.threads.max(1));
    let (mut matches, mut unmatched) = (Vec::new(), Vec::new());
    let mut fate = LabelFate::default();
    while let Some(part) = parts.try_next().await? {
        matches.push(part.matches);
        unmatched.push(part.unmatched);
        fate.add(part.fate);
    }
    drop(parts);
    Ok(Joined {
        matches: Arc::new(SpilledMatches {
            parts: matches,
            hasher,
            labels: files,
            predictions,
            unread: events.unread,
        }),
        fate,
        unmatched,
    })
}

struct Part {
    labels: SpillFile,
    events: SpillFile,
    files: Arc<LabelFiles>,
    hasher: DefaultHashBuilder,
    /// Where its results go.
    matches: Arc<SpillStore>,
    unmatched: Arc<SpillStore>,
}

struct JoinedPart {
    matches: SpillFile,
    fate: LabelFate,
    unmatched: SpillFile,
}

impl Part {
    async fn join(
        self,
        run: &ModelRun,
        predictions: &PredictionFiles,
    ) -> Result<JoinedPart, EngineError> {
        let mut builder = LabelIndexBuilder::new(
            self.files,
            self.hasher,
            run.model.mapping.label_layout,
            run.inputs.has_several_places(),
        )
        .naming_nearest(run.unmatched_limits.nearest);
        for batch in self.labels.batches() {
            builder.add(chunk(&batch?)?)?;
        }
        drop(self.labels);
        let index = builder.finish(1).await?;

        let mut matches = MatchWriter::new(&self.matches);
        let events = &self.events;
        see(events, &index, run, predictions, Some(&mut matches)).await?;
        if index.look_again(came_near(&index)) {
            see(events, &index, run, predictions, None).await?;
        }
        let mut unmatched = UnmatchedWriter::new(&self.unmatched);
        let fate = fate(&index, &mut unmatched)?;
        Ok(JoinedPart {
            matches: matches.finish()?,
            fate,
            unmatched: unmatched.finish()?,
        })
    }
}

/// Goes through the events of a part: labels are chosen and written to `matches`, and what they come near to is noted.
/// Without `matches` the events have been seen before, and nothing is counted again.
async fn see(
    events: &SpillFile,
    index: &LabelIndex,
    run: &ModelRun,
    predictions: &PredictionFiles,
    mut matches: Option<&mut MatchWriter>,
) -> Result<(), EngineError> {
    let mut memory = ChoiceMemory::new(matches.is_some());
    let (mut heads, mut spelled, mut chosen) = (Vec::new(), Vec::new(), Vec::new());
    for batch in events.batches() {
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
                Id::Event { .. } => Some(UnmatchedReason::EventIdGiven),
                Id::LeftOut(_) => Some(UnmatchedReason::PredictionFiltered),
            };
            if let Some(reason) = near {
                if let Some(head) = head {
                    index.came_near(*head, &event.sighted(reason));
                }
                continue;
            }
            index.choose(
                (*head, None),
                &event,
                &run.model.policy,
                &mut memory,
                &mut chosen,
            );
            if let Some(matches) = &mut matches {
                let partition = predictions.partition(file);
                let place = (event.position, event.unit);
                matches.add(partition, file, place, index, &chosen)?;
            }
        }
        tokio::task::yield_now().await;
    }
    Ok(())
}

fn fate(index: &LabelIndex, unmatched: &mut UnmatchedWriter) -> Result<LabelFate, EngineError> {
    let mut fate = LabelFate::of(index);
    for (label, status) in statuses(index) {
        fate.count(status);
        if let LabelStatus::Unmatched(reason) = status {
            unmatched.add(index, label, reason)?;
        }
    }
    Ok(fate)
}
