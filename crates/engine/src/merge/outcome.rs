//! What a plan hands to the settlement, and how one hour is closed the same way in both plans.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;

use groundline_store::{
    Hour, InputIdentity, LabelSnapshotRef, RECEIPT_VERSION, Receipt, StoreError, delete_if_present,
    seal,
};
use serde::{Deserialize, Serialize};

use super::accounts::HourAccounts;
use super::conflicts::Conflict;
use super::diagnose::absent_attribute;
use super::hour_file::{HourFile, WrittenHour};
use super::inputs::PartitionInputs;
use super::jsonl;
use super::rejects;
use super::settings::ModelRun;
use crate::backfill::BackfillError;
use crate::error::EngineError;
use crate::read::{FileLog, LogKey, LoggedReject};
use crate::report::{HourReport, LabelLedger, PredictionLedger, UnmatchedGroup};

/// A model's run, done but not yet settled.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// In order of partition.
    pub(crate) hours: Vec<HourOutcome>,
    pub(crate) label_ledger: LabelLedger,
    pub(crate) label_rejects: Vec<LoggedReject>,
    pub(crate) unmatched: Vec<UnmatchedGroup>,
    /// Captures beyond the first of each key that got a label.
    pub(crate) repeated_key: u64,
    /// Keys whose captures are in several endpoints or variants, and the first.
    pub(crate) crossing_keys: u64,
    pub(crate) crossing_example: Option<String>,
    /// Labels with another number of records than a prediction that sees them.
    pub(crate) mismatched: u64,
    pub(crate) mismatch_example: Option<String>,
}

/// One hour of a run.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct HourOutcome {
    pub(crate) report: HourReport,
    pub(crate) rejects: Vec<LoggedReject>,
    pub(crate) notes: BTreeMap<Cow<'static, str>, u64>,
    /// Of each own column with a type, the records whose value does not fit it.
    pub(crate) misfits: BTreeMap<String, u64>,
    /// What kind of failure it was.
    pub(crate) cause: Cause,
}

/// What a failed hour asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Cause {
    /// Another look by somebody.
    #[default]
    Lasting,
    /// Another try: a store refused for now.
    Transient,
    /// To be brought back from an archive.
    Archived,
    /// Nothing: it was not begun, because the run was stopped.
    NotBegun,
}

impl Cause {
    /// Of an error or what is below it.
    fn of(error: &EngineError) -> Self {
        let mut next: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = next {
            // A transparent error is not among its own sources.
            let store = match error.downcast_ref() {
                // Nothing else of a backfill is an hour's error.
                Some(EngineError::Backfill(_)) => return Self::Transient,
                Some(EngineError::Store(store)) => Some(store.as_ref()),
                _ => error.downcast_ref::<StoreError>(),
            };
            match store {
                Some(store) if store.is_archived() => return Self::Archived,
                Some(store) if store.is_transient() => return Self::Transient,
                _ => next = error.source(),
            }
        }
        Self::Lasting
    }
}

impl EngineError {
    /// Whether the same may succeed a little later: a store refuses for now, or another run was in the way.
    pub fn is_transient(&self) -> bool {
        Cause::of(self) == Cause::Transient
    }
}

impl HourOutcome {
    /// An hour that nobody began.
    pub(crate) fn not_begun(inputs: &PartitionInputs) -> Self {
        Self {
            report: HourReport {
                endpoint: inputs.endpoint.clone(),
                variant: inputs.variant.clone(),
                hour: inputs.hour.to_string(),
                failure: Some("not begun, because the run was stopped".to_owned()),
                ..HourReport::default()
            },
            cause: Cause::NotBegun,
            ..Self::default()
        }
    }
}

/// Why an hour was not written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct HourFailure {
    pub(crate) why: String,
    /// What to do next, where that is known.
    pub(crate) hint: Option<String>,
    pub(crate) cause: Cause,
}

impl HourFailure {
    /// An error with its causes, and its hint.
    pub(crate) fn of(error: &EngineError) -> Self {
        // An operator that hands an error to several others wraps it.
        let mut hint = error.hint();
        let mut below = error.source();
        while let (None, Some(error)) = (&hint, below) {
            hint = error.downcast_ref().and_then(EngineError::hint);
            below = error.source();
        }
        Self {
            why: chain(error),
            hint,
            cause: Cause::of(error),
        }
    }
}

impl From<String> for HourFailure {
    fn from(why: String) -> Self {
        Self {
            why,
            hint: None,
            cause: Cause::Lasting,
        }
    }
}

/// Commits the hour file or says why not; writes receipt and rejects.
///
/// `broken` says how reading failed: then nothing of the hour is accounted for, because nobody knows what it holds.
/// In a run that keeps going whatever else stops the hour is its failure too.
pub(crate) async fn close_hour(
    run: &ModelRun,
    inputs: &PartitionInputs,
    file: HourFile,
    accounts: HourAccounts,
    logs: BTreeMap<LogKey, FileLog>,
    conflict: Option<Conflict>,
    broken: Option<HourFailure>,
) -> Result<HourOutcome, EngineError> {
    let outcome = match try_close(run, inputs, file, accounts, logs, conflict, broken).await {
        Ok(outcome) => outcome,
        Err(error @ EngineError::LedgerOpen { .. }) => return Err(error),
        Err(error) if !run.conduct.keeps_going => return Err(error),
        Err(error) => {
            let failure = HourFailure::of(&error);
            let mut outcome = HourOutcome::not_begun(inputs);
            outcome.report.failure = Some(failure.why);
            outcome.report.hint = failure.hint;
            outcome.cause = failure.cause;
            outcome
        }
    };
    if outcome.report.failure.is_some() && run.conduct.fails_fast {
        run.conduct.stop.ask_after_failure();
    }
    run.progress.hour_done();
    Ok(outcome)
}

async fn try_close(
    run: &ModelRun,
    inputs: &PartitionInputs,
    file: HourFile,
    mut accounts: HourAccounts,
    logs: BTreeMap<LogKey, FileLog>,
    conflict: Option<Conflict>,
    broken: Option<HourFailure>,
) -> Result<HourOutcome, EngineError> {
    let partition = run.partition(inputs);
    let mut ledger = accounts.finish();
    let mut notes: BTreeMap<Cow<'static, str>, u64> = BTreeMap::new();
    let mut note = |name: &'static str, count: u64| {
        *notes.entry(Cow::Borrowed(name)).or_default() += count;
    };
    for log in logs.values() {
        ledger.read += log.counts.records;
        ledger.rejected += log.rejects.len() as u64;
        note("input_whole", log.counts.input_whole);
        note("unreadable_time", log.counts.unreadable_times);
        note("input_unpaired", u64::from(log.unpaired));
    }
    if run.model.sql.is_some() {
        ledger.queried = ledger.read - ledger.rejected - ledger.filtered;
    }
    note("outside_hour", accounts.outside_hour);
    note("label_without_value", accounts.valueless);

    let rejects = rejects::locate(logs).await?;
    if !rejects.is_empty() {
        rejects::write(
            run,
            &partition.rejects(),
            &rejects.iter().collect::<Vec<_>>(),
        )
        .await?;
    }
    let mut failure = broken;
    if failure.is_some() {
        ledger = PredictionLedger::default();
        notes.clear();
        accounts.misfits.clear();
    }
    if failure.is_none() && !run.accepts(ledger.rejected, ledger.read) {
        let why = format!(
            "{} of {} records rejected, the first: {}; --max-rejects {} would accept them",
            ledger.rejected,
            ledger.read,
            rejects.first().map(rejects::example).unwrap_or_default(),
            ledger.rejected
        );
        failure = Some(why.into());
    }
    if failure.is_none() {
        failure = conflict.map(|c| c.message().into());
    }
    if failure.is_none() {
        failure = absent_attribute(run, inputs, &accounts).await?;
    }
    if !ledger.closes() {
        return Err(EngineError::LedgerOpen {
            model: run.model.name.clone(),
            detail: format!(
                "hour {} of {}/{}: {ledger:?}",
                inputs.hour, inputs.endpoint, inputs.variant
            ),
        });
    }

    let mut report = HourReport {
        endpoint: inputs.endpoint.clone(),
        variant: inputs.variant.clone(),
        hour: inputs.hour.to_string(),
        predictions: ledger,
        ..HourReport::default()
    };
    if failure.is_some() {
        file.abort().await;
    } else {
        match commit(run, inputs, &ledger, file).await {
            Ok(written) => {
                report.file = partition.hour_file();
                report.rows = written.rows;
                report.bytes = written.committed.size;
                report.sha256 = written.committed.sha256;
            }
            // Another run over the same hours is no fault of this one's.
            Err(error @ EngineError::Backfill(_)) => failure = Some(HourFailure::of(&error)),
            Err(error) if run.conduct.keeps_going => failure = Some(HourFailure::of(&error)),
            Err(error) => return Err(error),
        }
    }
    let mut cause_of_failure = Cause::default();
    if let Some(HourFailure { why, hint, cause }) = failure {
        report.failure = Some(why);
        report.hint = hint;
        cause_of_failure = cause;
    }
    Ok(HourOutcome {
        report,
        rejects,
        notes,
        misfits: accounts.misfits,
        cause: cause_of_failure,
    })
}

/// Makes the hour file visible, then its receipt. What lies beside it and would be wrong then goes before, because
/// nobody looks again at an hour that has a receipt: rejects that it has no more, and, in a backfill, merged JSON Lines,
/// which are written last.
pub(crate) async fn commit(
    run: &ModelRun,
    inputs: &PartitionInputs,
    ledger: &PredictionLedger,
    file: HourFile,
) -> Result<WrittenHour, EngineError> {
    if ledger.rejected == 0 {
        rejects::remove_earlier(run, &run.partition(inputs).rejects()).await?;
    }
    if run.conduct.keeps_going && run.conduct.has_jsonl {
        delete_if_present(&run.out, &jsonl::key(&run.model.name, inputs)).await?;
    }
    let written = file.commit().await?;
    let receipt = receipt_of(run, inputs, ledger, &written);
    if !seal(&run.out, &receipt, &(&written.committed).into()).await? {
        let key = written.committed.key;
        return Err(BackfillError::WrittenByAnother { key }.into());
    }
    Ok(written)
}

fn receipt_of(
    run: &ModelRun,
    inputs: &PartitionInputs,
    ledger: &PredictionLedger,
    written: &WrittenHour,
) -> Receipt {
    let partition = run.partition(inputs);
    let counts = [
        ("read", ledger.read),
        ("rejected", ledger.rejected),
        ("filtered", ledger.filtered),
        ("no_output", ledger.no_output),
        ("labelled", ledger.labelled),
        ("unlabelled", ledger.unlabelled),
        ("queried", ledger.queried),
    ];
    let counts = counts
        .into_iter()
        .filter(|(name, count)| *name != "queried" || *count > 0);
    Receipt {
        version: RECEIPT_VERSION,
        model: partition.model.clone(),
        endpoint: partition.endpoint.clone(),
        variant: partition.variant.clone(),
        hour: inputs.hour,
        inputs: inputs
            .inputs
            .iter()
            .map(|i| InputIdentity::from(&i.object))
            .collect(),
        labels: run.labels_seen(inputs.hour),
        settings: run.settings_in(inputs.hour),
        ledger: counts
            .map(|(name, count)| (name.to_owned(), count))
            .collect(),
        rows: written.rows,
        size: written.committed.size,
        sha256: written.committed.sha256.clone(),
    }
}

impl ModelRun {
    /// The labels that a prediction of the hour may see, as its receipt names them.
    pub(crate) fn labels_seen(&self, hour: Hour) -> LabelSnapshotRef {
        let policy = &self.model.policy;
        LabelSnapshotRef {
            snapshot: self.snapshot_id.clone(),
            from: hour.plus(-policy.label_lead_hours),
            to: policy.label_horizon_hours.map(|h| hour.plus(h)),
        }
    }
}

/// An error with its causes in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}
