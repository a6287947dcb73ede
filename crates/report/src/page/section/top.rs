//! What a manager reads: which model, whether it is well, what to look at.

use groundline_quality::ProblemType;
use maud::{Markup, html};

use crate::page::chart::evidence::evidence;
use crate::page::data::Report;
use crate::page::number::{grouped, percent};
use crate::page::words::{self, Standing, attention, share, typical_delay};
use crate::page::{text, time};

/// Violations that are told in full; the table has them all.
const MOST: usize = 12;

pub(in crate::page) fn header(report: &Report) -> Markup {
    html! {
        header {
            p.kind { "Model quality · " (kind(report.problem_type)) }
            h1 { bdi { (text::name(&report.model)) } }
            p.when {
                (time::span(report.period.span))
                @if let Some(before) = &report.compared { ", beside " (time::span(before.span)) }
                @if let Some(time) = report.labels_as_of { " · labels as of " (time::instant(time)) }
                " · all times UTC"
            }
        }
    }
}

pub(in crate::page) fn kind(problem_type: ProblemType) -> &'static str {
    match problem_type {
        ProblemType::BinaryClassification => "binary classification",
        ProblemType::MulticlassClassification => "multiclass classification",
        ProblemType::Regression => "regression",
    }
}

pub(in crate::page) fn verdict(report: &Report) -> Markup {
    let (standing, headline) = words::headline(report);
    let urgent: Vec<_> = words::ranked(&report.verdict)
        .into_iter()
        .filter(|check| check.violated)
        .collect();
    html! {
        section.verdict.(standing.class()) aria-labelledby="verdict-h" {
            h2 id="verdict-h" {
                span.sign aria-hidden="true" { (standing.sign()) }
                (headline)
            }
            @if let Some(certainty) = words::certainty(report) { p { (certainty) } }
            @if let Some(window) = report.verdict.window {
                p.aside { "Checked in the window " (time::span(window)) "." }
            }
            @if !urgent.is_empty() {
                ul.violations {
                    @for (index, check) in urgent.iter().take(MOST).enumerate() {
                        li {
                            h3 { (text::metric(&check.constraint.metric)) }
                            (evidence(&format!("v{index}"), check))
                            p { (words::finding(check)) " " span.worth { (words::worth(check)) } }
                        }
                    }
                }
                @if urgent.len() > MOST {
                    p.aside { "… and " (grouped((urgent.len() - MOST) as u64)) " more in the table of constraints." }
                }
            }
            (facts(report))
        }
    }
}

fn facts(report: &Report) -> Markup {
    let period = &report.period;
    let measured = period.measured.as_ref().map(|measured| measured.rows);
    let coverage = share(period.labelled, period.predictions);
    let failed = report.failed_hours.len() as u64;
    html! {
        @let known = period.predictions.is_some() || measured.is_some() || period.labelled.is_some();
        @if !known && report.runs.is_empty() && period.series.is_empty() {
            p { "Nothing was measured in this period yet." }
        }
        @if known || !report.runs.is_empty() || failed > 0 { dl.facts {
            @if let Some(predictions) = period.predictions {
                div { dt { "predictions" } dd { (grouped(predictions)) } }
            }
            @if let Some(rows) = measured.or(period.labelled) {
                div { dt { "measured" } dd { (grouped(rows)) } }
            }
            @if let Some(coverage) = coverage {
                div { dt { "have a label" } dd { (percent(coverage)) } }
            }
            @if let Some(delay) = typical_delay(report) {
                div { dt { "half of the labels within" } dd { (delay) } }
            }
            @if !report.runs.is_empty() {
                div { dt { "runs" } dd { (grouped(report.runs.len() as u64)) } }
            }
            @if failed > 0 {
                div { dt { "hours not merged" } dd { (grouped(failed)) } }
            }
        } }
    }
}

pub(in crate::page) fn attention_list(report: &Report) -> Markup {
    let matters = attention(report);
    let nothing = matters.is_empty() && words::headline(report).0 == Standing::Good;
    html! {
        @if nothing || !matters.is_empty() {
            section id="attention" aria-labelledby="attention-h" {
                h2 id="attention-h" { "Needs attention" }
                @if nothing { p.lead { "Nothing." } }
                @if !matters.is_empty() {
                    ul.matters {
                        @for matter in &matters {
                            li {
                                (matter.said)
                                @if let Some(section) = matter.section {
                                    " " a href=(format!("#{section}")) { "details" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
