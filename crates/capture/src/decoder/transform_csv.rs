//! One row of batch transform output as CSV (formats.md 2.2): the columns, then the id, then the time.

use std::borrow::Cow;

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
        let ids = ids(row);
        let (output, shared) = match &ids {
            Ok((output, id, time)) => {
                let shared = Shared {
                    position,
                    inference_id: Some(Text::plain(id)),
                    inference_time: Some(*time),
                    ..Shared::default()
                };
                (*output, shared)
            }
            Err(_) if self.ids_optional => {
                let shared = Shared {
                    position,
                    ..Shared::default()
                };
                (row, shared)
            }
            Err(says) => return Err(Fault::says(Reason::NoInferenceId, says).into()),
        };
        let id = shared.inference_id.map_or(0, Text::len);
        if !self.rows.has_room(1, 2 * id, output.len()) {
            return Err(expands_too_far(1));
        }
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

/// What SageMaker appended to a row: the row without it, the id, the time; or why it is not there.
fn ids(row: &str) -> Result<(&str, Cow<'_, str>, i64), &'static str> {
    let (output, id, time) = last_two(row)
        .ok_or("fewer than two fields, expected SageMaker's id and time as the last two")?;
    let time = parse_time(&field_value(time))
        .ok_or("the last field is no time, expected SageMaker's id and time as the last two")?;
    let id = field_value(id);
    if id.is_empty() {
        return Err("the field before the time is empty, expected SageMaker's id there");
    }
    Ok((output, id, time))
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
