//! Which hours a run covers (formats.md 9.3).
//!
//! Of a run at T, with T and the run before it rounded down to their hours:
//!
//! | given | window |
//! |---|---|
//! | no offset | from the run before to T |
//! | both offsets | `[T + start, T + end)` |
//! | only the start | `[T + start, T)` |
//! | only the end | from the run before to T + end |
//!
//! AWS documents offsets as added to the nominal ends, T less a period and T; its own example counts the start from T
//! (run of 2020-01-09T13:00, `-P8D` and `-P1D`: from 01-01T13:00 to 01-08T13:00), as its notebooks do (`-PT1H` and
//! `-PT0H` each hour). So offsets are from T, whatever the schedule.

use std::fmt;

use groundline_store::{Hour, Window};

use crate::cron::Cron;
use crate::expression::Expression;
use crate::offset::Offset;

/// So many firings are looked at when a schedule is checked: 41 days of an hourly one.
const CHECKED_FIRINGS: usize = 1_000;
/// Where the look begins: 2024-01-01T00, a leap year. Any would do that does not depend on the clock.
const CHECKED_FROM: i64 = 1_704_067_200_000_000;

/// Which hours the runs of a schedule cover.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub struct Period(Kind);

#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
enum Kind {
    Offsets {
        start: Option<Offset>,
        end: Option<Offset>,
    },
    Hours(Window),
}

/// Why a run has no window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PeriodError {
    #[error(
        "the end offset `{end}` is after the run, where no hour has ended; did you mean `{}`? `PT0H` ends at the run",
        end.opposite()
    )]
    EndAfterRun { end: Offset },
    #[error(
        "the start offset `{start}` is after the run, where no hour has ended; did you mean `{}`?",
        start.opposite()
    )]
    StartAfterRun { start: Offset },
    #[error(
        "the start offset `{start}` is the run itself, which leaves no hour; the last hour is `-PT1H`"
    )]
    StartIsRun { start: Offset },
    #[error(
        "the start offset `{start}` is not before the end offset `{end}`, which leaves no hour; did you mean `{end}` \
         to start and `{start}` to end?"
    )]
    Backwards { start: Offset, end: Offset },
    #[error(
        "the start and the end offset are both `{end}`, which leaves no hour; an hour is from `{}` to `{end}`",
        hour_before(*end)
    )]
    Empty { end: Offset },
    #[error(
        "the run of {at} would start at the run before, {from}, and end at {to} by its end offset `{end}`, which leaves \
         no hour; give a start offset too, such as `{}`",
        hour_before(*end)
    )]
    EndBeforeStart {
        at: Hour,
        from: Hour,
        to: Hour,
        end: Offset,
    },
    #[error(
        "the run of {at} would start at the run before, but `{cron}` has none; give a start offset, such as `-PT1H`"
    )]
    NoRunBefore { at: Hour, cron: String },
    #[error(
        "a `NOW` schedule has no run before it, so its window must be given: the first hour and the end, or a start and \
         an end offset, such as `-P1D` and `PT0H`"
    )]
    NowWithoutWindow,
    #[error(
        "every run of `{cron}` would cover the same hours, {from} to {to}; give offsets, or `NOW` to run once"
    )]
    FixedHours { cron: String, from: Hour, to: Hour },
}

impl Period {
    /// From the run before to the run.
    pub const NOMINAL: Self = Self(Kind::Offsets {
        start: None,
        end: None,
    });

    /// Refuses what leaves no hour whatever the schedule, and hours after the run.
    pub fn from_offsets(start: Option<Offset>, end: Option<Offset>) -> Result<Self, PeriodError> {
        if let Some(end) = end.filter(|end| end.hours() > 0) {
            return Err(PeriodError::EndAfterRun { end });
        }
        if let Some(start) = start {
            match (start.hours(), end) {
                (1.., _) => return Err(PeriodError::StartAfterRun { start }),
                (0, None) => return Err(PeriodError::StartIsRun { start }),
                (_, Some(end)) if start == end => return Err(PeriodError::Empty { end }),
                (_, Some(end)) if start > end => return Err(PeriodError::Backwards { start, end }),
                _ => {}
            }
        }
        Ok(Self(Kind::Offsets { start, end }))
    }

    /// The same hours whenever it runs, which only `NOW` can want.
    pub fn from_hours(window: Window) -> Self {
        Self(Kind::Hours(window))
    }

    /// The hours that the run at a time covers, which need not be one at which the schedule fires: without a start
    /// offset it then covers what came since the last firing in an hour before.
    ///
    /// `at` is in microseconds since the epoch, of which the hour counts.
    pub fn window(&self, expression: &Expression, at: i64) -> Result<Window, PeriodError> {
        let hour = Hour::from_micros(at);
        let (start, end) = match (self.0, expression) {
            (Kind::Hours(window), Expression::Now) => return Ok(window),
            (Kind::Hours(Window { from, to }), Expression::Cron(cron)) => {
                let cron = cron.to_string();
                return Err(PeriodError::FixedHours { cron, from, to });
            }
            (Kind::Offsets { start, end }, _) => (start, end),
        };
        let to = hour.plus(end.map_or(0, Offset::hours));
        let from = match (start, expression) {
            (Some(_), Expression::Now) if end.is_none() => {
                return Err(PeriodError::NowWithoutWindow);
            }
            (Some(start), _) => hour.plus(start.hours()),
            (None, Expression::Now) => return Err(PeriodError::NowWithoutWindow),
            (None, Expression::Cron(cron)) => match cron.previous_before(hour.micros()) {
                Some(before) => Hour::from_micros(before),
                None => {
                    let cron = cron.to_string();
                    return Err(PeriodError::NoRunBefore { at: hour, cron });
                }
            },
        };
        match (Window::new(from, to), end) {
            (Ok(window), _) => Ok(window),
            (Err(_), Some(end)) => Err(PeriodError::EndBeforeStart {
                at: hour,
                from,
                to,
                end,
            }),
            // Only at the ends of all time, where hours no longer differ.
            (Err(_), None) => Err(PeriodError::NoRunBefore {
                at: hour,
                cron: expression.to_string(),
            }),
        }
    }

    /// Finds, before anything runs, what would leave runs of this schedule without a window: looks at a thousand
    /// firings from 2024 on. The first firing of all, which has none before it, is let pass.
    pub fn check(&self, expression: &Expression) -> Result<(), PeriodError> {
        let Some(cron) = expression.cron() else {
            return self.window(expression, CHECKED_FROM).map(drop);
        };
        for at in checked(cron) {
            match self.window(expression, at) {
                Ok(_) | Err(PeriodError::NoRunBefore { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The first hours from 2024 on that no run covers, if the offsets leave some out: a daily schedule with
    /// `-PT1H` and `PT0H` measures one hour of each day.
    pub fn gap(&self, expression: &Expression) -> Option<Window> {
        let cron = expression.cron()?;
        let mut covered: Option<Hour> = None;
        for at in checked(cron) {
            let Ok(window) = self.window(expression, at) else {
                continue;
            };
            if let Some(covered) = covered.filter(|covered| *covered < window.from) {
                return Window::new(covered, window.from).ok();
            }
            covered = covered.max(Some(window.to));
        }
        None
    }
}

/// In words: `since the run before`, `-P8D to -P1D`, `2026-11-01T00 to 2026-11-02T00`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Offsets { start, end } => match (start, end) {
                (None, None) => f.write_str("since the run before"),
                (Some(start), None) => write!(f, "{start} to the run"),
                (None, Some(end)) => write!(f, "since the run before, to {end}"),
                (Some(start), Some(end)) => write!(f, "{start} to {end}"),
            },
            Kind::Hours(Window { from, to }) => write!(f, "{from} to {to}"),
        }
    }
}

fn checked(cron: &Cron) -> impl Iterator<Item = i64> {
    cron.firings(CHECKED_FROM, i64::MAX).take(CHECKED_FIRINGS)
}

/// The offset of the hour that ends at this one.
fn hour_before(end: Offset) -> Offset {
    Offset::of_hours(end.hours() - 1).unwrap_or(end)
}

#[cfg(test)]
mod tests;
