//! Reads the labels of a run, decoded on all threads, handed on in order of (hour, file, position).

use std::sync::Arc;

use futures::StreamExt;
use groundline_capture::Grain;
use hashbrown::DefaultHashBuilder;

use super::label_index::{LABEL_COLUMNS, LabelChunk, LabelFiles, LabelIndex, LabelIndexBuilder};
use super::settings::ModelRun;
use super::spill::SpilledLabels;
use crate::error::EngineError;
use crate::in_order::{Results, in_order};
use crate::memory::Budget;
use crate::options::Plan;
use crate::read::{ReadOptions, ScanLog, Unit, open_ahead, pieces, units, unpacked_bytes};

/// The labels of a run, read.
pub(crate) enum Labels {
    /// They fit the memory limit.
    Indexed(Arc<LabelIndex>),
    /// They do not: in temporary files.
    Spilled {
        labels: SpilledLabels,
        files: Arc<LabelFiles>,
        hasher: DefaultHashBuilder,
    },
}

/// Reads every label of the run.
pub(crate) async fn read_labels(
    run: &Arc<ModelRun>,
    log: &Arc<ScanLog>,
) -> Result<Labels, EngineError> {
    let files = Arc::new(LabelFiles::new(&run.inputs.labels));
    let hasher = DefaultHashBuilder::default();
    let budget = Budget::of(&run.resources).labels;
    let room = match run.plan {
        Plan::Spilled => 0,
        Plan::Fast | Plan::Reference => budget,
    };
    let mut builder = LabelIndexBuilder::new(
        Arc::clone(&files),
        hasher.clone(),
        run.model.mapping.label_layout,
        run.inputs.has_several_places(),
    )
    .naming_nearest(run.unmatched_limits.nearest);
    let mut spilled: Option<SpilledLabels> = None;
    let options = ReadOptions {
        grain: Grain::Capture,
        columns: LABEL_COLUMNS.to_vec(),
        batch_rows: run.resources.batch_size.min(LabelChunk::ROWS),
        batch_bytes: LabelChunk::TEXT,
        limits: run.resources.limits,
        log: Arc::clone(log),
        progress: Some(Arc::clone(&run.progress)),
    };
    let decode = |unit: Unit, chunks: Results<LabelChunk>| {
        let (run, options, hasher) = (Arc::clone(run), options.clone(), hasher.clone());
        async move { decode_unit(&run, unit, &options, &hasher, &chunks).await }
    };
    in_order(
        units(&run.inputs.labels, run.resources.split_size),
        run.resources.under_way(),
        decode,
        |chunk| {
            if let Some(spilled) = &mut spilled {
                return spilled.add(chunk.labels());
            }
            builder.add(chunk)?;
            if builder.bytes() > room {
                let mut files = SpilledLabels::create(parts(run, budget), &run.resources.temp_dir)?;
                builder.drain(|labels| files.add(labels))?;
                spilled = Some(files);
            }
            Ok(())
        },
    )
    .await?;
    Ok(match spilled {
        Some(labels) => Labels::Spilled {
            labels,
            files,
            hasher,
        },
        None => Labels::Indexed(Arc::new(builder.finish(run.resources.threads).await?)),
    })
}

async fn decode_unit(
    run: &ModelRun,
    unit: Unit,
    options: &ReadOptions,
    hasher: &DefaultHashBuilder,
    chunks: &Results<LabelChunk>,
) -> Result<(), EngineError> {
    let mut chunk = LabelChunk::default();
    let mut readers = open_ahead(unit.inputs, unit.range, options);
    while let Some(opened) = readers.next().await {
        let (number, mut reader) = opened?;
        while let Some(batch) = reader.next().await? {
            for piece in pieces(&batch, LabelChunk::ROWS) {
                if chunk.is_full(piece.num_rows()) {
                    // Nobody takes chunks any more when the run has failed elsewhere.
                    if chunks.send(std::mem::take(&mut chunk)).await.is_err() {
                        return Ok(());
                    }
                }
                chunk.add(number, &piece, run.ground_truth.as_ref(), hasher)?;
            }
        }
    }
    if !chunk.is_empty() {
        let _ = chunks.send(chunk).await;
    }
    Ok(())
}

/// Parts of the labels such that as many as there are threads fit `room` at once.
fn parts(run: &ModelRun, room: usize) -> usize {
    /// Each part has some rows in memory while it is written.
    const MOST: u64 = 256;
    // The index takes about as many bytes as the lines did; a part that turns out too large is joined alone.
    let bytes = unpacked_bytes(&run.inputs.labels);
    // Half of the room is for what is not alike in size, and for blocks on their way.
    let share = (room / run.resources.threads.max(1) / 2).max(1) as u64;
    usize::try_from(bytes.div_ceil(share).clamp(4, MOST).next_power_of_two()).unwrap_or(4)
}
