//! Why an hour has no values: the attribute that no record has, and the ones that are there.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use groundline_capture::{
    Column, Encoding, Field, Grain, Scratch, Selector, field, label_shape, label_values, names,
};

use super::accounts::HourAccounts;
use super::inputs::PartitionInputs;
use super::settings::ModelRun;
use crate::error::EngineError;
use crate::read::{ReadOptions, RecordReader, ScanLog};

/// Outputs that are looked at for the names that are there.
const LOOKED_AT: usize = 100;
/// Names that the message lists.
const NAMED: usize = 20;

/// A message when an attribute was given and not one record of the hour has a value there.
pub(crate) async fn absent_attribute(
    run: &ModelRun,
    inputs: &PartitionInputs,
    accounts: &HourAccounts,
) -> Result<Option<String>, EngineError> {
    if accounts.outputs == 0 {
        return Ok(None);
    }
    let mapping = &run.model.mapping;
    let (flag, selector) = match (&mapping.inference_attribute, &mapping.probability_attribute) {
        (Some(selector), _) if accounts.predicted == 0 => ("--inference-attribute", selector),
        (_, Some(selector)) if accounts.probable == 0 => ("--probability-attribute", selector),
        _ => return Ok(None),
    };
    let seen = look(inputs, selector, run).await?;
    let mut message = format!(
        "{flag} `{selector}` has no value in any of {} outputs",
        accounts.outputs
    );
    if let Some(value) = seen
        .not_a_number
        .filter(|_| flag == "--probability-attribute")
    {
        message = format!(
            "{flag} `{selector}` is a number in none of {} outputs; the first value is `{value}`",
            accounts.outputs
        );
    }
    if seen.names.is_empty() {
        message.push_str("; the outputs have no named fields or columns");
    } else {
        let names: Vec<&str> = seen.names.iter().take(NAMED).map(String::as_str).collect();
        message.push_str(&format!("; they have: {}", names.join(", ")));
    }
    Ok(Some(message))
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
    let parsed = Selector::parse(selector).map_err(|source| EngineError::Selector {
        selector: selector.to_owned(),
        source,
    })?;
    let options = ReadOptions {
        grain: Grain::Record,
        columns: vec![Column::Output, Column::OutputEncoding],
        batch_rows: LOOKED_AT,
        batch_bytes: crate::read::BATCH_BYTES,
        limits: run.resources.limits,
        log: Arc::new(ScanLog::default()),
        progress: None,
    };
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
