//! The join, part by part: the labels of a part in an index, its events past them.

use std::sync::{Arc, Mutex};

use futures::FutureExt;
use hashbrown::DefaultHashBuilder;

use super::super::label_fate::LabelFate;
use super::super::label_index::{ChoiceMemory, LabelFiles, LabelIndex};
use super::super::label_status::{LabelStatus, came_near, statuses};
use super::super::settings::ModelRun;
use super::events::{PredictionFiles, spill_events};
use super::labels::SpilledLabels;
use super::matches::{MatchWriter, SpilledMatches};
use super::part::{Part, for_each};
use super::unmatched::UnmatchedWriter;
use super::verdicts::{Verdicts, judge};
use crate::error::EngineError;
use crate::model::Match;
use crate::spill_file::{SpillFile, SpillStore};

/// What the join leaves to the hours and to the accounts.
pub(crate) struct Joined {
    pub(crate) matches: Arc<SpilledMatches>,
    parts: Parts,
}

enum Parts {
    /// What became of their labels is known.
    Settled(Vec<Settled>),
    /// A capture may take labels of two parts: the hours choose among what each part would give.
    Open(Vec<Part>),
}

/// What became of the labels of a part.
pub(crate) struct Settled {
    pub(crate) fate: LabelFate,
    /// In label order.
    pub(crate) unmatched: SpillFile,
}

/// Joins spilled labels, made with `hasher`, with the predictions of the run.
pub(crate) async fn join(
    run: &Arc<ModelRun>,
    labels: SpilledLabels,
    files: Arc<LabelFiles>,
    hasher: DefaultHashBuilder,
    predictions: PredictionFiles,
) -> Result<Joined, EngineError> {
    let lengths = labels.lengths();
    let labels = labels.finish()?;
    let events = spill_events(run, &predictions, &hasher, labels.len(), lengths).await?;
    let predictions = Arc::new(predictions);
    let parts = labels.into_iter().zip(events.parts);
    let parts: Vec<Part> = parts
        .map(|(labels, events)| Part {
            labels,
            events,
            files: Arc::clone(&files),
            hasher: hasher.clone(),
        })
        .collect();
    let dir = &run.resources.temp_dir;
    let (matches_in, unmatched_in) = (SpillStore::create(dir)?, SpillStore::create(dir)?);
    let verdicts = match run.model.policy.matching {
        Match::Either => Some(Mutex::new(Verdicts::create(parts.len(), dir)?)),
        Match::Coalesce => None,
    };
    let is_open = verdicts.is_some();
    let joined = for_each(run, parts, |part| {
        let (run, predictions) = (Arc::clone(run), Arc::clone(&predictions));
        let (matches, unmatched) = (Arc::clone(&matches_in), Arc::clone(&unmatched_in));
        async move {
            let index = part.index(&run).await?;
            let mut matches = MatchWriter::new(&matches);
            let memory = match is_open {
                true => ChoiceMemory::undecided(),
                false => ChoiceMemory::new(),
            };
            part.see(&index, &run, &predictions, memory, Some(&mut matches))
                .await?;
            let matches = matches.finish()?;
            if is_open {
                return Ok((matches, None, Some(part)));
            }
            let settled = settle(&part, &index, &run, &predictions, &unmatched).await?;
            Ok((matches, Some(settled), None))
        }
        .boxed()
    })
    .await?;
    let (mut matches, mut settled, mut open) = (Vec::new(), Vec::new(), Vec::new());
    for (found, done, left) in joined {
        matches.push(found);
        settled.extend(done);
        open.extend(left);
    }
    Ok(Joined {
        matches: Arc::new(SpilledMatches {
            parts: matches,
            hasher,
            labels: files,
            predictions,
            unread: events.unread,
            policy: run.model.policy.duplicate_labels,
            verdicts,
        }),
        parts: match is_open {
            true => Parts::Open(open),
            false => Parts::Settled(settled),
        },
    })
}

impl Joined {
    /// What became of the labels, and those that no prediction took, once the hours have been through.
    pub(crate) async fn settle(
        self,
        run: &Arc<ModelRun>,
    ) -> Result<(LabelFate, Vec<SpillFile>), EngineError> {
        let settled = match self.parts {
            Parts::Settled(settled) => settled,
            Parts::Open(parts) => {
                let verdicts = self.matches.take_verdicts()?;
                let unmatched_in = SpillStore::create(&run.resources.temp_dir)?;
                let verdicts = Mutex::new(verdicts.into_iter());
                for_each(run, parts, |part| {
                    let (run, unmatched) = (Arc::clone(run), Arc::clone(&unmatched_in));
                    let predictions = Arc::clone(&self.matches.predictions);
                    // Parts come in order, as the verdicts do.
                    let verdicts = verdicts.lock().ok().and_then(|mut all| all.next());
                    async move {
                        let index = part.index(&run).await?;
                        let memory = ChoiceMemory::undecided();
                        part.see(&index, &run, &predictions, memory, None).await?;
                        if let Some(verdicts) = &verdicts {
                            judge(&index, verdicts)?;
                        }
                        settle(&part, &index, &run, &predictions, &unmatched).await
                    }
                    .boxed()
                })
                .await?
            }
        };
        let mut fate = LabelFate::default();
        let mut unmatched = Vec::with_capacity(settled.len());
        for part in settled {
            fate.add(part.fate);
            unmatched.push(part.unmatched);
        }
        Ok((fate, unmatched))
    }
}

/// What became of the labels of a part whose events have been seen and whose labels are chosen.
pub(crate) async fn settle(
    part: &Part,
    index: &LabelIndex,
    run: &ModelRun,
    predictions: &PredictionFiles,
    unmatched: &Arc<SpillStore>,
) -> Result<Settled, EngineError> {
    if index.look_again(came_near(index)) {
        let memory = ChoiceMemory::undecided();
        part.see(index, run, predictions, memory, None).await?;
    }
    let mut unmatched = UnmatchedWriter::new(unmatched);
    let mut fate = LabelFate::of(index);
    for (label, status) in statuses(index) {
        fate.count(status);
        if let LabelStatus::Unmatched(reason) = status {
            unmatched.add(index, label, reason)?;
        }
    }
    Ok(Settled {
        fate,
        unmatched: unmatched.finish()?,
    })
}
