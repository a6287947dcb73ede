//! Writes what a plan says: late labels first, then receipts, then whole hours in batches.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::common::runtime::SpawnedTask;
use futures::{StreamExt, TryStreamExt};
use groundline_store::{Hour, HourState, Root};

use super::accounts;
use super::batches::{Batch, batches};
use super::patch_task::{Ended, PatchTask};
use super::plan::{BackfillPlan, ModelPlan, PlannedHour, Work};
use super::report::{BackfillReport, Done, HourDone, ModelDone};
use crate::error::EngineError;
use crate::label_source::LabelSource;
use crate::memory::Budget;
use crate::merge::inputs::{PartitionInputs, label_window};
use crate::merge::outcome::{Cause, HourFailure, HourOutcome};
use crate::merge::rejects;
use crate::merge::settings::ModelRun;
use crate::merge::{Conduct, Stop, by_plan};
use crate::progress::Progress;
use crate::tables::Input;

/// Receipts that are written at once: they wait for the store, not for a processor.
const POINTS: usize = 32;

/// Hours by (endpoint, variant, hour), so that the report is in order whatever was done when.
type Hours = BTreeMap<(String, String, String), HourDone>;

impl BackfillPlan {
    /// Does what the plan says; asked to stop, it finishes the hours under way and begins no others.
    pub async fn run(
        mut self,
        stop: &Stop,
        progress: Arc<dyn Progress>,
    ) -> Result<BackfillReport, EngineError> {
        let (stores, out) = (
            &self.options.merge.resources.stores,
            &self.options.merge.out,
        );
        let mut report = BackfillReport {
            out: out.clone(),
            ..BackfillReport::default()
        };
        let has_any = self.models.iter().any(|model| model.no_input.is_none());
        if !has_any {
            report.models = self.models.iter().map(ModelDone::of).collect();
            return Ok(report);
        }
        let root = stores.create(out).await?;
        let models = std::mem::take(&mut self.models);
        for model in models {
            let mut running = Running {
                backfill: &self,
                root: &root,
                stop,
                progress: &progress,
                hours: Hours::new(),
                done: ModelDone::of(&model),
            };
            let ended = running.run(model).await;
            let Running {
                hours, mut done, ..
            } = running;
            match ended {
                Ok(()) => {}
                // Then nothing that is said of the run can be trusted.
                Err(error @ EngineError::LedgerOpen { .. }) => return Err(error),
                // What was written is told all the same, and the other models go on.
                Err(error) => {
                    let failure = HourFailure::of(&error);
                    (done.failure, done.hint) = (Some(failure.why), failure.hint);
                }
            }
            done.hours = hours.into_values().collect();
            report.models.push(done);
        }
        report.interrupted = stop.is_interrupted();
        Ok(report)
    }
}

/// One model's run, and what came of it so far: that is told even where an error ends it.
struct Running<'a> {
    backfill: &'a BackfillPlan,
    root: &'a Root,
    stop: &'a Stop,
    progress: &'a Arc<dyn Progress>,
    hours: Hours,
    done: ModelDone,
}

impl Running<'_> {
    async fn run(&mut self, mut plan: ModelPlan) -> Result<(), EngineError> {
        if plan.no_input.is_some() {
            return Ok(());
        }
        let run = Arc::new(self.part_of(&plan, Vec::new(), Vec::new())?);
        if plan.hours.iter().any(|hour| hour.work != Work::Nothing) {
            // Receipts name it, so it is there before them.
            run.snapshot.save(&run.out).await?;
        }
        self.label_rejects(&plan).await?;
        let mut build: Vec<PartitionInputs> = Vec::new();
        build.extend(
            plan.of_work(Work::Build)
                .filter_map(|hour| plan.inputs(hour))
                .cloned(),
        );
        build.extend(self.patch(&plan, &run).await?);
        // Its labels make room for those of the hours that are built.
        plan.lookup = None;
        for batch in batches(&plan.run, build) {
            self.build(&plan, batch).await?;
        }
        if !self.stop.is_asked() {
            let is_shard = self.backfill.options.shard.is_some();
            // Receipts that only name other labels now count what they counted.
            let touched = plan.hours.iter().filter(|hour| hour.work != Work::Nothing);
            let touched = touched.filter(|hour| {
                let pointed = |done: &HourDone| done.done == Done::Pointed;
                let inputs = plan.inputs(hour);
                let done = inputs
                    .and_then(|inputs| self.hours.get(&place(&hour_done(inputs, Done::Failed))));
                !done.is_some_and(pointed)
            });
            let touched = touched.map(|hour| hour.partition).collect();
            accounts::write(&plan, &run, is_shard, &touched, !self.hours.is_empty()).await?;
        }
        Ok(())
    }

    /// The model's run over some of its hours and labels.
    fn part_of(
        &self,
        plan: &ModelPlan,
        partitions: Vec<PartitionInputs>,
        labels: Vec<Input>,
    ) -> Result<ModelRun, EngineError> {
        let options = &self.backfill.options;
        ModelRun::new(
            &plan.run.model,
            plan.run.inputs.only(partitions, labels),
            &options.merge,
            &self.backfill.catalog,
            self.root.clone(),
            self.progress,
            Conduct {
                snapshot: Some(plan.run.snapshot.clone()),
                stop: self.stop.clone(),
                keeps_going: true,
                fails_fast: options.fail_fast,
                most_hours: options.jobs.unwrap_or(usize::MAX).max(1),
                has_jsonl: plan.run.conduct.has_jsonl,
                tells_unmatched: false,
            },
        )
    }

    /// Patches and points; gives the hours that must be built after all.
    async fn patch(
        &mut self,
        plan: &ModelPlan,
        run: &Arc<ModelRun>,
    ) -> Result<Vec<PartitionInputs>, EngineError> {
        let fail_fast = self.backfill.options.fail_fast;
        let tasks = plan.hours.iter();
        let tasks = tasks.filter_map(|hour| PatchTask::of(plan, run, hour, self.stop));
        let patches = Budget::of(&run.resources).hours.min(run.conduct.most_hours);
        let (pointing, patching): (Vec<_>, Vec<_>) = tasks.partition(|task| task.lookup.is_none());
        let mut build = Vec::new();
        for (tasks, under_way) in [(patching, patches), (pointing, POINTS)] {
            let ended: Vec<(PatchTask, Result<Ended, EngineError>)> = futures::stream::iter(tasks)
                .map(|task| {
                    let (progress, stop) = (Arc::clone(self.progress), self.stop.clone());
                    let work = async move {
                        let ended = task.run().await;
                        if fail_fast && ended.is_err() {
                            stop.ask_after_failure();
                        }
                        progress.hour_done();
                        (task, ended)
                    };
                    SpawnedTask::spawn(work).join()
                })
                .buffer_unordered(under_way)
                .try_collect()
                .await
                .map_err(|error| EngineError::Worker {
                    reason: error.to_string(),
                })?;
            for (task, ended) in ended {
                let mut hour = hour_done(&task.inputs, Done::Pointed);
                hour.rows = task.receipt.rows;
                hour.bytes = task.receipt.size;
                match ended {
                    Ok(Ended::Build) => {
                        build.push(task.inputs);
                        continue;
                    }
                    Ok(Ended::Patched { bytes }) => {
                        (hour.done, hour.bytes) = (Done::Patched, bytes);
                    }
                    Ok(Ended::Pointed) => {}
                    Ok(Ended::NotBegun) => hour.done = Done::NotBegun,
                    Err(error) => {
                        let failure = HourFailure::of(&error);
                        // Another run was faster, or a store refused: the whole hour is looked at again.
                        let changed = matches!(error, EngineError::Changed { .. });
                        let passes = changed || failure.cause == Cause::Transient;
                        if passes && !fail_fast {
                            build.push(task.inputs);
                            continue;
                        }
                        fail(&mut hour, failure.cause, failure.why, failure.hint);
                    }
                }
                self.tell(hour);
            }
        }
        Ok(build)
    }

    /// Rejects of label files that came, changed or went, hour by hour: with those of the hour's other files. They
    /// are right before a receipt says that the labels were seen, because nobody looks after that.
    async fn label_rejects(&self, plan: &ModelPlan) -> Result<(), EngineError> {
        if self.stop.is_asked() || plan.hours.iter().all(|hour| hour.work == Work::Nothing) {
            return Ok(());
        }
        let inputs = &plan.run.inputs;
        let part = |labels| self.part_of(plan, Vec::new(), labels);
        let as_of = self.backfill.options.merge.as_of_micros;
        let seen = label_window(&plan.run.model, inputs.window, as_of);
        let mut hours = rejects::hours_of_labels(&part(Vec::new())?).await?;
        hours.retain(|hour| seen.is_some_and(|seen| seen.contains(*hour)));
        if let LabelSource::Table(_) = plan.run.model.labels {
            // A table is read as a whole, and was.
            let hours = hours.into_iter().map(Some).chain([None]);
            let hours: Vec<Option<Hour>> = hours.collect();
            let found = &inputs.label_rejects;
            return rejects::replace_labels(&part(Vec::new())?, found, &hours).await;
        }
        let there: BTreeSet<Hour> = inputs.labels.iter().map(|input| input.hour).collect();
        let gone = plan.hours_of_gone_labels();
        hours.retain(|hour| gone.contains(hour) || !there.contains(hour));
        hours.extend(plan.lookup.iter().flat_map(|lookup| &lookup.rejected_hours));
        if hours.is_empty() {
            return Ok(());
        }
        let labels = inputs.labels.iter();
        let labels = labels.filter(|input| hours.contains(&input.hour)).cloned();
        let run = Arc::new(part(labels.collect())?);
        let found = run.read_label_rejects().await?;
        let hours: Vec<Option<Hour>> = hours.into_iter().map(Some).collect();
        rejects::replace_labels(&run, &found, &hours).await
    }

    /// Builds the hours of a batch, those that a store refused for now a second time.
    async fn build(&mut self, plan: &ModelPlan, batch: Batch) -> Result<(), EngineError> {
        let mut partitions = batch.partitions;
        for last in [false, true] {
            if partitions.is_empty() || self.stop.is_asked() {
                break;
            }
            let labels = batch.labels.clone();
            let run = self.part_of(plan, partitions.clone(), labels)?;
            let run = Arc::new(run);
            let outcome = match by_plan(&run).await {
                Ok(outcome) => outcome,
                Err(error @ EngineError::LedgerOpen { .. }) => return Err(error),
                Err(error) => {
                    // What stops all of them, such as labels that cannot be read.
                    let failure = HourFailure::of(&error);
                    let again = failure.cause == Cause::Transient && !last;
                    if again {
                        continue;
                    }
                    if self.backfill.options.fail_fast {
                        self.stop.ask_after_failure();
                    }
                    for inputs in &partitions {
                        let mut hour = hour_done(inputs, Done::Failed);
                        let (why, hint) = (failure.why.clone(), failure.hint.clone());
                        fail(&mut hour, failure.cause, why, hint);
                        self.tell(hour);
                    }
                    break;
                }
            };
            if !outcome.label_ledger.closes() {
                return Err(EngineError::LedgerOpen {
                    model: run.model.name.clone(),
                    detail: format!("{:?}", outcome.label_ledger),
                });
            }
            if !last {
                self.done.labels.add(&outcome.label_ledger);
            }
            partitions = self.take(&run, outcome.hours, last);
        }
        for inputs in partitions {
            let hour = hour_done(&inputs, Done::NotBegun);
            self.hours.entry(place(&hour)).or_insert(hour);
        }
        Ok(())
    }

    /// Puts what came of a batch into the report; gives the hours that are worth another try.
    fn take(
        &mut self,
        run: &ModelRun,
        outcomes: Vec<HourOutcome>,
        last: bool,
    ) -> Vec<PartitionInputs> {
        let tries_again = !last && !self.backfill.options.fail_fast;
        let mut again = Vec::new();
        for (inputs, outcome) in run.inputs.partitions.iter().zip(outcomes) {
            if outcome.cause == Cause::Transient && tries_again {
                again.push(inputs.clone());
                continue;
            }
            let mut hour = hour_done(inputs, Done::Built);
            (hour.rows, hour.bytes) = (outcome.report.rows, outcome.report.bytes);
            self.done.predictions.add(&outcome.report.predictions);
            if let Some(why) = outcome.report.failure {
                fail(&mut hour, outcome.cause, why, outcome.report.hint);
            }
            self.tell(hour);
        }
        again
    }

    /// Puts an hour into the report, in place of what was said of it before.
    fn tell(&mut self, hour: HourDone) {
        self.hours.insert(place(&hour), hour);
    }
}

impl ModelDone {
    fn of(plan: &ModelPlan) -> Self {
        let count = |of: &dyn Fn(&PlannedHour) -> bool| {
            plan.hours.iter().filter(|hour| of(hour)).count() as u64
        };
        let window = plan.run.inputs.window;
        let is_empty = plan.no_input.is_some();
        let text = |hour: Hour| match is_empty {
            true => String::new(),
            false => hour.to_string(),
        };
        Self {
            model: plan.run.model.name.clone(),
            from: text(window.from),
            to: text(window.to),
            untouched: count(&|hour| hour.work == Work::Nothing && hour.state != HourState::Open),
            open: count(&|hour| hour.state == HourState::Open),
            no_input: plan.no_input.clone(),
            ..Self::default()
        }
    }
}

fn hour_done(inputs: &PartitionInputs, done: Done) -> HourDone {
    HourDone {
        endpoint: inputs.endpoint.clone(),
        variant: inputs.variant.clone(),
        hour: inputs.hour.to_string(),
        done,
        rows: 0,
        bytes: 0,
        failure: None,
        hint: None,
    }
}

fn fail(hour: &mut HourDone, cause: Cause, why: String, hint: Option<String>) {
    hour.done = match cause {
        Cause::NotBegun => Done::NotBegun,
        Cause::Archived => Done::Archived,
        Cause::Lasting | Cause::Transient => Done::Failed,
    };
    if cause != Cause::NotBegun {
        (hour.failure, hour.hint) = (Some(why), hint);
    }
    (hour.rows, hour.bytes) = (0, 0);
}

fn place(hour: &HourDone) -> (String, String, String) {
    (
        hour.endpoint.clone(),
        hour.variant.clone(),
        hour.hour.clone(),
    )
}
