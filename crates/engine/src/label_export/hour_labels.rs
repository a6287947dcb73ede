//! The ground truth of one hour, written only if it is not there already.

use arrow::array::{Array, AsArray};
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use futures::TryStreamExt;
use groundline_store::{AtomicWriter, Root, head};
use object_store::ObjectStoreExt;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::EngineError;
use crate::read::{ReadOptions, RecordReader};
use crate::tables::Input;

/// Bytes that are handed to the store at once.
const PIECE: usize = 1 << 20;

/// What became of an hour's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// It was there, with the same bytes.
    Same,
    New,
}

/// One record as SageMaker documents it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    ground_truth_data: Data<'a>,
    event_metadata: Event<'a>,
    event_version: &'static str,
}

#[derive(Serialize)]
struct Data<'a> {
    data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    event_id: &'a str,
}

/// Writes the labels of one hour, in order; how many there are. An hour without any is not written.
pub(super) async fn write_hour(
    root: &Root,
    key: &str,
    inputs: &[Input],
    options: &ReadOptions,
) -> Result<(u64, Written), EngineError> {
    let mut writer = AtomicWriter::create(root, key).await?;
    let mut hasher = Sha256::new();
    let mut piece = Vec::new();
    let mut labels = 0;
    for input in inputs {
        let mut reader = RecordReader::open(input, None, options).await?;
        while let Some(batch) = reader.next().await? {
            labels += batch.num_rows() as u64;
            append(&batch, &mut piece)?;
            if piece.len() >= PIECE {
                hasher.update(&piece);
                writer
                    .write(Bytes::from(std::mem::take(&mut piece)))
                    .await?;
            }
        }
    }
    hasher.update(&piece);
    writer.write(Bytes::from(piece)).await?;
    if labels == 0 || is_there(root, key, writer.size(), &hasher.finalize()).await? {
        writer.abort().await;
        return Ok((labels, Written::Same));
    }
    writer.commit().await?;
    Ok((labels, Written::New))
}

/// Adds a line for each label of `batch`: key, label, encoding.
fn append(batch: &RecordBatch, lines: &mut Vec<u8>) -> Result<(), EngineError> {
    let keys = batch.column(0).as_string::<i32>();
    let labels = batch.column(1).as_string::<i32>();
    let encodings = batch.column(2).as_string::<i32>();
    for row in 0..batch.num_rows() {
        let record = Record {
            ground_truth_data: Data {
                data: labels.is_valid(row).then(|| labels.value(row)),
                encoding: encodings.is_valid(row).then(|| encodings.value(row)),
            },
            event_metadata: Event {
                event_id: keys.value(row),
            },
            event_version: "0",
        };
        serde_json::to_writer(&mut *lines, &record).map_err(arrow_error)?;
        lines.push(b'\n');
    }
    Ok(())
}

/// Text as JSON cannot fail; if it did, it would be an error of the encoder.
fn arrow_error(error: serde_json::Error) -> EngineError {
    arrow::error::ArrowError::JsonError(error.to_string()).into()
}

/// Whether the object has these bytes already.
async fn is_there(root: &Root, key: &str, size: u64, sha256: &[u8]) -> Result<bool, EngineError> {
    let path = root.child(key)?;
    match head(root, &path).await? {
        Some(object) if object.size == size => {}
        _ => return Ok(false),
    }
    let failed = |source| EngineError::Fetch {
        file: key.to_owned(),
        source,
    };
    let found = root.store().get(&path).await.map_err(failed)?;
    let mut bytes = found.into_stream();
    let mut hasher = Sha256::new();
    while let Some(piece) = bytes.try_next().await.map_err(failed)? {
        hasher.update(&piece);
    }
    Ok(hasher.finalize().as_slice() == sha256)
}
