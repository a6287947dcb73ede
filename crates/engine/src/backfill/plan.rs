//! What is to be done: the state of every hour of the window, from one listing of inputs, labels and output.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use datafusion::common::runtime::SpawnedTask;
use futures::{StreamExt, TryStreamExt};
use groundline_store::{
    FileCheck, Found, Hour, HourFacts, HourState, InputIdentity, LabelChange, LabelSnapshot,
    Partition, Path, Receipt, Root, StoredHour, Why, open_reason, read_error, state_of,
    stored_hours,
};

use serde::Serialize;

use super::lookup::{Lookup, Touched};
use super::options::BackfillOptions;
use super::patchable;
use crate::catalog::Catalog;
use crate::error::EngineError;
use crate::merge::inputs::{ModelInputs, PartitionInputs};
use crate::merge::read_labels::{Labels, read_labels};
use crate::merge::settings::ModelRun;
use crate::merge::{Conduct, refuse_shared_jsonl};
use crate::model::Model;
use crate::progress::{Progress, Silent};
use crate::read::ScanLog;

/// Hour files that are looked into at once, for each thread.
const LOOKS: usize = 4;
/// Label listings that are read at once.
const SNAPSHOTS: usize = 16;

/// What a backfill will do.
pub struct BackfillPlan {
    pub(super) options: BackfillOptions,
    pub(super) catalog: Arc<Catalog>,
    pub(super) models: Vec<ModelPlan>,
}

impl fmt::Debug for BackfillPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackfillPlan")
            .field("models", &self.models.len())
            .finish_non_exhaustive()
    }
}

/// One model of it.
pub(super) struct ModelPlan {
    /// All hours of the window, those of other shards too; its output is only looked at.
    pub(super) run: Arc<ModelRun>,
    /// In the order of the run's partitions, without hours of other shards.
    pub(super) hours: Vec<PlannedHour>,
    /// Why the window holds nothing.
    pub(super) no_input: Option<String>,
    /// Why label-stale hours are rebuilt and not patched.
    pub(super) not_patched: Option<String>,
    /// From the label listing of each receipt to that of now.
    changes: BTreeMap<String, Result<LabelChange, String>>,
    pub(super) lookup: Option<Arc<Lookup>>,
    /// Label files that were looked up, and hours that were looked into.
    pub(super) looked: Looked,
}

/// What a look-up took and found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Looked {
    /// Label files that were added.
    pub files: usize,
    /// Hours whose labels changed.
    pub hours: usize,
    /// Hours of them that are written.
    pub touched: usize,
}

/// One hour of the plan.
pub(super) struct PlannedHour {
    /// Number of its inputs among the run's partitions.
    pub(super) partition: usize,
    pub(super) state: HourState,
    pub(super) why: Vec<Why>,
    pub(super) stored: StoredHour,
    pub(super) work: Work,
}

/// What is done about an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Nothing,
    /// From its captures and labels.
    Build,
    /// Whether labels touch it is yet to be looked up.
    LookUp,
    /// From its hour file and the added labels.
    Patch,
    /// Only its receipt: it names the labels that were seen.
    Point,
}

impl PlannedHour {
    pub(super) fn receipt(&self) -> Option<&Receipt> {
        match &self.stored.found {
            Found::Both { receipt, .. } => Some(receipt),
            _ => None,
        }
    }
}

impl ModelPlan {
    pub(super) fn inputs(&self, hour: &PlannedHour) -> Option<&PartitionInputs> {
        self.run.inputs.partitions.get(hour.partition)
    }

    pub(super) fn of_work(&self, work: Work) -> impl Iterator<Item = &PlannedHour> {
        self.hours.iter().filter(move |hour| hour.work == work)
    }

    /// Hours of label files that went or changed since an hour was made that is to be done.
    pub(super) fn hours_of_gone_labels(&self) -> BTreeSet<Hour> {
        let hours = self.hours.iter().filter(|hour| hour.work != Work::Nothing);
        hours
            .filter_map(|hour| self.change(hour))
            .flat_map(|(change, from, to)| change.within(from, to).removed)
            .map(|object| object.hour)
            .collect()
    }

    /// What became of the labels of an hour since its receipt.
    fn change(&self, hour: &PlannedHour) -> Option<(&LabelChange, Hour, Option<Hour>)> {
        let receipt = hour.receipt()?;
        let change = self.changes.get(&receipt.labels.snapshot)?.as_ref().ok()?;
        Some((change, receipt.labels.from, receipt.labels.to))
    }
}

impl BackfillPlan {
    /// Lists inputs, labels and the output, and says of each hour what its state is. Nothing is written, and no
    /// capture is read.
    pub async fn list(options: &BackfillOptions) -> Result<Self, EngineError> {
        let catalog = Arc::new(Catalog::open(options.merge.sql_dir.as_deref())?);
        Root::check_output(&options.merge.out)?;
        let out = existing(options).await?;
        let mut listed: Vec<(&Model, ModelInputs)> = Vec::new();
        let mut left_out = None;
        for model in &options.merge.models {
            match ModelInputs::list(model, &options.merge).await {
                Ok(inputs) => listed.push((model, inputs)),
                // With several models, a glob selects among them; only one that selects nothing at all is an error.
                Err(error @ EngineError::NothingSelected { .. }) => {
                    left_out.get_or_insert(error);
                }
                Err(error) => return Err(error),
            }
        }
        if let (true, Some(error)) = (listed.is_empty(), left_out) {
            return Err(error);
        }
        for (model, inputs) in &listed {
            inputs.refuse_output_inside(model, &options.merge).await?;
        }
        if options.merge.jsonl {
            refuse_shared_jsonl(&listed)?;
        }
        // Those of an hour without labelled records are empty, and there all the same.
        let folder = out.child("merge")?;
        let earlier = out
            .store()
            .list(Some(&folder))
            .map_ok(|object| object.location);
        let jsonl: BTreeSet<Path> = earlier
            .try_collect()
            .await
            .map_err(|source| read_error(&out, &folder, source))?;
        let mut models = Vec::with_capacity(listed.len());
        for (model, inputs) in listed {
            models.push(plan_model(options, &catalog, model, inputs, &out, &jsonl).await?);
        }
        Ok(Self {
            options: options.clone(),
            catalog,
            models,
        })
    }

    /// Looks up the keys of added labels in the hour files, so that it is known which hours they touch. Reads those
    /// label files and the key columns, no captures.
    pub async fn look_up(&mut self, progress: Arc<dyn Progress>) -> Result<(), EngineError> {
        for model in &mut self.models {
            look_up(model, &self.options, &self.catalog, &progress).await?;
        }
        Ok(())
    }
}

/// The output to look at; one that is not there yet holds nothing.
async fn existing(options: &BackfillOptions) -> Result<Root, EngineError> {
    let (stores, out) = (&options.merge.resources.stores, &options.merge.out);
    match stores.open(out).await {
        Ok(root) => Ok(root),
        Err(error) if error.is_no_folder() => Ok(Root::nothing(out)),
        Err(error) => Err(error.into()),
    }
}

async fn plan_model(
    options: &BackfillOptions,
    catalog: &Arc<Catalog>,
    model: &Model,
    inputs: ModelInputs,
    out: &Root,
    jsonl: &BTreeSet<Path>,
) -> Result<ModelPlan, EngineError> {
    let no_input = inputs.no_input().map(str::to_owned);
    let silent: Arc<dyn Progress> = Arc::new(Silent);
    let run = ModelRun::new(
        model,
        inputs,
        &options.merge,
        catalog,
        out.clone(),
        &silent,
        Conduct {
            has_jsonl: !jsonl.is_empty(),
            ..Conduct::default()
        },
    )?;
    let part = options.shard.map(|shard| shard.part(run.inputs.window));
    let chosen: Vec<usize> = (0..run.inputs.partitions.len())
        .filter(|number| {
            let hour = run.inputs.partitions.get(*number).map(|inputs| inputs.hour);
            part.is_none_or(|part| hour.is_some_and(|hour| part.contains(hour)))
        })
        .collect();
    let partitions: Vec<Partition> = chosen
        .iter()
        .filter_map(|number| run.inputs.partitions.get(*number))
        .map(|inputs| run.partition(inputs))
        .collect();
    let stored = stored_hours(out, &partitions, options.verify).await?;
    let changes = label_changes(out, &run.snapshot, &stored).await?;
    let mut plan = ModelPlan {
        not_patched: patchable::why_not(&run)?,
        run: Arc::new(run),
        hours: Vec::with_capacity(chosen.len()),
        no_input,
        changes,
        lookup: None,
        looked: Looked::default(),
    };
    for (number, stored) in chosen.into_iter().zip(stored) {
        let hour = plan_hour(options, &plan, number, stored, jsonl)?;
        plan.hours.extend(hour);
    }
    Ok(plan)
}

fn plan_hour(
    options: &BackfillOptions,
    plan: &ModelPlan,
    number: usize,
    stored: StoredHour,
    jsonl: &BTreeSet<Path>,
) -> Result<Option<PlannedHour>, EngineError> {
    let run = &plan.run;
    let Some(inputs) = run.inputs.partitions.get(number) else {
        return Ok(None);
    };
    let mut identities: Vec<InputIdentity> = inputs
        .inputs
        .iter()
        .map(|input| (&input.object).into())
        .collect();
    identities.sort();
    let labels = run.labels_seen(inputs.hour);
    let none = LabelChange::default();
    let change = match &stored.found {
        Found::Both { receipt, .. } => match plan.changes.get(&receipt.labels.snapshot) {
            Some(Ok(change)) => Ok(change),
            Some(Err(why)) => Err(why.as_str()),
            None => Ok(&none),
        },
        _ => Ok(&none),
    };
    let facts = HourFacts {
        hour: inputs.hour,
        inputs: &identities,
        found: &stored.found,
        settings: &run.settings_in(inputs.hour),
        labels: (labels.from, labels.to),
        change,
    };
    let (mut state, mut why) = state_of(&facts);
    if run.jsonl && state == HourState::Done {
        let key = crate::merge::jsonl_key(&run.model.name, inputs);
        if !jsonl.contains(&run.out.child(&key)?) {
            (state, why) = (HourState::Missing, vec![Why::NoMergedJsonl]);
        }
    }
    let open = open_reason(inputs.hour, options.now_micros, options.settle_micros);
    if let (Some(reason), false) = (open, options.include_open) {
        (state, why) = (HourState::Open, vec![reason]);
    }
    let mut hour = PlannedHour {
        partition: number,
        state,
        why,
        stored,
        work: Work::Nothing,
    };
    hour.work = match state {
        HourState::Done | HourState::Open | HourState::Empty => Work::Nothing,
        HourState::Missing | HourState::Stale => Work::Build,
        HourState::LabelStale => match hour.receipt() {
            Some(receipt)
                if plan.not_patched.is_none() && patchable::is_patchable(run, receipt) =>
            {
                Work::LookUp
            }
            _ => Work::Build,
        },
    };
    Ok(Some(hour))
}

/// From each label listing that a receipt names to that of now.
async fn label_changes(
    out: &Root,
    now: &LabelSnapshot,
    stored: &[StoredHour],
) -> Result<BTreeMap<String, Result<LabelChange, String>>, EngineError> {
    let named = stored.iter().filter_map(|hour| match &hour.found {
        Found::Both { receipt, file } if *file == FileCheck::Same => {
            Some(receipt.labels.snapshot.clone())
        }
        _ => None,
    });
    let named: BTreeSet<String> = named.collect();
    let current = now.id()?;
    futures::stream::iter(named)
        .map(|id| {
            let current = &current;
            async move {
                if id == *current {
                    return Ok((id, Ok(LabelChange::default())));
                }
                let change = match LabelSnapshot::load(out, &id).await {
                    Ok(seen) => Ok(LabelChange::between(&seen, now)),
                    Err(error) if error.is_transient() => return Err(error.into()),
                    // Then nobody knows which labels its hours saw.
                    Err(error) => Err(error.to_string()),
                };
                Ok((id, change))
            }
        })
        .buffered(SNAPSHOTS)
        .try_collect()
        .await
}

async fn look_up(
    plan: &mut ModelPlan,
    options: &BackfillOptions,
    catalog: &Arc<Catalog>,
    progress: &Arc<dyn Progress>,
) -> Result<(), EngineError> {
    let waiting: Vec<usize> = (0..plan.hours.len())
        .filter(|at| {
            plan.hours
                .get(*at)
                .is_some_and(|hour| hour.work == Work::LookUp)
        })
        .collect();
    if waiting.is_empty() {
        return Ok(());
    }
    let mut added: BTreeSet<(Hour, String)> = BTreeSet::new();
    for hour in plan.of_work(Work::LookUp) {
        if let Some((change, from, to)) = plan.change(hour) {
            let new = change.within(from, to).added.iter();
            added.extend(new.map(|object| (object.hour, object.identity.key.clone())));
        }
    }
    plan.looked = Looked {
        files: added.len(),
        hours: waiting.len(),
        touched: 0,
    };
    let lookup = read_added(plan, &added, options, catalog, progress).await?;
    let looks = waiting
        .iter()
        .filter_map(|at| plan.hours.get(*at).map(|hour| (*at, hour)));
    let looks = looks.map(|(at, hour)| {
        let within = plan
            .change(hour)
            .map(|(change, from, to)| change.within(from, to));
        let within = within.unwrap_or_default();
        let gone = within
            .removed
            .iter()
            .map(|object| object.identity.key.clone());
        let removed: BTreeSet<String> = gone.collect();
        (
            at,
            hour.stored.file.clone(),
            removed,
            !within.added.is_empty(),
        )
    });
    let looks: Vec<_> = looks.collect();
    let found: Vec<(usize, Work)> = match &lookup {
        // More labels than the memory limit lets be looked up, or more rejects than are accepted.
        None => waiting.iter().map(|at| (*at, Work::Build)).collect(),
        Some(lookup) => {
            let root = &plan.run.out;
            let under_way = options.merge.resources.threads.max(1) * LOOKS;
            futures::stream::iter(looks)
                .map(|(at, file, removed, has_added)| {
                    let (lookup, root) = (Arc::clone(lookup), root.clone());
                    let look = async move {
                        let Some(file) = file else {
                            return Work::Build;
                        };
                        match lookup.look(&root, &file, &removed, has_added).await {
                            Ok(Touched::ByRemoval) => Work::Build,
                            Ok(Touched::ByKey) => Work::Patch,
                            Ok(Touched::Not) => Work::Point,
                            // What cannot be read is made again.
                            Err(_) => Work::Build,
                        }
                    };
                    async move { SpawnedTask::spawn(look).join().await.map(|work| (at, work)) }
                })
                .buffer_unordered(under_way)
                .try_collect()
                .await
                .map_err(|error| EngineError::Worker {
                    reason: error.to_string(),
                })?
        }
    };
    for (at, work) in found {
        if let Some(hour) = plan.hours.get_mut(at) {
            hour.work = work;
            plan.looked.touched += usize::from(work != Work::Point);
        }
    }
    plan.lookup = lookup;
    Ok(())
}

/// The added labels by key; `None` if they do not fit the memory limit.
async fn read_added(
    plan: &ModelPlan,
    added: &BTreeSet<(Hour, String)>,
    options: &BackfillOptions,
    catalog: &Arc<Catalog>,
    progress: &Arc<dyn Progress>,
) -> Result<Option<Arc<Lookup>>, EngineError> {
    let labels = plan.run.inputs.labels.iter();
    let labels = labels.filter(|input| added.contains(&(input.hour, input.object.key.clone())));
    let inputs = plan.run.inputs.only(Vec::new(), labels.cloned().collect());
    let run = Arc::new(ModelRun::new(
        &plan.run.model,
        inputs,
        &options.merge,
        catalog,
        plan.run.out.clone(),
        progress,
        Conduct {
            snapshot: Some(plan.run.snapshot.clone()),
            tells_unmatched: false,
            ..Conduct::default()
        },
    )?);
    let log = Arc::new(ScanLog::default());
    let labels = read_labels(&run, &log).await?;
    let rejected = match run.refuse_label_rejects(log.take()).await {
        Ok(rejected) => rejected,
        // Hours that are built say so, one by one, and the others of the run go on.
        Err(EngineError::LabelRejects { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let hours = rejected
        .iter()
        .filter_map(|reject| reject.key.hour)
        .collect();
    Ok(match labels {
        Labels::Indexed(index) => Some(Arc::new(Lookup::new(index, hours))),
        Labels::Spilled { .. } => None,
    })
}
