//! Which offsets and which label horizon would suit the labels of a model: from how late they came.

use groundline_engine::{Catalog, ModelReport, Resources, SqlInputs, SqlSession};
use groundline_store::{Hour, Window};

use crate::error::MonitorError;
use crate::offset::Offset;
use crate::report::delay_counts;

/// Shares of the labels that offsets are proposed for.
const SHARES: [f64; 4] = [0.5, 0.9, 0.99, 1.0];
/// Delays are told in whole days from so many hours on.
const IN_DAYS: i64 = 48;
/// Hours of the windows that are proposed.
const WINDOW: i64 = 24;
/// Labels below which nothing can be said.
const LEAST_LABELS: u64 = 30;

/// How late labels came, and what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    /// Hours of predictions that were looked at: so old that their labels had time to come, if there are such.
    pub window: Window,
    pub predictions: u64,
    pub labelled: u64,
    /// Labels of these hours may still come, so every coverage is a least one.
    pub young: bool,
    pub choices: Vec<Choice>,
    /// The longest delay so far and a day, in whole days.
    pub label_horizon: Offset,
}

/// Offsets that leave labels so much time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Share of the labels that come in time for the youngest hour of the window.
    pub share: f64,
    pub start: Offset,
    pub end: Offset,
    /// Share of the predictions that have a label when the run begins: of the youngest hour, and of the whole window.
    pub youngest: f64,
    pub coverage: f64,
    pub recommended: bool,
}

/// Looks at the hour files of a model below `out` that a merge has just written; `None` if too few have labels.
pub async fn advise(
    out: &str,
    merged: &ModelReport,
    as_of: i64,
    min_coverage: f64,
    resources: &Resources,
) -> Result<Option<Advice>, MonitorError> {
    let (Ok(from), Ok(to)) = (Hour::parse(&merged.from), Hour::parse(&merged.to)) else {
        return Ok(None);
    };
    let whole = Window { from, to };
    let inputs = SqlInputs {
        out: Some(out.to_owned()),
        ..SqlInputs::default()
    };
    let session = SqlSession::open(&inputs, &Catalog::default(), resources).await?;
    let model = merged.model.as_str();
    let counts = delay_counts(&session, model, whole).await?;
    let longest = counts.last().map_or(0, |(hours, _)| *hours);
    // The labels of these hours had as long as any took.
    let old = Window::new(from, Hour::from_micros(as_of).plus(-longest).min(to));
    let old = old.ok().filter(|old| !old.is_empty());
    if let Some(old) = old {
        let counts = delay_counts(&session, model, old).await?;
        if counts.iter().map(|(_, labels)| labels).sum::<u64>() >= LEAST_LABELS {
            return Ok(Some(advice(
                old,
                predictions(merged, old),
                &counts,
                min_coverage,
                false,
            )));
        }
    }
    let labels: u64 = counts.iter().map(|(_, labels)| labels).sum();
    Ok((labels >= LEAST_LABELS).then(|| {
        advice(
            whole,
            predictions(merged, whole),
            &counts,
            min_coverage,
            true,
        )
    }))
}

/// Prediction records of a window that have an output.
fn predictions(merged: &ModelReport, window: Window) -> u64 {
    let hours = merged.hours.iter().filter(|hour| {
        let inside = Hour::parse(&hour.hour).is_ok_and(|hour| window.contains(hour));
        inside && hour.failure.is_none()
    });
    hours
        .map(|hour| hour.predictions.labelled + hour.predictions.unlabelled)
        .sum()
}

/// `counts` are labels by delay in hours, in order.
fn advice(
    window: Window,
    predictions: u64,
    counts: &[(i64, u64)],
    min_coverage: f64,
    young: bool,
) -> Advice {
    let labelled: u64 = counts.iter().map(|(_, labels)| labels).sum();
    let within = |hours: i64| -> u64 {
        let in_time = counts.iter().filter(|(delay, _)| *delay <= hours);
        in_time.map(|(_, labels)| labels).sum()
    };
    let covered = |hours: i64| match predictions {
        0 => 0.0,
        predictions => within(hours) as f64 / predictions as f64,
    };
    let mut choices: Vec<Choice> = Vec::new();
    for share in SHARES {
        let enough = |(hours, _): &&(i64, u64)| within(*hours) as f64 >= share * labelled as f64;
        let delay = counts.iter().find(enough).map_or(0, |(hours, _)| *hours);
        let wait = match delay.max(0) {
            hours @ 0..IN_DAYS => hours,
            hours => hours.saturating_add(23) / 24 * 24,
        };
        // An hour `wait` before the run has seen all labels that took up to `wait`: folders that had begun count.
        let (Some(start), Some(end)) = (Offset::of_hours(-wait - WINDOW), Offset::of_hours(-wait))
        else {
            continue;
        };
        // Of counts, so that a share that is exact stays so.
        let sum: u64 = (0..WINDOW).map(|older| within(wait + older)).sum();
        let all = predictions.saturating_mul(WINDOW.unsigned_abs());
        choices.push(Choice {
            share,
            start,
            end,
            youngest: covered(wait),
            coverage: match all {
                0 => 0.0,
                all => sum as f64 / all as f64,
            },
            recommended: false,
        });
    }
    // Of equal offsets the one that says the most.
    choices.reverse();
    choices.dedup_by_key(|choice| (choice.start, choice.end));
    choices.reverse();
    // The first that is not provisional in every run, else the one that waits for all labels.
    let enough = choices
        .iter()
        .position(|choice| choice.coverage >= min_coverage);
    let chosen = enough.or(choices.len().checked_sub(1));
    if let Some(choice) = chosen.and_then(|at| choices.get_mut(at)) {
        choice.recommended = true;
    }
    let longest = counts.last().map_or(0, |(hours, _)| *hours).max(0);
    let horizon = (longest / 24 + 2) * 24;
    Advice {
        window,
        predictions,
        labelled,
        young,
        choices,
        label_horizon: Offset::of_hours(horizon).unwrap_or(Offset::NONE),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn told(predictions: u64, counts: &[(i64, u64)]) -> Advice {
        let from = Hour::parse("2026-11-01T00").unwrap();
        let window = Window::new(from, from.plus(48)).unwrap();
        advice(window, predictions, counts, 0.9, false)
    }

    /// Of 100 predictions 50 have a label in their own hour, 40 within 30 hours, 5 within 100.
    #[test]
    fn offsets_leave_the_labels_their_time() {
        let advice = told(100, &[(0, 50), (30, 40), (100, 5)]);
        let rows: Vec<String> = advice
            .choices
            .iter()
            .map(|c| format!("{} {} {} {:.4}", c.start, c.end, c.youngest, c.coverage))
            .collect();
        assert_eq!(
            rows,
            [
                // Its older hours have waited 1 to 23 hours more, which is not enough for the 30.
                "-P1D PT0H 0.5 0.5000",
                "-P2DT6H -P1DT6H 0.9 0.9000",
                // 100 hours are told in days; the oldest hours have waited 143.
                "-P6D -P5D 0.95 0.9500",
            ]
        );
        let recommended: Vec<bool> = advice.choices.iter().map(|c| c.recommended).collect();
        assert_eq!(recommended, [false, true, false]);
        assert_eq!(advice.label_horizon.to_string(), "P6D");
    }

    #[test]
    fn labels_that_are_there_before_their_predictions_need_no_time() {
        let advice = told(10, &[(-5, 10)]);
        assert_eq!(advice.choices.len(), 1);
        assert_eq!(advice.choices.first().unwrap().end.to_string(), "PT0H");
    }
}
