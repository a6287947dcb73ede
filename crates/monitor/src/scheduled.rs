//! One run of a schedule: hours brought up to date, its window measured and recorded, and earlier windows restated whose
//! labels have come.
//!
//! What a run says follows from its scheduled time and from what lies in the store. It sees the labels of the folders that
//! had begun before that time, whenever it really runs: a run that is made up for says what it would have said.

use std::sync::Arc;

use groundline_engine::{MergeOptions, Progress, RunRecord, RunState, Stop, read_runs, write_run};
use groundline_store::{Hour, Window};

use crate::error::MonitorError;
use crate::execution::{Execution, Subject, execution_folder};
use crate::hours::{HoursDone, bring_up_to_date};
use crate::record::{blank, count, fail, remember, say};
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
    /// What was measured; `None` where nothing could be.
    pub execution: Option<Execution>,
    /// Earlier executions that it measured again, in order of their scheduled hours.
    pub restated: Vec<RunRecord>,
    /// Earlier executions that nothing is waited for any more, and that did not change.
    pub settled: Vec<RunRecord>,
    /// The window has no predictions: there was nothing to fail at.
    pub no_input: bool,
    /// Hours that were written or pointed to the labels of now.
    pub hours_written: u64,
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
            // Folders of labels that had begun before the run.
            as_of_micros: run_time.saturating_sub(1),
            ..self.merge.clone()
        };
        let mut windows: Vec<Window> = earlier.iter().map(|run| run.window).collect();
        windows.push(window);
        let done = match bring_up_to_date(&merge, &windows, run_time, stop, &progress).await {
            Ok(done) => done,
            Err(error) => return self.broken(run_time, window, &error).await,
        };
        let place = done.place(&self.subject.model, self.shares_endpoints);
        let folder = execution_folder(place, &self.schedule, at);
        let (record, execution) = self.first(run_time, window, &done, &merge, &folder).await;
        write_run(self.stores(), &merge.out, &record).await?;
        let no_input = record.hour_files.is_empty() && done.failure.is_none();
        let mut ran = Ran {
            no_input: no_input && done.missing(window).is_none() && !done.interrupted,
            record,
            execution,
            restated: Vec::new(),
            settled: Vec::new(),
            hours_written: done.written,
        };
        for run in earlier {
            if done.interrupted || stop.is_asked() {
                break;
            }
            self.revise(run, at, &done, &merge, &mut ran).await?;
        }
        Ok(ran)
    }

    /// The executions that labels are still waited for, in order of their hours.
    pub async fn waiting(&self, at: Hour) -> Result<Vec<RunRecord>, MonitorError> {
        let since = at.plus(-self.target.max_age - STOOD_STILL);
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

    async fn first(
        &self,
        run_time: i64,
        window: Window,
        done: &HoursDone,
        merge: &MergeOptions,
        folder: &str,
    ) -> (RunRecord, Option<Execution>) {
        let accounts = done.accounts(window);
        let mut record = self.blank(run_time, window);
        record.endpoint = done.endpoint(&self.subject.model, self.shares_endpoints);
        count(&mut record, &accounts);
        let missing = done.missing(window);
        if done.interrupted {
            record.state = RunState::Stopped;
            record.message = "Stopped: the run was interrupted.".to_owned();
            record.provisional = true;
            return (record, None);
        }
        record.provisional =
            self.target.waits(window, &accounts, record.scheduled) || missing.is_some();
        if accounts.files == 0 {
            let why = missing.or_else(|| done.failure.clone());
            let why = why.unwrap_or_else(|| done.nothing(window));
            fail(&mut record, &why);
            return (record, None);
        }
        match self.measured(&record, merge, folder).await {
            Ok(execution) => {
                say(&mut record, &execution, folder);
                record.failure = missing.or_else(|| done.failure.clone());
                (record, Some(execution))
            }
            Err(error) => {
                fail(&mut record, &error.told());
                (record, None)
            }
        }
    }

    /// Measures the window of a record, and writes SageMaker's files.
    async fn measured(
        &self,
        record: &RunRecord,
        merge: &MergeOptions,
        folder: &str,
    ) -> Result<Execution, MonitorError> {
        let as_of = merge.as_of_micros;
        let run = Execution::measure(&self.subject, &merge.out, record.window, as_of).await?;
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
        match self.target.revision(&run, &accounts, at) {
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
                let place = done.place(&self.subject.model, self.shares_endpoints);
                let folder = execution_folder(place, &self.schedule, run.scheduled);
                let mut record = run.clone();
                count(&mut record, &accounts);
                record.endpoint = done.endpoint(&self.subject.model, self.shares_endpoints);
                record.as_of = merge.as_of_micros;
                record.restatements += 1;
                let missing = done.missing(run.window);
                record.provisional =
                    self.target.waits(run.window, &accounts, at) || missing.is_some();
                match self.measured(&record, merge, &folder).await {
                    Ok(execution) => {
                        say(&mut record, &execution, &folder);
                        record.failure = missing;
                        remember(&mut record, &run);
                    }
                    Err(error) => fail(&mut record, &error.told()),
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
            no_input: false,
            record,
            execution: None,
            restated: Vec::new(),
            settled: Vec::new(),
            hours_written: 0,
        })
    }

    /// The record of a run of which nothing is known yet.
    pub fn blank(&self, run_time: i64, window: Window) -> RunRecord {
        blank(&self.subject.model, &self.schedule, run_time, window)
    }
}
