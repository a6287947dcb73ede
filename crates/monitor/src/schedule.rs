//! When a schedule runs, and for which hours.

use groundline_store::{Hour, Window};

use crate::expression::Expression;
use crate::period::{Period, PeriodError};

/// Runs that are made up for at once: a year and more of an hourly schedule.
const MOST_MISSED: usize = 10_000;

const HOUR: i64 = 3_600_000_000;

/// A schedule: its name, its times and its windows.
#[derive(Clone, Debug)]
pub struct Schedule {
    pub name: String,
    pub expression: Expression,
    pub period: Period,
    pub catch_up: CatchUp,
}

/// What becomes of the runs that were missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CatchUp {
    /// Each is made up for, in order, and says what it would have said.
    #[default]
    All,
    /// Only the last of them.
    Latest,
    /// None that is older than an hour.
    None,
}

impl CatchUp {
    pub const ALL: [Self; 3] = [Self::All, Self::Latest, Self::None];

    /// As configurations say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Latest => "latest",
            Self::None => "none",
        }
    }

    /// The policy of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == word)
    }
}

impl Schedule {
    /// The hours of the run at a time, microseconds since the epoch.
    pub fn window(&self, at: i64) -> Result<Window, PeriodError> {
        self.period.window(&self.expression, at)
    }

    /// The next time after an instant; `None` if it never fires again, or is `NOW`.
    pub fn next_after(&self, micros: i64) -> Option<i64> {
        self.expression.cron()?.next_after(micros)
    }

    /// The last time up to an instant: when a run that is asked for then was scheduled. Of `NOW` that is the instant.
    pub fn at_or_before(&self, micros: i64) -> Option<i64> {
        match self.expression.cron() {
            None => Some(micros),
            Some(cron) => cron.at_or_before(micros),
        }
    }

    /// The runs of `[from, until)` that `recorded` does not know, as the policy has them, oldest first.
    ///
    /// At most ten thousand: what is beyond is due the next time.
    pub fn due(&self, from: i64, until: i64, recorded: impl Fn(Hour) -> bool) -> Vec<i64> {
        let Some(cron) = self.expression.cron() else {
            return Vec::new();
        };
        let missed = cron.firings(from, until);
        let missed = missed.filter(|time| !recorded(Hour::from_micros(*time)));
        match self.catch_up {
            CatchUp::All => missed.take(MOST_MISSED).collect(),
            CatchUp::Latest => {
                let last = cron.previous_before(until).filter(|last| *last >= from);
                let last = last.filter(|last| !recorded(Hour::from_micros(*last)));
                last.into_iter().collect()
            }
            CatchUp::None => {
                let fresh = until.saturating_sub(HOUR);
                missed.filter(|time| *time >= fresh).collect()
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn hourly(catch_up: CatchUp) -> Schedule {
        Schedule {
            name: "hourly".into(),
            expression: Expression::parse("cron(0 * ? * * *)").unwrap(),
            period: Period::NOMINAL,
            catch_up,
        }
    }

    fn due(catch_up: CatchUp) -> Vec<String> {
        let hour = |text: &str| Hour::parse(text).unwrap();
        let known = hour("2026-11-01T02");
        let (from, until) = (
            hour("2026-11-01T01").micros(),
            hour("2026-11-01T04").micros(),
        );
        let times = hourly(catch_up).due(from, until + 1, |hour| hour == known);
        let hours = times.into_iter().map(Hour::from_micros);
        hours.map(|hour| hour.to_string()).collect()
    }

    #[test]
    fn missed_runs_are_made_up_for_as_the_policy_says() {
        assert_eq!(
            due(CatchUp::All),
            ["2026-11-01T01", "2026-11-01T03", "2026-11-01T04"]
        );
        assert_eq!(due(CatchUp::Latest), ["2026-11-01T04"]);
        assert_eq!(due(CatchUp::None), ["2026-11-01T04"]);
    }

    #[test]
    fn a_run_that_is_asked_for_late_was_scheduled_before() {
        let schedule = hourly(CatchUp::All);
        let asked = Hour::parse("2026-11-01T13").unwrap().micros() + 120_000_000;
        let scheduled = schedule.at_or_before(asked).unwrap();
        let window = schedule.window(scheduled).unwrap();
        assert_eq!(
            (window.from.to_string(), window.to.to_string()),
            ("2026-11-01T12".to_owned(), "2026-11-01T13".to_owned())
        );
    }
}
