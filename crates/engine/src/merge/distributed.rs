//! The merge on a cluster: the join in parts, as where labels do not fit the memory (`spill`), but each part and each
//! hour a task of its own.
//!
//! A first job counts the labels, so that too many rejects stop the run before any hour is written. A second one reads
//! the ids of predictions and the labels, shuffles both by key, joins part by part with the index and the choice of the
//! other plans, shuffles what was chosen by hour, and has each hour read again in order and written by the same writer.
//! Payloads are never shuffled. What the run says of itself comes back as rows.

mod events;
mod found;
mod hours;
mod joined;
mod labels;
mod opened;
mod plan;
mod slots;
mod spec;
mod told;
mod work;

use std::sync::Arc;

use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;

use super::label_index::LabelFiles;
use super::outcome::{HourOutcome, Outcome};
use super::settings::ModelRun;
use super::spill::tell_unmatched;
use crate::cluster::{BegunAgain, Cluster, ClusterError, ClusterJob, Published, unless_lost};
use crate::error::EngineError;
use crate::model::Match;
use crate::session::new_context;
use labels::LabelCount;
use slots::Slots;
use spec::MergeSpec;
use told::Told;
pub(crate) use work::MergeWork;

/// Runs the model on a cluster.
pub(crate) async fn run(
    run: &Arc<ModelRun>,
    cluster: &Arc<dyn Cluster>,
) -> Result<Outcome, EngineError> {
    refuse(run)?;
    let cores = cluster.cores().await?;
    let slots = Slots::assign(&run.inputs.partitions, cores)?;
    let context = new_context(&run.resources, cores)?;
    let published = Published::write(&run.out, &MergeSpec::of(run, &slots)?).await?;
    let cancelled = run.conduct.stop.asked();
    let on_cluster = OnCluster {
        run,
        cluster,
        published: &published,
        cores,
        context,
    };
    let outcome = tokio::select! {
        outcome = on_cluster.run(&slots) => outcome,
        () = cancelled => Ok(not_begun(run)),
    };
    // Whatever came of it, nobody needs the object any more.
    let removed = published.remove().await;
    let outcome = outcome?;
    removed?;
    Ok(outcome)
}

/// What was written before the run was stopped is found by the next.
fn not_begun(run: &ModelRun) -> Outcome {
    let hours = run.inputs.partitions.iter().map(HourOutcome::not_begun);
    Outcome {
        hours: hours.collect(),
        ..Outcome::default()
    }
}

fn refuse(run: &ModelRun) -> Result<(), ClusterError> {
    const ALONE: &str = "run it without --cluster; backfill --shard divides it among machines";
    let not_there = |what| Err(ClusterError::NotThere { what, hint: ALONE });
    if run.model.sql.is_some() {
        return not_there("a model's own sql");
    }
    if run.model.policy.matching == Match::Either {
        return not_there("match = \"either\"");
    }
    if run.conduct.fails_fast {
        return not_there("--fail-fast");
    }
    if run.catalog.replaces_the_join() {
        return not_there("a join that --sql-dir replaces");
    }
    Ok(())
}

struct OnCluster<'a> {
    run: &'a Arc<ModelRun>,
    cluster: &'a Arc<dyn Cluster>,
    published: &'a Published,
    cores: usize,
    context: SessionContext,
}

impl OnCluster<'_> {
    async fn run(&self, slots: &Slots) -> Result<Outcome, EngineError> {
        let run = self.run;
        let counted = self.count_labels().await?;
        let (mut outcome, read) = run.labels_read(counted.logs).await?;
        outcome.label_ledger.read = read;
        run.snapshot.save(&run.out).await?;

        let plan = plan::merge(self, slots, counted.lengths, counted.bytes)?;
        let told = unless_lost(|| async {
            let mut told = Told::new(run)?;
            for stream in self.execute("hours", &plan).await? {
                told.take(stream).await?;
            }
            Ok(told)
        });
        let told = told.await?;
        let (hours, fate, unmatched) = told.finish()?;
        outcome.hours = hours;
        let files = LabelFiles::new(&run.inputs.labels);
        let (ledger, unmatched) = tell_unmatched(run, &outcome.hours, &unmatched, &files).await?;
        outcome.add_statuses(ledger, unmatched);
        fate.tell(run, &mut outcome);
        Ok(outcome)
    }

    async fn count_labels(&self) -> Result<LabelCount, EngineError> {
        let Some(plan) = plan::count_labels(self)? else {
            return Ok(LabelCount::default());
        };
        unless_lost(|| async {
            let mut count = LabelCount::default();
            for stream in self.execute("labels", &plan).await? {
                count.take(stream, &self.run.inputs.labels).await?;
            }
            Ok(count.finish()?)
        })
        .await
    }

    async fn execute(
        &self,
        step: &str,
        plan: &Arc<dyn ExecutionPlan>,
    ) -> Result<Vec<SendableRecordBatchStream>, EngineError> {
        let job = ClusterJob {
            name: format!("merge {}: {step}", self.run.model.name),
            plan: Arc::clone(plan),
            config: self.context.copied_config(),
            begun_again: BegunAgain::GoesOn,
            counted: false,
            progress: Arc::clone(&self.run.progress),
        };
        Ok(self.cluster.execute(job).await?.partitions)
    }
}
