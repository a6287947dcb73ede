//! Why an hour has no values: the attribute that no record has, and the ones that are there.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::compute::filter_record_batch;
use groundline_capture::{
    Column, Encoding, Field, Grain, Scratch, Selector, field, label_shape, label_values, names,
    number,
};

use super::accounts::HourAccounts;
use super::filter::RecordFilter;
use super::inputs::PartitionInputs;
use super::outcome::HourFailure;
use super::settings::ModelRun;
use crate::error::EngineError;
use crate::read::{ReadOptions, RecordReader, ScanLog};

/// Outputs that are looked at for the names that are there.
const LOOKED_AT: usize = 100;
/// Names that the message lists.
const NAMED: usize = 20;

/// Why the hour fails when an attribute was given and too few records of the hour have a value there (`--max-absent`).
pub(crate) async fn absent_attribute(
    run: &ModelRun,
    inputs: &PartitionInputs,
    accounts: &HourAccounts,
) -> Result<Option<HourFailure>, EngineError> {
    let outputs = accounts.outputs;
    if outputs == 0 {
        return Ok(None);
    }
    let too_many = |found: u64| !run.accepts_absent(outputs - found, outputs);
    let mapping = run.model.mapping_in(inputs.hour);
    let (flag, selector, found) =
        match (&mapping.inference_attribute, &mapping.probability_attribute) {
            (Some(selector), _) if too_many(accounts.predicted) => {
                ("--inference-attribute", selector, accounts.predicted)
            }
            (_, Some(selector)) if too_many(accounts.probable) => {
                ("--probability-attribute", selector, accounts.probable)
            }
            _ => return Ok(None),
        };
    let number = flag == "--probability-attribute";
    let absent = match found {
        0 => outputs,
        // What is null is there: only now is it worth telling apart.
        _ => count_absent(inputs, selector, number, run).await?,
    };
    if run.accepts_absent(absent, outputs) {
        return Ok(None);
    }
    let seen = look(inputs, selector, run).await?;
    let mut message = match (found, seen.not_a_number.filter(|_| number)) {
        (0, Some(value)) => format!(
            "{flag} `{selector}` is a number in none of {outputs} outputs; the first value is `{value}`"
        ),
        (0, None) => format!("{flag} `{selector}` has no value in any of {outputs} outputs"),
        _ => format!("{flag} `{selector}` has no value in {absent} of {outputs} outputs"),
    };
    message.push_str(&format!("; --max-absent {absent} would accept them"));
    if seen.names.is_empty() {
        message.push_str("; the outputs have no named fields or columns");
    } else {
        let names: Vec<&str> = seen.names.iter().take(NAMED).map(String::as_str).collect();
        message.push_str(&format!("; they have: {}", names.join(", ")));
    }
    let hint = "give an attribute that is there; where payloads changed shape, [[model.mapping]] gives the hours from \
                then on one of their own";
    Ok(Some(HourFailure {
        hint: Some(hint.to_owned()),
        ..HourFailure::from(message)
    }))
}

/// Outputs of an hour in which an attribute is absent; one that should be a number and is none counts too.
async fn count_absent(
    inputs: &PartitionInputs,
    selector: &str,
    is_number: bool,
    run: &ModelRun,
) -> Result<u64, EngineError> {
    let parsed = parse(selector)?;
    let mut columns = vec![Column::Output, Column::OutputEncoding];
    let filtered = run.filter.as_deref().map_or(&[][..], RecordFilter::columns);
    columns.extend(
        filtered
            .iter()
            .filter(|c| !matches!(c, Column::Output | Column::OutputEncoding)),
    );
    let options = options(run, columns, run.resources.batch_size);
    let mut scratch = Scratch::new();
    let mut absent = 0;
    for input in &inputs.inputs {
        let mut reader = RecordReader::open(input, None, &options).await?;
        while let Some(mut batch) = reader.next().await? {
            if let Some(filter) = &run.filter {
                batch = filter_record_batch(&batch, &filter.keeps(&batch, input)?)?;
            }
            let (outputs, encodings) = (
                batch.column(0).as_string::<i32>(),
                batch.column(1).as_string::<i32>(),
            );
            for row in (0..batch.num_rows()).filter(|row| outputs.is_valid(*row)) {
                let encoding =
                    Encoding::parse(encodings.is_valid(row).then(|| encodings.value(row)));
                absent += u64::from(
                    match field(outputs.value(row), encoding, &parsed, &mut scratch) {
                        Field::Absent => true,
                        Field::Null => false,
                        Field::Text(text) => is_number && number(&text).is_none(),
                    },
                );
            }
        }
    }
    Ok(absent)
}

fn parse(selector: &str) -> Result<Selector, EngineError> {
    Selector::parse(selector).map_err(|source| EngineError::Selector {
        selector: selector.to_owned(),
        source,
    })
}

/// Another reading of what was read already: nothing of it is counted.
fn options(run: &ModelRun, columns: Vec<Column>, batch_rows: usize) -> ReadOptions {
    ReadOptions {
        grain: Grain::Record,
        columns,
        batch_rows,
        batch_bytes: crate::read::BATCH_BYTES,
        limits: run.resources.limits,
        log: Arc::new(ScanLog::default()),
        progress: None,
    }
}

#[derive(Default)]
struct Seen {
    names: BTreeSet<String>,
    not_a_number: Option<String>,
}

async fn look(
    inputs: &PartitionInputs,
    selector: &str,
    run: &ModelRun,
) -> Result<Seen, EngineError> {
    let parsed = parse(selector)?;
    let columns = vec![Column::Output, Column::OutputEncoding];
    let options = options(run, columns, LOOKED_AT);
    let mut seen = Seen::default();
    let mut scratch = Scratch::new();
    let mut looked = 0;
    for input in &inputs.inputs {
        let mut reader = RecordReader::open(input, None, &options).await?;
        while let Some(batch) = reader.next().await? {
            let (outputs, encodings) = (
                batch.column(0).as_string::<i32>(),
                batch.column(1).as_string::<i32>(),
            );
            for row in (0..batch.num_rows()).filter(|row| outputs.is_valid(*row)) {
                let encoding =
                    Encoding::parse(encodings.is_valid(row).then(|| encodings.value(row)));
                seen.names
                    .extend(names(outputs.value(row), encoding, NAMED));
                if let Field::Text(value) =
                    field(outputs.value(row), encoding, &parsed, &mut scratch)
                {
                    seen.not_a_number
                        .get_or_insert_with(|| value.chars().take(40).collect());
                }
                looked += 1;
                if looked == LOOKED_AT {
                    return Ok(seen);
                }
            }
        }
    }
    Ok(seen)
}

/// An error when a ground-truth attribute was given and not one label of the run has a value there.
/// Reads labels only as far as the first that has.
pub(crate) async fn refuse_absent_ground_truth(
    run: &ModelRun,
    labels: u64,
) -> Result<(), EngineError> {
    let Some(attribute) = &run.ground_truth else {
        return Ok(());
    };
    let options = ReadOptions {
        grain: Grain::Capture,
        columns: vec![Column::Label, Column::LabelEncoding],
        batch_rows: LOOKED_AT,
        batch_bytes: crate::read::BATCH_BYTES,
        limits: run.resources.limits,
        log: Arc::new(ScanLog::default()),
        progress: None,
    };
    let mut found = BTreeSet::new();
    for input in &run.inputs.labels {
        let mut reader = RecordReader::open(input, None, &options).await?;
        while let Some(batch) = reader.next().await? {
            let (texts, encodings) = (
                batch.column(0).as_string::<i32>(),
                batch.column(1).as_string::<i32>(),
            );
            for row in (0..batch.num_rows()).filter(|row| texts.is_valid(*row)) {
                let encoding =
                    Encoding::parse(encodings.is_valid(row).then(|| encodings.value(row)));
                let text = texts.value(row);
                let records = label_shape(Some(text), encoding, Some(attribute))
                    .rows
                    .max(1);
                let mut any = false;
                let layout = run.model.mapping.label_layout;
                label_values(
                    text,
                    encoding,
                    records,
                    Some(attribute),
                    layout,
                    |_, value| any |= value.is_some(),
                );
                if any {
                    return Ok(());
                }
                if found.len() < NAMED {
                    found.extend(names(text, encoding, NAMED));
                }
            }
        }
    }
    let found: Vec<String> = found.into_iter().take(NAMED).collect();
    Err(EngineError::AbsentGroundTruth {
        attribute: attribute.to_string(),
        labels,
        names: if found.is_empty() {
            "no named fields or columns".to_owned()
        } else {
            found.join(", ")
        },
    })
}
