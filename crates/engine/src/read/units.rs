//! What one task reads: many small files should not cost a task each, nor a large one be read by one.

use arrow::record_batch::RecordBatch;

use super::records::is_divisible;
use crate::tables::Input;

/// Objects and bytes that one task reads.
const UNIT_FILES: usize = 256;
const UNIT_BYTES: u64 = 4 << 20;

/// Some objects, or a part of one, with their numbers in the run.
pub(crate) struct Unit {
    pub(crate) inputs: Vec<(u32, Input)>,
    pub(crate) range: Option<(u64, u64)>,
}

/// Units in order of the inputs, none much larger than `split` bytes if it can be divided.
pub(crate) fn units(inputs: &[Input], split: u64) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut few = Unit {
        inputs: Vec::new(),
        range: None,
    };
    let mut bytes = 0;
    for (number, input) in (0_u32..).zip(inputs) {
        let size = input.bytes();
        let parts = ranges(input, split);
        let full = parts.len() > 1 || bytes + size > UNIT_BYTES || few.inputs.len() == UNIT_FILES;
        if full && !few.inputs.is_empty() {
            units.push(Unit {
                inputs: std::mem::take(&mut few.inputs),
                range: None,
            });
            bytes = 0;
        }
        if parts.len() > 1 {
            units.extend(parts.into_iter().map(|range| Unit {
                inputs: vec![(number, input.clone())],
                range,
            }));
            continue;
        }
        few.inputs.push((number, input.clone()));
        bytes += size;
    }
    if !few.inputs.is_empty() {
        units.push(few);
    }
    units
}

/// A batch in pieces of at most `rows` rows: the decoder never splits a JSON list, however long.
pub(crate) fn pieces(batch: &RecordBatch, rows: usize) -> impl Iterator<Item = RecordBatch> {
    let (all, rows) = (batch.num_rows(), rows.max(1));
    (0..all)
        .step_by(rows)
        .map(move |start| batch.slice(start, rows.min(all - start)))
}

/// Bytes of some objects, unpacked; of packed ones a guess that is seldom too small.
pub(crate) fn unpacked_bytes(inputs: &[Input]) -> u64 {
    /// What ids and numbers in JSON pack to.
    const PACKED: u64 = 12;
    let bytes =
        inputs.iter().map(
            |input| match input.staged.is_some() || is_divisible(&input.object) {
                true => input.bytes(),
                false => input.object.size.saturating_mul(PACKED),
            },
        );
    bytes.sum()
}

/// The parts of an object that are read apart, none much larger than `split` bytes; one where it cannot be divided.
pub(crate) fn ranges(input: &Input, split: u64) -> Vec<Option<(u64, u64)>> {
    let (object, split) = (&input.object, split.max(1));
    if input.staged.is_some() || object.size <= split || !is_divisible(object) {
        return vec![None];
    }
    let parts = 0..object.size.div_ceil(split);
    parts
        .map(|part| Some((part * split, ((part + 1) * split).min(object.size))))
        .collect()
}
