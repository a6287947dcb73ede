//! SageMaker's merged layout beside the Parquet, for tools that read that (formats.md 4.5): labelled records only,
//! one line per capture, payloads whole. For transforms the model's name stands where SageMaker has the schedule's.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use groundline_capture::{Encoding, compact_json};
use groundline_store::{AtomicWriter, Partition};

use super::inputs::PartitionInputs;
use super::outcome::{HourOutcome, chain};
use super::settings::ModelRun;
use crate::error::EngineError;
use crate::read::ScanLog;
use crate::session::statement;
use crate::tables::{BATCH, HourTable, Input, Inputs, TableKind, format_time};

/// Bytes gathered before they go to the object.
const FLUSH: usize = 4 << 20;

/// Writes the merged JSON Lines of an hour that was written, or removes stale ones; a failure is the hour's.
/// `session` gives one that has the hour's `matched`.
pub(crate) async fn write_if_asked(
    session: impl FnOnce() -> Result<SessionContext, EngineError>,
    run: &ModelRun,
    inputs: &PartitionInputs,
    outcome: &mut HourOutcome,
) {
    if outcome.report.failure.is_some() {
        return;
    }
    let written = if run.jsonl {
        match session() {
            Ok(context) => write_hour(&context, run, inputs).await,
            Err(error) => Err(error),
        }
    } else if run.conduct.has_jsonl {
        // What an earlier run wrote is of other labels now.
        let key = key(&run.model.name, inputs);
        groundline_store::delete_if_present(&run.out, &key)
            .await
            .map(|_| ())
            .map_err(Into::into)
    } else {
        Ok(())
    };
    if let Err(error) = written {
        outcome.report.failure = Some(format!("merged JSON Lines: {}", chain(&error)));
        outcome.report.hint = error.hint();
    }
}

/// Key of the merged JSON Lines of an hour; models do not stand in it, as they do not in SageMaker's.
pub(crate) fn key(model: &str, inputs: &PartitionInputs) -> String {
    let partition = Partition {
        model: model.to_owned(),
        endpoint: inputs.endpoint.clone(),
        variant: inputs.variant.clone(),
        hour: inputs.hour,
    };
    let folder = partition.folder();
    let values: Vec<&str> = folder
        .split('/')
        .filter_map(|part| part.split_once('=').map(|(_, v)| v))
        .collect();
    let place = match values.as_slice() {
        [model, ..] if inputs.endpoint == BATCH => (*model).to_owned(),
        [_, endpoint, variant, ..] => format!("{endpoint}/{variant}"),
        _ => String::new(),
    };
    format!("merge/{place}/{}/part-00000.jsonl", inputs.hour.path())
}

/// Writes the merged JSON Lines of one hour; `context` has its `matched`.
async fn write_hour(
    context: &SessionContext,
    run: &ModelRun,
    inputs: &PartitionInputs,
) -> Result<(), EngineError> {
    // A paired input file is not part of SageMaker's merged record.
    let unpaired = inputs
        .inputs
        .iter()
        .cloned()
        .map(|input| Input {
            pair: None,
            ..input
        })
        .collect();
    let events = HourTable::new(
        TableKind::Events,
        Inputs::Pinned(Arc::new(unpaired)),
        run.resources.limits,
        run.resources.split_size,
        Arc::new(ScanLog::default()),
    );
    context.deregister_table("events")?;
    context.register_table("events", Arc::new(events))?;

    let key = key(&run.model.name, inputs);
    let frame = statement(
        context,
        &run.catalog,
        "merge/sagemaker_merged",
        &run.parameters(),
    )
    .await?;
    let mut batches = frame.execute_stream().await?;
    let mut object = AtomicWriter::create(&run.out, &key).await?;
    let mut lines = String::new();
    let batch_transform = inputs.endpoint == BATCH;
    while let Some(batch) = batches.next().await {
        let rows = Rows::of(&batch?)?;
        for row in 0..rows.count {
            if batch_transform {
                rows.transform_line(row, &mut lines);
            } else {
                rows.endpoint_line(row, &mut lines);
            }
            lines.push('\n');
        }
        if lines.len() >= FLUSH {
            object
                .write(Bytes::from(std::mem::take(&mut lines)))
                .await?;
        }
    }
    object.write(Bytes::from(lines)).await?;
    object.commit().await?;
    Ok(())
}

/// Columns of `merge/sagemaker_merged.sql`.
struct Rows {
    count: usize,
    event_id: StringArray,
    inference_id: StringArray,
    inference_time: ArrayRef,
    custom_attributes: ArrayRef,
    input: Side,
    output: Side,
    label: StringArray,
    label_encoding: StringArray,
}

struct Side {
    data: StringArray,
    encoding: StringArray,
    content_type: StringArray,
}

impl Rows {
    fn of(batch: &RecordBatch) -> Result<Self, EngineError> {
        let column = |name: &str| -> Result<ArrayRef, EngineError> {
            Ok(Arc::clone(batch.column(batch.schema().index_of(name)?)))
        };
        let text = |name: &str| -> Result<StringArray, EngineError> {
            Ok(column(name)?.as_string::<i32>().clone())
        };
        Ok(Self {
            count: batch.num_rows(),
            event_id: text("event_id")?,
            inference_id: text("inference_id")?,
            inference_time: column("inference_time")?,
            custom_attributes: column("custom_attributes")?,
            input: Side {
                data: text("input")?,
                encoding: text("input_encoding")?,
                content_type: text("input_content_type")?,
            },
            output: Side {
                data: text("output")?,
                encoding: text("output_encoding")?,
                content_type: text("output_content_type")?,
            },
            label: text("label")?,
            label_encoding: text("label_encoding")?,
        })
    }

    /// Key order as SageMaker writes it for endpoints.
    fn endpoint_line(&self, row: usize, out: &mut String) {
        out.push_str("{\"eventVersion\":\"0\",");
        self.ground_truth(row, out);
        out.push_str(",\"captureData\":{");
        let mut first = true;
        for (side, name, mode) in [
            (&self.input, "endpointInput", "INPUT"),
            (&self.output, "endpointOutput", "OUTPUT"),
        ] {
            if side.data.is_null(row) {
                continue;
            }
            if !std::mem::take(&mut first) {
                out.push(',');
            }
            out.push_str(&format!("\"{name}\":{{\"data\":"));
            json_string(side.data.value(row), out);
            if side.encoding.is_valid(row) {
                out.push_str(",\"encoding\":");
                json_string(side.encoding.value(row), out);
            }
            out.push_str(&format!(",\"mode\":\"{mode}\""));
            if side.content_type.is_valid(row) {
                out.push_str(",\"observedContentType\":");
                json_string(side.content_type.value(row), out);
            }
            out.push('}');
        }
        out.push_str("},\"eventMetadata\":{");
        let mut fields: Vec<String> = Vec::new();
        if let Some(attributes) = self.attributes(row) {
            fields.push(format!("\"customAttributes\":{attributes}"));
        }
        let mut text = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                let mut field = format!("\"{name}\":");
                json_string(value, &mut field);
                fields.push(field);
            }
        };
        text("eventId", valid(&self.event_id, row));
        text("inferenceId", valid(&self.inference_id, row));
        let times = self
            .inference_time
            .as_primitive::<TimestampMicrosecondType>();
        let time = times.is_valid(row).then(|| format_time(times.value(row)));
        text("inferenceTime", time.as_deref());
        out.push_str(&fields.join(","));
        out.push_str("}}");
    }

    /// Key order as SageMaker writes it for batch transform: no time, no mode, no content type.
    fn transform_line(&self, row: usize, out: &mut String) {
        out.push_str("{\"eventMetadata\":{\"eventId\":");
        json_string(valid(&self.inference_id, row).unwrap_or(""), out);
        out.push_str("},\"eventVersion\":\"0\",");
        self.ground_truth(row, out);
        out.push_str(",\"captureData\":{\"batchTransformOutput\":{\"data\":");
        let encoding = valid(&self.output.encoding, row);
        json_string(&self.transform_data(row, encoding), out);
        if let Some(encoding) = encoding {
            out.push_str(",\"encoding\":");
            json_string(encoding, out);
        }
        out.push_str("}}}");
    }

    /// The whole transform record less id and time, JSON re-serialised compactly.
    fn transform_data(&self, row: usize, encoding: Option<&str>) -> String {
        let output = valid(&self.output.data, row).unwrap_or("");
        if Encoding::parse(encoding) != Encoding::Json {
            return output.to_owned();
        }
        match valid(&self.input.data, row) {
            // The output was cut out of `SageMakerOutput`; its place among the other members is lost, its name is not.
            Some(input) => {
                let members = compact_json(input);
                let rest = members.strip_prefix('{').unwrap_or("}");
                let comma = if rest == "}" { "" } else { "," };
                format!(
                    "{{\"SageMakerOutput\":{}{comma}{rest}",
                    compact_json(output)
                )
            }
            None => compact_json(output),
        }
    }

    fn ground_truth(&self, row: usize, out: &mut String) {
        out.push_str("\"groundTruthData\":{\"data\":");
        json_string(self.label.value(row), out);
        if let Some(encoding) = valid(&self.label_encoding, row) {
            out.push_str(",\"encoding\":");
            json_string(encoding, out);
        }
        out.push('}');
    }

    fn attributes(&self, row: usize) -> Option<String> {
        let lists = self.custom_attributes.as_list::<i32>();
        lists.is_valid(row).then(|| {
            let values = lists.value(row);
            let values = values.as_string::<i32>();
            let mut text = String::from("[");
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                json_string(value.unwrap_or(""), &mut text);
            }
            text.push(']');
            text
        })
    }
}

fn valid(array: &StringArray, row: usize) -> Option<&str> {
    array.is_valid(row).then(|| array.value(row))
}

fn json_string(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
