//! Executions of schedules.

use maud::{Markup, html};

use super::{part, scroll};
use crate::page::chart::strip::strip;
use crate::page::data::{Report, Run, RunState};
use crate::page::number::{grouped, percent};
use crate::page::words::{Standing, state};
use crate::page::{text, time};

/// Runs that have a row.
const MOST: usize = 14;

pub(in crate::page) fn runs(report: &Report) -> Markup {
    let mut ordered: Vec<&Run> = report.runs.iter().collect();
    ordered.sort_by(|one, two| {
        (one.scheduled, one.revision, &one.schedule).cmp(&(
            two.scheduled,
            two.revision,
            &two.schedule,
        ))
    });
    if ordered.is_empty() {
        return html! {};
    }
    // What went wrong, then what is latest; shown in order of time.
    let mut chosen: Vec<&Run> = ordered.clone();
    chosen.reverse();
    chosen.sort_by_key(|run| !matches!(run.state, RunState::Failed | RunState::Stopped));
    chosen.truncate(MOST);
    chosen.sort_by_key(|run| std::cmp::Reverse((run.scheduled, run.revision)));
    let one = ordered
        .iter()
        .all(|run| run.schedule == ordered[0].schedule);
    let table = html! {
        table {
            caption.away { "Runs" }
            thead { tr {
                th scope="col" { "scheduled, UTC" } @if !one { th scope="col" { "schedule" } } th scope="col" { "window" } th scope="col" { "state" }
                th.n scope="col" { "violations" } th.n scope="col" { "have a label" } th scope="col" { "" }
            } }
            tbody {
                @for run in &chosen { (row(run, one)) }
            }
        }
    };
    let inner = html! {
        @if ordered.len() > 1 { @if let Some(strip) = strip("runs-strip", &ordered) { div.strip { (scroll("Runs over time", &strip)) } } }
        (scroll("Runs", &table))
        @if ordered.len() > MOST {
            p.aside {
                (chosen.len()) " of " (grouped(ordered.len() as u64))
                " runs: those that failed or were stopped, then the latest."
            }
        }
    };
    let lead = match one {
        true => format!("Of the schedule {}.", text::name(&ordered[0].schedule)),
        false => String::new(),
    };
    part("runs", "Runs", &lead, &inner)
}

fn row(run: &Run, one: bool) -> Markup {
    let standing = match run.state {
        RunState::Completed => Standing::Good,
        RunState::CompletedWithViolations | RunState::Failed => Standing::Bad,
        RunState::Stopped => Standing::Unknown,
    };
    let sign = if run.state == RunState::Failed {
        "✕"
    } else {
        standing.sign()
    };
    html! {
        tr {
            th.whole scope="row" { (time::instant(run.scheduled)) }
            @if !one { td { bdi { (text::name(&run.schedule)) } } }
            td.whole { (time::window(run.window)) }
            td { span.chip.(standing.class()) { span aria-hidden="true" { (sign) } " " (state(run.state)) } }
            td.n { (grouped(run.violations)) }
            td.n { @if let Some(coverage) = run.coverage { (percent(coverage)) } }
            td.words {
                @if run.provisional { "provisional " }
                @if run.revision > 0 { "revision " (grouped(run.revision)) " " }
                @if let Some(message) = &run.message { (text::sentence(message)) }
            }
        }
    }
}
