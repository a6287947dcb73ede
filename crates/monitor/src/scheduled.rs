//! One run of a schedule: hours brought up to date, its window measured and recorded, and earlier windows restated whose
//! labels have come.
//!
//! What a run says follows from its scheduled time and from what lies in the store. It sees the labels of the folders that
//! had begun before that time, whenever it really runs: a run that is made up for says what it would have said.

use std::sync::Arc;

use groundline_engine::{
    BATCH, MergeOptions, Progress, RunRecord, RunState, Stop, read_runs, write_run,
};
use groundline_store::{Hour, Window};

use crate::error::MonitorError;
use crate::execution::{Execution, Subject, execution_folder};
use crate::hours::{HoursDone, bring_up_to_date};
use crate::record::{as_of, blank, count, fail, remember, say};
use crate::target::{LabelTarget, Revision};

/// Hours beyond the age of its labels in which an execution that nobody settled is still looked for: a service that stood
/// still for a month settles what it left behind.
const STOOD_STILL: i64 = 35 * 24;

/// What a schedule runs.
#[derive(Clone, Debug)]
pub struct ScheduledWork {
    pub schedule: String,
    pub subject: Subject,
    /// The model's merge; window and `as_of` are each run's own.
    pub merge: MergeOptions,
    pub target: LabelTarget,
    /// Another model may have the same endpoints: they would have one folder.
    pub shares_endpoints: bool,
}

/// What a run of a schedule came to.
#[derive(Debug)]
pub struct Ran {
    pub record: RunRecord,
    /// Earlier executions that it measured again, in order of their scheduled hours.
    pub restated: Vec<RunRecord>,
    /// Earlier executions that could not be measured again, and why.
    pub unrestated: Vec<(RunRecord, MonitorError)>,
    /// Earlier executions that nothing is waited for any more, and that did not change.
    pub settled: Vec<RunRecord>,
    /// The window has no predictions, so there was nothing to fail at: where they were looked for.
    pub no_input: Option<String>,
}

impl ScheduledWork {
    /// Runs the schedule for a window at its scheduled time, microseconds since the epoch. `waiting` are its executions
    /// that labels are still waited for ([`Self::waiting`]); those that were scheduled later are left alone.
    ///
    /// What goes wrong on the way is recorded as an execution that failed; an error says that not even that could be
    /// written.
    pub async fn run_at(
        &self,
        run_time: i64,
        window: Window,
        waiting: Vec<RunRecord>,
        stop: &Stop,
        progress: Arc<dyn Progress>,
    ) -> Result<Ran, MonitorError> {
        let at = Hour::from_micros(run_time);
        let mut earlier = waiting;
        earlier.retain(|run| run.provisional && run.scheduled < at);
        let merge = MergeOptions {
            as_of_micros: as_of(at),
            ..self.merge.clone()
        };
        let mut windows: Vec<Window> = earlier.iter().map(|run| run.window).collect();
        windows.push(window);
        let done = match bring_up_to_date(&merge, &windows, run_time, stop, &progress).await {
            Ok(done) => done,
            Err(error) => return self.broken(run_time, window, &error).await,
        };
        let record = self.first(run_time, window, &done, &merge).await;
        write_run(self.stores(), &merge.out, &record).await?;
        let broken = done.missing(window).or_else(|| done.failure(window));
        let nothing = done.accounts(window).files == 0 && !done.interrupted;
        let mut ran = Ran {
            no_input: (nothing && broken.is_none()).then(|| done.looked(window)),
            record,
            restated: Vec::new(),
            unrestated: Vec::new(),
            settled: Vec::new(),
        };
        for run in earlier {
            if done.interrupted || stop.is_asked() {
                break;
            }
            self.revise(run, at, &done, &merge, &mut ran).await?;
        }
        Ok(ran)
    }

    /// The executions that labels are still waited for, in order of their hours; `before` is the schedule's time before
    /// this one, which may be long ago.
    pub async fn waiting(
        &self,
        at: Hour,
        before: Option<i64>,
    ) -> Result<Vec<RunRecord>, MonitorError> {
        let since = at.plus(-self.target.max_age - STOOD_STILL);
        let since = before.map_or(since, |before| since.min(Hour::from_micros(before)));
        let model = Some(self.subject.model.as_str());
        let schedule = Some(self.schedule.as_str());
        // The output of a first run is yet to be made.
        self.stores().create(&self.merge.out).await?;
        let runs = read_runs(self.stores(), &self.merge.out, model, schedule, Some(since)).await?;
        let mut waiting = runs;
        waiting.retain(|run| run.provisional);
        Ok(waiting)
    }

    fn stores(&self) -> &groundline_store::Stores {
        &self.merge.resources.stores
    }

    /// The endpoint that an execution is about, `None` for batch transforms: the one that has hours in its window if no
    /// other model has it, else the one that the model names, else the model's name (design.md "Quality").
    fn endpoint(&self, window: Window, done: &HoursDone) -> Option<String> {
        let there = done.endpoints(window);
        if !there.is_empty() && there.iter().all(|endpoint| endpoint == BATCH) {
            return None;
        }
        let own = || Some(self.subject.model.clone());
        if self.shares_endpoints {
            return own();
        }
        let mut there = there.into_iter();
        match (there.next(), there.next()) {
            (Some(one), None) => Some(one),
            (None, _) => self.subject.only_endpoint().map(str::to_owned).or_else(own),
            _ => own(),
        }
    }

    fn folder(&self, endpoint: Option<&str>, scheduled: Hour) -> String {
        let place = endpoint.unwrap_or(&self.subject.model);
        execution_folder(place, &self.schedule, scheduled)
    }

    /// What a run says of its own window.
    async fn first(
        &self,
        run_time: i64,
        window: Window,
        done: &HoursDone,
        merge: &MergeOptions,
    ) -> RunRecord {
        let accounts = done.accounts(window);
        let mut record = self.blank(run_time, window);
        record.endpoint = self.endpoint(window, done);
        count(&mut record, &accounts);
        let missing = done.missing(window).or_else(|| done.failure(window));
        let young = self.target.is_young(window, record.scheduled);
        record.provisional = young;
        if done.interrupted {
            record.state = RunState::Stopped;
            record.message = "Stopped: the run was interrupted.".to_owned();
            return record;
        }
        if accounts.files == 0 {
            fail(
                &mut record,
                &missing.unwrap_or_else(|| done.nothing(window)),
            );
            return record;
        }
        let folder = self.folder(record.endpoint.as_deref(), record.scheduled);
        match self.measured(record.window, done, merge, &folder).await {
            Ok(execution) => {
                say(&mut record, &execution, &accounts.hash, &folder);
                record.provisional = self.target.waits(window, &accounts, record.scheduled)
                    || (young && missing.is_some());
                record.failure = missing;
            }
            Err(error) => fail(&mut record, &error.told()),
        }
        record
    }

    /// Measures the window of a record, and writes SageMaker's files.
    async fn measured(
        &self,
        window: Window,
        done: &HoursDone,
        merge: &MergeOptions,
        folder: &str,
    ) -> Result<Execution, MonitorError> {
        let as_of = merge.as_of_micros;
        let run = Execution::measure(&self.subject, &merge.out, window, as_of).await?;
        // A merge or a backfill may write the same hours at the same time, with labels of another time.
        if !done.are_there(self.stores(), &merge.out, window).await? {
            return Err(MonitorError::Overlapped { window });
        }
        run.write(self.stores(), &merge.out, folder).await?;
        Ok(run)
    }

    async fn revise(
        &self,
        run: RunRecord,
        at: Hour,
        done: &HoursDone,
        merge: &MergeOptions,
        ran: &mut Ran,
    ) -> Result<(), MonitorError> {
        let accounts = done.accounts(run.window);
        let missing = done
            .missing(run.window)
            .or_else(|| done.failure(run.window));
        match self.target.revision(&run, &accounts, missing.is_some(), at) {
            Revision::Keep => {}
            Revision::Settle => {
                let settled = RunRecord {
                    provisional: false,
                    ..run
                };
                write_run(self.stores(), &merge.out, &settled).await?;
                ran.settled.push(settled);
            }
            Revision::Restate => {
                let mut record = run.clone();
                if run.folder.is_empty() {
                    record.endpoint = self.endpoint(run.window, done);
                }
                let folder = match run.folder.as_str() {
                    "" => self.folder(record.endpoint.as_deref(), run.scheduled),
                    folder => folder.to_owned(),
                };
                record.as_of = merge.as_of_micros;
                // What it said before stays, and is tried again, where it cannot be measured now.
                let execution = match self.measured(record.window, done, merge, &folder).await {
                    Ok(execution) => execution,
                    Err(error) => {
                        ran.unrestated.push((run, error));
                        return Ok(());
                    }
                };
                count(&mut record, &accounts);
                say(&mut record, &execution, &accounts.hash, &folder);
                record.provisional = self.target.waits(run.window, &accounts, at)
                    || (missing.is_some() && self.target.is_young(run.window, at));
                record.failure = missing;
                // A first word is no restatement.
                if run.state.is_completed() {
                    record.restatements += 1;
                    remember(&mut record, &run);
                }
                write_run(self.stores(), &merge.out, &record).await?;
                ran.restated.push(record);
            }
        }
        Ok(())
    }

    /// An execution that could not even look at its hours.
    async fn broken(
        &self,
        run_time: i64,
        window: Window,
        error: &MonitorError,
    ) -> Result<Ran, MonitorError> {
        let mut record = self.blank(run_time, window);
        fail(&mut record, &error.told());
        record.provisional = true;
        write_run(self.stores(), &self.merge.out, &record).await?;
        Ok(Ran {
            no_input: None,
            record,
            restated: Vec::new(),
            unrestated: Vec::new(),
            settled: Vec::new(),
        })
    }

    /// The record of a run of which nothing is known yet.
    pub fn blank(&self, run_time: i64, window: Window) -> RunRecord {
        blank(&self.subject.model, &self.schedule, run_time, window)
    }
}
