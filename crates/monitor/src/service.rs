//! Several schedules run by one process, each run once and one at a time.
//!
//! Which runs are due follows from the schedules and from the executions that are recorded, so that a service that was
//! stopped goes on where it was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use groundline_engine::{Progress, RunRecord, RunState, Stop, read_runs};
use groundline_store::Hour;

use crate::error::MonitorError;
use crate::schedule::Schedule;
use crate::scheduled::{Ran, ScheduledWork};

/// A schedule and what it runs.
#[derive(Clone, Debug)]
pub struct Scheduled {
    pub schedule: Schedule,
    pub work: ScheduledWork,
}

/// A run that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Which of the service's schedules.
    pub schedule: usize,
    /// Its scheduled time, microseconds since the epoch.
    pub time: i64,
}

/// Schedules, and which of their runs are recorded.
#[derive(Debug)]
pub struct Service {
    schedules: Vec<Scheduled>,
    /// Of each schedule, in the same order.
    known: Vec<Known>,
}

/// What is known of a schedule's executions.
#[derive(Debug)]
struct Known {
    /// The first time that is looked at.
    from: i64,
    /// The hours that are recorded from there on.
    recorded: BTreeSet<Hour>,
    /// Times of runs that were stopped: they are due again, and nothing between them and the last.
    stopped: BTreeSet<i64>,
    /// The executions that labels are still waited for.
    waiting: BTreeMap<Hour, RunRecord>,
}

impl Service {
    /// Looks at what is recorded. Without `from` a schedule begins after its last execution, or at `now` if it has none;
    /// both in microseconds since the epoch.
    pub async fn open(
        schedules: Vec<Scheduled>,
        from: Option<i64>,
        now: i64,
    ) -> Result<Self, MonitorError> {
        let mut known = Vec::with_capacity(schedules.len());
        for Scheduled { schedule, work } in &schedules {
            let merge = &work.merge;
            let stores = &merge.resources.stores;
            stores.create(&merge.out).await?;
            let model = Some(work.subject.model.as_str());
            let since = from.map(Hour::from_micros);
            let name = Some(schedule.name.as_str());
            let runs = read_runs(stores, &merge.out, model, name, since).await?;
            let ended = runs.iter().filter(|run| run.state != RunState::Stopped);
            let recorded: BTreeSet<Hour> = ended.map(|run| run.scheduled).collect();
            // A run may have been asked for a time to come.
            let times = runs.iter().map(|run| run.run_time);
            let last = times.filter(|time| *time <= now).max();
            let from = from.or(last).unwrap_or(now);
            let stopped = runs.iter().filter(|run| run.state == RunState::Stopped);
            let stopped = stopped.map(|run| run.run_time).collect();
            let before = schedule.at_or_before(from.saturating_sub(1));
            let waiting = work.waiting(Hour::from_micros(from), before).await?;
            known.push(Known {
                from,
                recorded,
                stopped,
                waiting: waiting
                    .into_iter()
                    .map(|run| (run.scheduled, run))
                    .collect(),
            });
        }
        Ok(Self { schedules, known })
    }

    pub fn schedules(&self) -> &[Scheduled] {
        &self.schedules
    }

    /// The runs that are due before an instant, by time and then by name.
    pub fn due(&self, until: i64) -> Vec<Due> {
        let each = self.schedules.iter().zip(&self.known).enumerate();
        let mut due: Vec<Due> = each
            .flat_map(|(number, (of, known))| {
                let is_recorded = |hour| known.recorded.contains(&hour);
                let mut times = known.stopped.clone();
                times.extend(of.schedule.due(known.from, until, is_recorded));
                times
                    .into_iter()
                    .filter(move |time| *time < until)
                    .map(move |time| Due {
                        schedule: number,
                        time,
                    })
            })
            .collect();
        due.sort_by_key(|due| {
            let of = self.schedules.get(due.schedule);
            (due.time, of.map(|of| of.schedule.name.as_str()))
        });
        due
    }

    /// Runs one that is due.
    ///
    /// A run that is asked to stop is recorded as stopped, and due again.
    pub async fn run(
        &mut self,
        due: Due,
        stop: &Stop,
        progress: Arc<dyn Progress>,
    ) -> Result<Ran, MonitorError> {
        let of = self.schedules.get(due.schedule);
        let known = self.known.get_mut(due.schedule);
        let (Some(of), Some(known)) = (of, known) else {
            return Err(MonitorError::NoSchedule);
        };
        let window = of.schedule.window(due.time)?;
        let waiting = known.waiting.values().cloned().collect();
        let ran = of
            .work
            .run_at(due.time, window, waiting, stop, progress)
            .await?;
        if ran.record.state != RunState::Stopped {
            known.recorded.insert(ran.record.scheduled);
            known.stopped.remove(&due.time);
        }
        for run in [&ran.record]
            .into_iter()
            .chain(&ran.restated)
            .chain(&ran.settled)
        {
            match run.provisional {
                true => known.waiting.insert(run.scheduled, run.clone()),
                false => known.waiting.remove(&run.scheduled),
            };
        }
        Ok(ran)
    }

    /// Leaves out a run that cannot be made, until the service is opened again.
    pub fn skip(&mut self, due: Due) {
        if let Some(known) = self.known.get_mut(due.schedule) {
            known.recorded.insert(Hour::from_micros(due.time));
            known.stopped.remove(&due.time);
        }
    }

    /// The next time of any schedule after an instant; `None` if none fires again.
    pub fn next_after(&self, micros: i64) -> Option<i64> {
        let times = self.schedules.iter();
        times.filter_map(|of| of.schedule.next_after(micros)).min()
    }
}
