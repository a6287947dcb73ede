//! What one task reads: many small files should not cost a task each, nor a large one be read by one.

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
        let size = input.object.size;
        let large = size > split && is_divisible(&input.object);
        let full = large || bytes + size > UNIT_BYTES || few.inputs.len() == UNIT_FILES;
        if full && !few.inputs.is_empty() {
            units.push(Unit {
                inputs: std::mem::take(&mut few.inputs),
                range: None,
            });
            bytes = 0;
        }
        if large {
            let split = split.max(1);
            units.extend((0..size.div_ceil(split)).map(|part| Unit {
                inputs: vec![(number, input.clone())],
                range: Some((part * split, ((part + 1) * split).min(size))),
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
