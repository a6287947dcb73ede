//! Why a text is no cron expression, and how to write it.

use std::fmt;

use super::{FieldName, MAX_BYTES};

/// An expression that is refused: what is wrong, and a spelling that is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronError {
    pub(super) text: String,
    pub(super) problem: CronProblem,
    pub(super) right: Option<String>,
}

impl CronError {
    pub fn problem(&self) -> &CronProblem {
        &self.problem
    }

    /// What was probably meant; it can be read.
    pub fn right(&self) -> Option<&str> {
        self.right.as_deref()
    }
}

impl std::error::Error for CronError {}

impl fmt::Display for CronError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no schedule: {}", self.text, self.problem)?;
        match &self.right {
            Some(right) => write!(f, "; did you mean `{right}`?"),
            None => {
                f.write_str("; examples: `cron(0 * ? * * *)` hourly, `cron(0 6 ? * * *)` daily")
            }
        }
    }
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CronProblem {
    #[error("it is empty")]
    Empty,
    #[error("it is longer than {MAX_BYTES} bytes")]
    TooLong,
    #[error("it has characters that no expression has")]
    Characters,
    #[error("`NOW` is one run and not an expression of times")]
    Now,
    #[error("it is not enclosed in `cron(` and `)`")]
    Wrapper,
    #[error("rates are not known here, since their runs have no fixed hours")]
    Rate,
    #[error("one point in time is no schedule: write `NOW`, and have it run at that time")]
    OnePoint,
    #[error(
        "there is no such nickname; there are @hourly, @daily, @midnight, @weekly, @monthly, @yearly and @annually"
    )]
    Nickname,
    #[error(
        "it has {found} field{}, but cron(…) has six: minute, hour, day-of-month, month, day-of-week, year",
        plural(*found)
    )]
    AwsFields { found: usize },
    #[error(
        "it has {found} field{}, but plain cron has five (minute, hour, day-of-month, month, day-of-week) and six \
         stand in cron(…)",
        plural(*found)
    )]
    PlainFields { found: usize },
    #[error(
        "day-of-month and day-of-week both have a value, but in cron(…) one of them must be `?`"
    )]
    BothDays,
    #[error("day-of-month and day-of-week are both `?`, but one of them must have a value")]
    NoDays,
    #[error("`{part}` in its {field} field {fault}; the field takes {allowed}")]
    Field {
        field: FieldName,
        part: String,
        fault: FieldFault,
        allowed: &'static str,
    },
    #[error(
        "`{part}` in its minute field fires {count} times an hour, but windows are of whole hours: at most one \
         run an hour, at one minute"
    )]
    SeveralMinutes { part: String, count: u32 },
    #[error("its years have no pattern that fits into {MAX_BYTES} bytes")]
    ManyYears,
    #[error("no day from 1970 to 2199 is as it asks for, so it would never run")]
    Never,
}

/// What is wrong with a part of a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldFault {
    #[error("has an empty item")]
    Missing,
    #[error("is not a value")]
    NotAValue,
    #[error("is out of range")]
    OutOfRange,
    #[error("runs backwards")]
    Backwards,
    #[error("has no step that is a number")]
    NotAStep,
    #[error("has a step out of range, which is 1 to {most}")]
    StepOutOfRange { most: u16 },
    #[error("is only known in the day fields of cron(…)")]
    QuestionMark,
    #[error("is only known in cron(…)")]
    AwsOnly,
    #[error("must be all of its field")]
    NotAlone,
    #[error("counts weeks that no month has, which are 1 to 5")]
    NthOutOfRange,
    #[error("counts back from the last day, which AWS does not document")]
    BackFromLast,
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// The first 80 characters, with nothing in them that a terminal would obey or hide.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars().take(80) {
        if matches!(character, '\'' | '"') {
            shown.push(character);
        } else {
            shown.extend(character.escape_debug());
        }
    }
    if text.chars().nth(80).is_some() {
        shown.push('…');
    }
    shown
}
