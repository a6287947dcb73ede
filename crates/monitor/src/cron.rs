//! When a schedule fires: SageMaker's `cron(0 * ? * * *)` in the grammar of AWS EventBridge, and plain
//! five-field cron (formats.md 9.1).
//!
//! Times are microseconds since the epoch, UTC. A schedule fires at most once in an hour, since windows are of
//! whole hours, and never outside the years 1970 to 2199, which are AWS's.
//!
//! | | `cron(m h dom mon dow year)` | `m h dom mon dow` |
//! |---|---|---|
//! | day of week | 1 to 7, 1 is SUN | 0 to 7, 0 and 7 are SUN |
//! | the day fields | one of them must be `?` | both restrict: either fires; one begins with `*`: both must agree (vixie) |
//! | `L`, `LW`, `15W`, `MON#2`, `6L` | yes, alone in their field | no |
//! | nicknames | no | `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly`, `@annually` |

mod days;
mod error;
mod field;
mod firing;
mod read;
mod repair;
mod values;
mod words;

pub use error::{CronError, CronProblem, FieldFault};
pub use field::FieldName;

pub(crate) use error::shown;

use std::fmt;
use std::str::FromStr;

use days::Days;
use values::Values;

/// The longest expression that is read, in bytes.
const MAX_BYTES: usize = 256;

/// The first and the last year in which a schedule fires.
const YEARS: (u16, u16) = (1970, 2199);

/// Which grammar an expression was written in; it is shown in the same.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
enum Grammar {
    /// `cron(m h dom mon dow year)`.
    Aws,
    /// `m h dom mon dow`.
    Plain,
}

/// A cron expression that fires at least once.
///
/// Two are equal if they are of one grammar and their fields name the same values: `*/6` equals `0,6,12,18`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Cron {
    grammar: Grammar,
    minute: u8,
    hours: Values,
    days: Days,
    months: Values,
    /// Counted from 1970.
    years: Values,
}

impl Cron {
    /// Reads either grammar. Names of months and days are three letters in either case; blanks around the
    /// expression and between fields are free. Each error says which part, why, and a spelling that is accepted.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        read::read(text).map_err(|refusal| repair::explained(text, refusal))
    }

    /// In words: `every hour at minute 0`, `daily at 06:00 UTC`, `every Monday to Friday at 06:00 UTC`; the
    /// expression itself where words would be longer than that.
    pub fn describe(&self) -> String {
        words::describe(self).unwrap_or_else(|| format!("{self} (UTC)"))
    }
}

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, CronError> {
        Self::parse(text)
    }
}

/// The normal form: one spelling for all equal expressions, in their grammar; reading it gives an equal one.
impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words::normal_form(self, self.grammar))
    }
}

#[cfg(test)]
mod tests;
