//! Whether a probability of 0.3 comes true three times in ten: as a square.

use groundline_quality::CalibrationBin;
use maud::{Markup, html};

use super::curve::{BOTTOM, LEFT, RIGHT, Square, TOP, scales};
use crate::page::number;
use crate::page::scale::Scale;
use crate::page::svg::{Path, path, place};

/// A dot for each bin with its interval; another period's bins as a line; below, how many rows each bin has.
pub(in crate::page) fn draw(
    square: &Square<'_>,
    bins: &[CalibrationBin],
    before: &[CalibrationBin],
) -> Markup {
    let (across, up) = scales();
    let mut diagonal = Path::default();
    diagonal.move_to(LEFT, BOTTOM);
    diagonal.line_to(RIGHT, TOP);
    let most = bins
        .iter()
        .map(|bin| bin.n)
        .max()
        .unwrap_or_default()
        .max(1) as f64;
    let rows = Scale::new(0.0, most, 0.0, 40.0);
    let (mut counts, mut whiskers) = (Path::default(), Path::default());
    for bin in bins {
        let (from, to) = (across.at(bin.low), across.at(bin.high));
        let height = rows.at(bin.n as f64);
        if bin.n > 0 {
            counts.block(
                from + 1.0,
                BOTTOM - height,
                (to - from - 2.0).max(0.5),
                height,
            );
        }
        if let (Some(mean), Some(interval)) = (bin.mean_probability, bin.interval) {
            whiskers.move_to(across.at(mean), up.at(interval.low));
            whiskers.line_to(across.at(mean), up.at(interval.high));
        }
    }
    let inner = html! {
        (square.axes())
        (path("count", &counts))
        (path("base", &diagonal))
        (path("ghost", &line(before, &across, &up)))
        (path("line thin", &line(bins, &across, &up)))
        (path("whisker", &whiskers))
        @for bin in bins {
            @if let (Some(mean), Some(rate)) = (bin.mean_probability, bin.observed_rate) {
                circle class="dot" cx=(place(across.at(mean))) cy=(place(up.at(rate))) r="3.2" {
                    title { (said(bin, mean, rate)) }
                }
            }
        }
    };
    square.image(&inner)
}

fn said(bin: &CalibrationBin, mean: f64, rate: f64) -> String {
    format!(
        "mean probability {}, came true in {} of {} rows",
        number::short(mean),
        number::percent(rate),
        number::grouped(bin.n)
    )
}

fn line(bins: &[CalibrationBin], across: &Scale, up: &Scale) -> Path {
    let mut line = Path::default();
    for bin in bins {
        let (Some(mean), Some(rate)) = (bin.mean_probability, bin.observed_rate) else {
            continue;
        };
        match line.is_empty() {
            true => line.move_to(across.at(mean), up.at(rate)),
            false => line.line_to(across.at(mean), up.at(rate)),
        }
    }
    line
}
