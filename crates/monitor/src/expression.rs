//! What a schedule's expression is: times, or one run (formats.md 9.1).

use std::fmt;
use std::str::FromStr;

use crate::cron::{Cron, CronError};

/// The expression of a schedule.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Expression {
    /// `NOW`: one run, when it is asked for.
    Now,
    Cron(Cron),
}

impl Expression {
    /// Reads `NOW`, in either case, or a cron expression.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        if text.trim().eq_ignore_ascii_case("NOW") {
            Ok(Self::Now)
        } else {
            Cron::parse(text).map(Self::Cron)
        }
    }

    pub fn cron(&self) -> Option<&Cron> {
        match self {
            Self::Now => None,
            Self::Cron(cron) => Some(cron),
        }
    }

    /// In words: `once`, or when it fires.
    pub fn describe(&self) -> String {
        match self {
            Self::Now => "once".to_owned(),
            Self::Cron(cron) => cron.describe(),
        }
    }
}

impl FromStr for Expression {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, CronError> {
        Self::parse(text)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("NOW"),
            Self::Cron(cron) => cron.fmt(f),
        }
    }
}
