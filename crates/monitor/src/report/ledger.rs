//! The accounts of a period: of the runs that made its hour files, as far as these fit, else of the receipts.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use groundline_engine::SqlSession;
use groundline_report::page::{Ledger, LedgerRow};
use groundline_store::{Hour, Window};

use super::span::told;
use super::stored::StoredHours;
use crate::error::MonitorError;

/// Buckets in the order of the page; others follow by name.
const ORDER: [&str; 13] = [
    "read",
    "rejected",
    "filtered",
    "no_output",
    "labelled",
    "unlabelled",
    "matched",
    "duplicate",
    "superseded",
    "unmatched_before",
    "unmatched_inside",
    "unmatched_after",
    "queried",
];

const PREDICTIONS: &str = "predictions";
const LABELS: &str = "labels";
const SIDES: [&str; 4] = [PREDICTIONS, LABELS, "observations", "notes"];

/// Counts by side and bucket.
type Counts = BTreeMap<(String, String), u64>;

/// The accounts of one run.
#[derive(Clone, Debug, PartialEq)]
struct RunLedger {
    window: Window,
    counts: Counts,
}

/// The accounts of a period.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    pub(super) ledger: Option<Ledger>,
    /// The run that saw every hour of the period and no other.
    pub(super) run: Option<Window>,
    /// Windows of runs that told of labels.
    pub(super) merges: Vec<Window>,
}

pub(super) async fn accounts(
    session: &SqlSession,
    model: &str,
    stored: &StoredHours,
    period: Window,
    notes: &mut Vec<String>,
) -> Result<Accounts, MonitorError> {
    let batches = session
        .shipped("report/ledger", &[("model", Some(model))])
        .await?;
    let runs = runs(&batches);
    let receipts = stored.accounts(period).await?;
    let chosen = tiling(&runs, stored.hours(), period);
    let merges = runs.iter().filter(|run| run.tells_labels());
    let mut accounts = Accounts {
        merges: merges.map(|run| run.window).collect(),
        ..Accounts::default()
    };
    let counts = match chosen {
        Some(chosen) if is_current(&chosen, &receipts) => {
            if let [one] = chosen.as_slice() {
                accounts.run = Some(one.window);
            }
            added(&chosen)
        }
        chosen => {
            if chosen.is_some_and(|runs| runs.iter().any(|run| run.tells_labels())) {
                notes.push(
                    "Hours were written again after the merge, so the ledger is that of the hours and has no labels: a \
                     merge of the whole period tells what became of each label"
                        .to_owned(),
                );
            }
            let counts = receipts.into_iter();
            counts
                .map(|(bucket, count)| ((PREDICTIONS.to_owned(), bucket), count))
                .collect()
        }
    };
    accounts.ledger = (!counts.is_empty()).then(|| ledger(counts));
    Ok(accounts)
}

impl RunLedger {
    fn count(&self, side: &str, bucket: &str) -> u64 {
        let key = (side.to_owned(), bucket.to_owned());
        self.counts.get(&key).copied().unwrap_or_default()
    }

    /// A backfill knows of predictions only.
    fn tells_labels(&self) -> bool {
        self.counts.keys().any(|(side, _)| side == LABELS)
    }
}

fn runs(batches: &[RecordBatch]) -> Vec<RunLedger> {
    let mut runs: BTreeMap<(Hour, Hour), Counts> = BTreeMap::new();
    for batch in batches {
        for row in 0..batch.num_rows() {
            let text = |name: &str| {
                let column = arrow::compute::cast(
                    batch.column_by_name(name)?,
                    &arrow::datatypes::DataType::Utf8,
                );
                let column = column.ok()?;
                let value = column.as_string_opt::<i32>()?.iter().nth(row).flatten()?;
                Some(value.to_owned())
            };
            let hour = |name: &str| Hour::parse(&text(name)?).ok();
            let records = batch.column_by_name("records");
            let records = records.and_then(|column| column.as_primitive_opt::<Int64Type>());
            let count = records.and_then(|column| column.iter().nth(row).flatten());
            let (Some(from), Some(to), Some(side), Some(bucket), Some(count)) = (
                hour("window_from"),
                hour("window_to"),
                text("side"),
                text("bucket"),
                count,
            ) else {
                continue;
            };
            let counts = runs.entry((from, to)).or_default();
            counts.insert((side, bucket), u64::try_from(count).unwrap_or_default());
        }
    }
    let runs = runs.into_iter();
    runs.filter_map(|((from, to), counts)| {
        let window = Window::new(from, to).ok()?;
        Some(RunLedger { window, counts })
    })
    .collect()
}

/// Runs that together saw each hour file of the period once, and none outside it: as few as do. `None` if there are none
/// such.
fn tiling(runs: &[RunLedger], stored: &BTreeSet<Hour>, period: Window) -> Option<Vec<RunLedger>> {
    let hours: Vec<Hour> = stored.range(period.from..period.to).copied().collect();
    let place = |hour: Hour| hours.partition_point(|known| *known < hour);
    // Of those whose last hour is the one before a place: where it begins, and which run it is.
    let mut ending: Vec<Vec<(usize, usize)>> = vec![Vec::new(); hours.len() + 1];
    for (number, run) in runs.iter().enumerate() {
        let all = stored.range(run.window.from..run.window.to);
        let strange = all.into_iter().any(|hour| !period.contains(*hour));
        let (from, to) = (place(run.window.from), place(run.window.to));
        if let (false, true, Some(ending)) = (strange, from < to, ending.get_mut(to)) {
            ending.push((from, number));
        }
    }
    // The least number of runs up to each place, and the last of them.
    let mut best: Vec<Option<(usize, usize, usize)>> = vec![None; hours.len() + 1];
    for to in 1..=hours.len() {
        let candidates = ending.get(to).into_iter().flatten();
        let candidates = candidates.filter_map(|&(from, number)| {
            let before = match from {
                0 => 0,
                from => best.get(from).copied().flatten()?.0,
            };
            Some((before + 1, from, number))
        });
        let found = candidates.min();
        if let Some(place) = best.get_mut(to) {
            *place = found;
        }
    }
    let mut chosen = Vec::new();
    let mut to = hours.len();
    while to > 0 {
        let (_, from, number) = best.get(to).copied().flatten()?;
        chosen.push(runs.get(number)?.clone());
        to = from;
    }
    chosen.reverse();
    (!chosen.is_empty()).then_some(chosen)
}

/// Whether the hour files are still those of the runs: a run may know more (of hours that were not written), not less.
fn is_current(runs: &[RunLedger], receipts: &BTreeMap<String, u64>) -> bool {
    ["labelled", "unlabelled", "queried"].iter().all(|bucket| {
        let of_runs: u64 = runs.iter().map(|run| run.count(PREDICTIONS, bucket)).sum();
        of_runs >= receipts.get(*bucket).copied().unwrap_or_default()
    })
}

/// What several runs count. Each saw labels of the others' hours too: their sum would count a label several times.
fn added(runs: &[RunLedger]) -> Counts {
    let mut sum = Counts::new();
    for (key, count) in runs.iter().flat_map(|run| &run.counts) {
        if runs.len() == 1 || key.0 == PREDICTIONS || key.0 == "observations" {
            *sum.entry(key.clone()).or_default() += count;
        }
    }
    sum
}

fn ledger(counts: Counts) -> Ledger {
    let closes = [PREDICTIONS, LABELS]
        .iter()
        .filter_map(|side| closes(&counts, side))
        .reduce(|one, other| one && other);
    let rank = |words: &[&str], word: &str| {
        let place = words.iter().position(|known| *known == word);
        place.unwrap_or(words.len())
    };
    let mut rows: Vec<LedgerRow> = counts
        .into_iter()
        // Notes that count nothing say nothing.
        .filter(|((side, _), count)| *count > 0 || side != "notes")
        .map(|((side, bucket), count)| LedgerRow {
            side,
            bucket,
            count,
        })
        .collect();
    rows.sort_by_key(|row| (rank(&SIDES, &row.side), rank(&ORDER, &row.bucket)));
    Ledger { rows, closes }
}

/// Whether the buckets of a side are what was read; `None` where the side is not there.
fn closes(counts: &Counts, side: &str) -> Option<bool> {
    let of_side = || counts.iter().filter(|((of, _), _)| of == side);
    let read = of_side().find(|((_, bucket), _)| bucket == "read")?.1;
    let buckets = of_side().filter(|((_, bucket), _)| bucket != "read");
    Some(*read == buckets.map(|(_, count)| count).sum::<u64>())
}

/// Of the runs that told of labels the one whose window shares most hours with the period; of equals the widest, then the
/// latest.
pub(super) fn nearest(merges: &[Window], period: Window) -> Option<Window> {
    let shared = |window: &Window| {
        let both = window.intersect(period)?;
        Some((
            both.to.since(both.from),
            window.to.since(window.from),
            window.to,
        ))
    };
    let near = merges.iter().filter(|window| shared(window).is_some());
    near.max_by_key(|window| shared(window)).copied()
}

/// The sentence for a run that is not of the period.
pub(super) fn other_run(window: Window) -> String {
    format!(
        "Why labels matched nothing is told by the merge of {}, whose window is another",
        told(window)
    )
}

#[cfg(test)]
mod tests;
