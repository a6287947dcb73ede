//! What was found, for people.

use groundline_engine::{ExampleFindings, FieldFindings, Findings, ModelFindings};

use crate::amount;
use crate::failure::Failure;
use crate::init::document;
use crate::output::table::Grid;
use crate::printer::Stdout;

/// Endpoint variants that are listed.
const MOST_PLACES: usize = 40;

/// Places, three records, how labels match, and the settings.
pub(crate) fn print(findings: &Findings, out: &mut Stdout) -> Result<(), Failure> {
    places(findings, out)?;
    for source in &findings.sources {
        source.notes.iter().try_for_each(|note| text(out, note))?;
    }
    for model in &findings.models {
        out.line("")?;
        text(out, &format!("{} ({})", model.name, describe(model)))?;
        for example in &model.examples {
            print_example(example, out)?;
        }
        if let Some(matching) = &model.matching {
            out.line("")?;
            document::rates(matching)
                .iter()
                .try_for_each(|line| text(out, line))?;
        }
        settings(model, out)?;
        model
            .notes
            .iter()
            .try_for_each(|note| text(out, &format!("note: {note}")))?;
    }
    if let Some(rejects) = &findings.rejects {
        out.line("")?;
        let proposed = rejects.max_rejects.as_deref();
        let accepted = proposed.map_or("stays 0".to_owned(), |most| format!("= \"{most}\""));
        text(out, &format!("max_rejects {accepted}: {}", rejects.why))?;
    }
    Ok(())
}

fn places(findings: &Findings, out: &mut Stdout) -> Result<(), Failure> {
    let mut grid = Grid::new(&[
        "what",
        "endpoint",
        "variant",
        "first hour",
        "last hour",
        "hours",
        "files",
        "bytes",
        "",
    ]);
    for column in 5..8 {
        grid.right_align(column);
    }
    let mut more = 0;
    for source in &findings.sources {
        more += source.places.len().saturating_sub(MOST_PLACES);
        for place in source.places.iter().take(MOST_PLACES) {
            grid.row(vec![
                source.kind.to_owned(),
                place.endpoint.clone(),
                place.variant.clone(),
                place.first_hour.clone(),
                place.last_hour.clone(),
                amount::at_least(place.counted.is_some(), &place.hours.to_string()),
                amount::at_least(place.at_least, &place.files.to_string()),
                amount::at_least(place.at_least, &amount::bytes(place.bytes)),
                place.counted.clone().unwrap_or_default(),
            ]);
        }
    }
    if let Some(labels) = &findings.labels {
        grid.row(vec![
            "labels".to_owned(),
            String::new(),
            String::new(),
            labels.first_hour.clone(),
            labels.last_hour.clone(),
            amount::at_least(labels.counted.is_some(), &labels.hours.to_string()),
            amount::at_least(labels.at_least, &labels.files.to_string()),
            amount::at_least(labels.at_least, &amount::bytes(labels.bytes)),
            labels.counted.clone().unwrap_or_default(),
        ]);
    }
    grid.print(out)?;
    if more > 0 {
        out.line(&format!("… and {more} more; --output json lists them all"))?;
    }
    if let Some(labels) = &findings.labels {
        let encodings: Vec<String> = labels
            .encodings
            .iter()
            .map(|encoding| format!("{} ×{}", encoding.what, encoding.count))
            .collect();
        let values = labels.values.as_ref().map_or(String::new(), |values| {
            format!("; values: {}", described(values))
        });
        text(
            out,
            &format!("labels seen: {}{values}", encodings.join(", ")),
        )?;
        labels
            .notes
            .iter()
            .try_for_each(|note| text(out, &format!("note: {note}")))?;
    }
    if let Some(table) = &findings.label_table {
        if table.complete {
            let columns = table.columns.join(", ");
            text(
                out,
                &format!("{} is a table of labels: {columns}", table.files),
            )?;
            table.settings.iter().try_for_each(|told| {
                text(
                    out,
                    &format!("    {:<12} {}: {}", told.key, told.value, told.why),
                )
            })?;
        } else {
            text(out, &format!("note: {}", document::untold(table)))?;
        }
    }
    Ok(())
}

fn describe(model: &ModelFindings) -> String {
    let (least, most) = model.records_per_event;
    let records = if most > 1 {
        format!(", {least} to {most} records in a payload")
    } else {
        String::new()
    };
    format!(
        "{} looked at{records}",
        amount::of(model.sampled, "prediction")
    )
}

fn print_example(example: &ExampleFindings, out: &mut Stdout) -> Result<(), Failure> {
    out.line("")?;
    text(out, &format!("  {}", example.place))?;
    let ids = [
        ("inferenceId", &example.inference_id),
        ("eventId", &example.event_id),
        ("input", &example.input),
        ("output", &example.output),
        ("label", &example.label),
    ];
    for (name, value) in ids {
        if let Some(value) = value {
            text(out, &format!("    {name:<12} {value}"))?;
        }
    }
    if !example.fields.is_empty() {
        let fields = example.fields.iter();
        let fields: Vec<String> = fields
            .map(|(path, value)| format!("{path} = {value}"))
            .collect();
        text(out, &format!("    {:<12} {}", "fields", fields.join(", ")))?;
    }
    Ok(())
}

fn settings(model: &ModelFindings, out: &mut Stdout) -> Result<(), Failure> {
    let mapped = model.mappings.iter();
    let mapped = mapped.flat_map(|mapping| {
        let settings = mapping.settings.iter();
        settings.map(|setting| (format!("from {}: {}", mapping.from, setting.key), setting))
    });
    let own = model
        .settings
        .iter()
        .map(|setting| (setting.key.to_owned(), setting));
    let mut grid = Grid::new(&["setting", "value", "why"]);
    for (key, setting) in own.chain(mapped) {
        let key = if setting.active {
            key
        } else {
            format!("# {key}")
        };
        grid.row(vec![key, setting.value.clone(), setting.why.clone()]);
    }
    if grid.has_rows() {
        out.line("")?;
        grid.print(out)?;
    }
    Ok(())
}

/// A line whose text may come from records.
fn text(out: &mut Stdout, line: &str) -> Result<(), Failure> {
    let safe: String = line
        .chars()
        .flat_map(|c| {
            let escaped: Vec<char> = if c.is_control() {
                c.escape_default().collect()
            } else {
                vec![c]
            };
            escaped
        })
        .collect();
    out.line(&safe)
}

/// `score: probability, 0.02 to 0.98, for example 0.5, 0.25`
pub(crate) fn field(field: &FieldFindings) -> String {
    format!("{}: {}", field.selector, described(field))
}

fn described(field: &FieldFindings) -> String {
    let mut parts = vec![field.kind.to_owned()];
    if let (Some(least), Some(most)) = (field.least, field.most)
        && field.kind != "class"
    {
        parts.push(format!("{least} to {most}"));
    }
    if field.present < field.records {
        parts.push(format!("in {} of {} records", field.present, field.records));
    }
    if !field.examples.is_empty() {
        parts.push(format!("for example {}", field.examples.join(" | ")));
    }
    parts.join(", ")
}
