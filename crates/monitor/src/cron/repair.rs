//! What was probably meant by an expression that is refused.

use super::error::shown;
use super::field::WEEKDAYS;
use super::read::{Refusal, expression_of, read};
use super::{CronError, CronProblem, words};

/// So many faults of one text are mended, one after the other.
const MAX_REPAIRS: usize = 8;

/// The error, with a spelling that can be read if mending what is refused leads to one.
pub(super) fn explained(text: &str, refusal: Refusal) -> CronError {
    let mut instead = refusal.instead;
    for _ in 0..MAX_REPAIRS {
        let Some(candidate) = instead.as_deref() else {
            break;
        };
        match read(candidate) {
            Ok(_) => break,
            Err(refusal) => instead = refusal.instead,
        }
    }
    CronError {
        text: shown(text.trim()),
        problem: refusal.problem,
        right: instead.filter(|candidate| read(candidate).is_ok()),
    }
}

/// Of a text that is neither wrapped in `cron(…)` nor plain fields.
pub(super) fn unknown(text: &str) -> Refusal {
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    match words[..] {
        ["rate", count, unit] => Refusal::new(CronProblem::Rate, rate(count, unit)),
        ["rate" | "every", ..] => Refusal::new(CronProblem::Rate, None),
        ["at", ..] => Refusal::new(CronProblem::OnePoint, None),
        _ if text.starts_with('@') => Refusal::new(CronProblem::Nickname, None),
        _ => {
            let fields = lower.strip_prefix("cron").unwrap_or(&lower);
            let fields = fields.replace(['(', ')'], " ");
            let instead = format!("cron({})", fields.trim().to_ascii_uppercase());
            Refusal::new(CronProblem::Wrapper, Some(instead))
        }
    }
}

/// Of a text with characters that no expression has: blanks and dashes of other widths come from documents.
pub(super) fn characters(text: &str) -> Refusal {
    let typed: String = text
        .chars()
        .map(|c| match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            '\u{2217}' | '\u{ff0a}' => '*',
            c if c.is_whitespace() => ' ',
            c => c,
        })
        .filter(
            |c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '`' | '\u{2018}'..='\u{201f}'),
        )
        .collect();
    Refusal::new(CronProblem::Characters, Some(typed))
}

/// The expression that fires as often, by the hours of the day.
fn rate(count: &str, unit: &str) -> Option<String> {
    let count: u8 = count.parse().ok()?;
    match (count, unit) {
        (1, "hour" | "hours") => Some("cron(0 * ? * * *)".to_owned()),
        (2..=24, "hours") => Some(format!("cron(0 0/{count} ? * * *)")),
        (1, "day" | "days") => Some("cron(0 0 ? * * *)".to_owned()),
        _ => None,
    }
}

/// Of `cron(…)` with another number of fields than six.
pub(super) fn aws_fields(fields: &[&str]) -> Refusal {
    let inner = fields.join(" ");
    let instead = match fields {
        [_, _, _, _, _] if inner.contains('?') => Some(format!("cron({inner} *)")),
        // Plain cron in AWS's parentheses.
        [_, _, _, _, _] => match read(&inner) {
            Ok(cron) => words::as_aws(&cron).or(Some(inner)),
            Err(refusal) => refusal.instead,
        },
        // Seconds first, as in Quartz.
        ["0" | "00", rest @ ..] if rest.len() == 6 => Some(format!("cron({})", rest.join(" "))),
        _ => None,
    };
    let found = fields.len();
    Refusal::new(CronProblem::AwsFields { found }, instead)
}

/// Of plain cron with AWS's words for days: the same in `cron(…)`, where one day field is open.
pub(super) fn in_aws(fields: &[&str]) -> Option<String> {
    match fields {
        [minute, hour, day, month, "*"] => Some(format!("cron({minute} {hour} {day} {month} ? *)")),
        [minute, hour, "*", month, week] => {
            let (week, after) = week.split_at_checked(1)?;
            // Sunday is 0 here and 1 there, so the name stands for the number.
            let week = match week.parse::<usize>() {
                Ok(number) => WEEKDAYS.get(number % 7)?,
                Err(_) => week,
            };
            Some(format!("cron({minute} {hour} ? {month} {week}{after} *)"))
        }
        _ => None,
    }
}

/// Of a text without parentheses and with another number of fields than five.
pub(super) fn plain_fields(text: &str, fields: &[&str]) -> Refusal {
    let wrapped = format!("cron({text})");
    let instead = match fields {
        [word] if word.eq_ignore_ascii_case("NOW") => {
            return Refusal::new(CronProblem::Now, None);
        }
        [word] if expression_of(word).is_some() => Some(format!("@{}", word.to_ascii_lowercase())),
        [_, _, _, _, _, _] if read(&wrapped).is_ok() => Some(wrapped),
        // Seconds first, as in Quartz and many libraries.
        ["0" | "00", rest @ ..] if rest.len() == 5 => Some(rest.join(" ").replace('?', "*")),
        ["0" | "00", rest @ ..] if rest.len() == 6 => Some(format!("cron({})", rest.join(" "))),
        [_, _, _, _, _, _] => Some(wrapped),
        _ => None,
    };
    let found = fields.len();
    Refusal::new(CronProblem::PlainFields { found }, instead)
}
