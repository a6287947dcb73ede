//! What a backfill is asked to do.

use std::fmt;

use groundline_store::{Hour, Window};

use crate::options::MergeOptions;

/// Settings of a backfill, and of a look at its states.
#[derive(Clone, Debug)]
pub struct BackfillOptions {
    /// Models, window, output and everything that a merge of the same hours would be asked.
    pub merge: MergeOptions,
    /// Microseconds since the epoch: which hours have ended.
    pub now_micros: i64,
    /// Microseconds after its end in which an hour counts as open (design.md "The output": 15 minutes).
    pub settle_micros: i64,
    /// Open hours are written too.
    pub include_open: bool,
    /// The part of the window that is this run's.
    pub shard: Option<Shard>,
    /// Every hour file is read and compared with its receipt.
    pub verify: bool,
    /// Most hours under way at once; `None`: as many as threads and memory allow.
    pub jobs: Option<usize>,
    /// The first hour that fails stops the run.
    pub fail_fast: bool,
}

/// One of several equal parts of a window, for array jobs: the hours of a part are neighbours, because neighbours see
/// the same labels, and which they are follows from the window alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: u32,
    of: u32,
}

impl Shard {
    /// `i/n`, with `i` from 1 to `n`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no shard: write I/N with I from 1 to N, such as 3/16");
        let (number, of) = text.split_once('/').ok_or_else(wrong)?;
        let parse = |text: &str| text.trim().parse::<u32>().ok();
        match (parse(number), parse(of)) {
            (Some(number), Some(of)) if number >= 1 && number <= of => Ok(Self { number, of }),
            _ => Err(wrong()),
        }
    }

    /// Hours of the part; two borders are the same where there are fewer hours than parts.
    pub fn part(self, window: Window) -> Window {
        let hours = window.to.since(window.from).max(0);
        let border = |number: u32| -> Hour {
            let after = i128::from(hours) * i128::from(number) / i128::from(self.of.max(1));
            window.from.plus(i64::try_from(after).unwrap_or(hours))
        };
        Window {
            from: border(self.number - 1),
            to: border(self.number),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    #[test]
    fn shards_are_a_partition_of_the_window() {
        let from = Hour::parse("2026-11-01T05").unwrap();
        for hours in [0, 1, 7, 100] {
            let window = Window {
                from,
                to: from.plus(hours),
            };
            for of in [1, 3, 16] {
                let parts = (1..=of).map(|number| Shard { number, of }.part(window));
                let mut next = from;
                for part in parts {
                    assert_eq!(part.from, next);
                    assert!(part.to >= part.from);
                    next = part.to;
                }
                assert_eq!(next, window.to);
            }
        }
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for text in ["", "3", "0/4", "5/4", "a/b", "1/0", "-1/4", "1/4/5"] {
            assert!(Shard::parse(text).is_err(), "{text}");
        }
        assert_eq!(Shard::parse("3/16").unwrap().to_string(), "3/16");
    }
}
