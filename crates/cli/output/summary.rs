//! What a merge says on stderr: how much was joined, what was not and why, and what to do about it.

use groundline_engine::{MergeReport, ModelReport};

use crate::printer::Printer;

/// Failed hours that are told one by one.
const MOST_FAILURES: usize = 10;

/// Tells about every model of a run.
pub(crate) fn merge(report: &MergeReport, printer: Printer) {
    for model in &report.models {
        // Without input there is nothing to count; why is said below or by the status.
        if model.no_input.is_none() {
            printer.note(&headline(model));
        }
        groups(model, printer);
        for warning in model.warnings.iter().filter(|_| !printer.is_quiet()) {
            printer.warn(&format!("{}: {warning}", model.model));
        }
        failures(model, printer);
        if let (Some(why), false) = (&model.no_input, report.is_empty()) {
            printer.warn(&format!("{}: {why}", model.model));
        }
    }
}

fn headline(model: &ModelReport) -> String {
    let predictions = &model.ledger.predictions;
    let hours = match model.hours.len() {
        1 => "1 hour".to_owned(),
        n => format!("{n} hours"),
    };
    let window = if model.from.is_empty() {
        String::new()
    } else {
        format!(" from {} to {}", model.from, model.to)
    };
    let (name, read, rows) = (&model.model, predictions.read, model.ledger.observations);
    if predictions.queried > 0 {
        // Which of them have a label, only the statement knows.
        return format!("{name}: {hours}{window}, {read} records, {rows} rows by --sql");
    }
    let labelled = share(predictions.labelled, read);
    format!("{name}: {hours}{window}, {read} records, {labelled} labelled, {rows} observations")
}

fn groups(model: &ModelReport, printer: Printer) {
    for group in &model.rejects {
        let of = match group.table.as_str() {
            "labels" => "label records",
            _ => "prediction records",
        };
        printer.note(&format!(
            "  {} {of} rejected: {}, for example {}",
            group.count, group.reason, group.example
        ));
        if !group.hint.is_empty() {
            printer.hint(&group.hint);
        }
    }
    for group in &model.unmatched {
        printer.note(&format!(
            "  {} labels unmatched: {}, for example {}{}",
            group.count,
            group.reason,
            group.example,
            group
                .nearest
                .as_ref()
                .map_or_else(String::new, |nearest| format!("; nearest {nearest}"))
        ));
        if !group.hint.is_empty() {
            printer.hint(&group.hint);
        }
    }
}

fn failures(model: &ModelReport, printer: Printer) {
    let failed = || {
        model
            .hours
            .iter()
            .filter_map(|hour| hour.failure.as_ref().map(|failure| (hour, failure)))
    };
    let mut told: Vec<&str> = Vec::new();
    for (hour, failure) in failed().take(MOST_FAILURES) {
        printer.warn(&format!(
            "{}: hour {} of {}/{} was not written: {failure}",
            model.model, hour.hour, hour.endpoint, hour.variant
        ));
        // Hours mostly fail for one reason: what to do about it is told once.
        if let Some(hint) = hour.hint.as_deref().filter(|hint| !told.contains(hint)) {
            printer.remedy(hint);
            told.push(hint);
        }
    }
    let rest = failed().count().saturating_sub(MOST_FAILURES);
    if rest > 0 {
        printer.warn(&format!(
            "{}: {rest} more hours were not written",
            model.model
        ));
    }
}

/// A share with one decimal that never rounds to 0 % or 100 % what is neither.
fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "none".to_owned();
    }
    let percent = part as f64 * 100.0 / whole as f64;
    if part == whole {
        "100 %".to_owned()
    } else if percent > 99.9 {
        "99.9 %".to_owned()
    } else if part > 0 && percent < 0.1 {
        "less than 0.1 %".to_owned()
    } else {
        format!("{percent:.1} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_rounded_to_all_or_nothing() {
        assert_eq!(share(1_999_999, 2_000_000), "99.9 %");
        assert_eq!(share(1, 2_000_000), "less than 0.1 %");
        assert_eq!(share(0, 10), "0.0 %");
        assert_eq!(share(10, 10), "100 %");
        assert_eq!(share(1, 2), "50.0 %");
        assert_eq!(share(0, 0), "none");
    }
}
