//! What is known of one period: its rows measured at once, and each metric over time.

use groundline_engine::{
    EngineError, ErrorKind, Every, QualityGroup, QualityOptions, QualityReport, RunRecord, measure,
};
use groundline_quality::Constraints;
use groundline_report::page::Period;
use groundline_store::Window;

use super::executions::by_window;
use super::limits::Limits;
use super::request::ReportRequest;
use super::series;
use super::span::{pieces, span};
use crate::error::MonitorError;

/// Executions of so many windows make a series; one window is no course of time.
const LEAST_WINDOWS: usize = 2;

/// One period, measured.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) period: Period,
    /// `None` where the period has no rows.
    pub(super) measured: Option<QualityReport>,
}

/// Measures a period. `runs` are the executions of the chosen schedule that end in it; `held` is what the page holds
/// every value against, whatever executions did.
pub(super) async fn known(
    request: &ReportRequest,
    measuring: &QualityOptions,
    window: Window,
    has_hours: bool,
    runs: &[&RunRecord],
    held: Option<&Constraints>,
) -> Result<Known, MonitorError> {
    let held = held.map(Limits::of);
    let windows = by_window(runs);
    let completed = windows.iter().filter(|run| run.state.is_completed());
    let by_runs = request.every.is_none() && completed.count() >= LEAST_WINDOWS;
    let measured = match has_hours {
        true => some(measure(&over(measuring, window, Every::Window)).await)?,
        false => None,
    };
    let series = match by_runs {
        true => series::of_runs(&windows, held.as_ref()),
        false if measured.is_some() => {
            let every = request.every.unwrap_or_else(|| pieces(window));
            let cut = measure(&over(measuring, window, every)).await?;
            let limits = held.unwrap_or_else(|| Limits::of_runs(windows.iter().copied()));
            series::of_groups(&cut.groups, &limits)
        }
        // The hours are gone, and one execution is better than nothing.
        false => series::of_runs(&windows, held.as_ref()),
    };
    let whole = measured.as_ref().and_then(whole);
    let rows = whole.map(|group| group.rows);
    Ok(Known {
        period: Period {
            span: span(window),
            measured: whole.map(QualityGroup::all_measured),
            predictions: rows.map(|rows| rows.read),
            labelled: rows.map(|rows| rows.read - rows.unlabelled),
            series,
        },
        measured,
    })
}

/// All rows of a measurement that is not cut.
fn whole(measured: &QualityReport) -> Option<&QualityGroup> {
    let mut groups = measured.groups.iter();
    groups.find(|group| group.segment.is_none())
}

fn over(measuring: &QualityOptions, window: Window, every: Every) -> QualityOptions {
    QualityOptions {
        window: Some(window),
        every,
        by: Vec::new(),
        ..measuring.clone()
    }
}

/// Hour files without a row are no mistake here.
fn some(
    measured: Result<QualityReport, EngineError>,
) -> Result<Option<QualityReport>, EngineError> {
    match measured {
        Ok(measured) => Ok(Some(measured)),
        Err(error) if error.kind() == ErrorKind::NoInput => Ok(None),
        Err(error) => Err(error),
    }
}
