//! One row of batch transform output as CSV (formats.md 2.2): the columns, then the id, then the time.

use super::rows::{Own, Shared};
use super::{Decoder, Refusal, expands_too_far};
use crate::fault::Fault;
use crate::json::Text;
use crate::payload::csv::{field_value, is_unclosed, raw_fields};
use crate::reject::Reason;
use crate::time::parse_time;

impl Decoder {
    /// Appends one transform row.
    pub(super) fn transform_row(&mut self, row: &str, position: u64) -> Result<usize, Refusal> {
        if row.contains('"') && is_unclosed(row) {
            let says = "a quote opens a field and never closes";
            return Err(Fault::says(Reason::BadCsv, says).into());
        }
        let Some((output, id, time)) = last_two(row) else {
            let says = "fewer than two fields, expected SageMaker's id and time as the last two";
            return Err(Fault::says(Reason::NoInferenceId, says).into());
        };
        let (id, time) = (field_value(id), field_value(time));
        let Some(inference_time) = parse_time(&time) else {
            let says =
                "the last field is no time, expected SageMaker's id and time as the last two";
            return Err(Fault::says(Reason::NoInferenceId, says).into());
        };
        if id.is_empty() {
            let says = "the field before the time is empty, expected SageMaker's id there";
            return Err(Fault::says(Reason::NoInferenceId, says).into());
        }
        if !self.rows.has_room(1, 2 * id.len(), output.len()) {
            return Err(expands_too_far(1));
        }
        let shared = Shared {
            position,
            inference_id: Some(Text::plain(&id)),
            inference_time: Some(inference_time),
            ..Shared::default()
        };
        let own = Own {
            output: Some(Text::plain(output)),
            output_encoding: Some(Text::plain("CSV")),
            record_count: 1,
            ..Own::default()
        };
        self.rows.push(&shared, &own);
        Ok(1)
    }
}

/// The row before its last two fields, and those fields.
fn last_two(row: &str) -> Option<(&str, &str, &str)> {
    if !row.contains('"') {
        let (rest, time) = row.rsplit_once(',')?;
        let (output, id) = rest.rsplit_once(',').unwrap_or(("", rest));
        return Some((output.trim_end(), id, time));
    }
    let mut last = None;
    let mut before = None;
    let mut at = 0;
    for raw in raw_fields(row) {
        before = last.replace((at, raw));
        at += raw.len() + 1;
    }
    let ((_, time), (id_at, id)) = (last?, before?);
    let output = row.get(..id_at.saturating_sub(1))?.trim_end();
    Some((output, id, time))
}
