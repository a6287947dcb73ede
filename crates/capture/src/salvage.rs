//! The ids of a record that could not be read, as far as they can be seen: so that its label can be told what became
//! of its prediction.

use memchr::memmem;

use crate::payload::csv::field_value;
use serde::{Deserialize, Serialize};

/// Ids that stand in the bytes of a rejected record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Salvaged {
    /// `eventId`
    pub event_id: Option<String>,
    /// `inferenceId` or `SageMakerInferenceId`
    pub inference_id: Option<String>,
}

/// Longer ones are not ids.
const LONGEST: usize = 1024;

impl Salvaged {
    /// Looks for the members by name: the record is broken, so its structure cannot be trusted. Names inside payloads
    /// have escaped quotes and are not found.
    pub(crate) fn from(record: &[u8]) -> Salvaged {
        let inference_id = value(record, b"\"inferenceId\"");
        Salvaged {
            event_id: value(record, b"\"eventId\""),
            inference_id: inference_id.or_else(|| value(record, b"\"SageMakerInferenceId\"")),
        }
    }

    /// Looks at the last two columns of a CSV transform row, where SageMaker puts its id and the time. Rows have no
    /// names, so the last column must still look like a time or the one before it like an id of SageMaker's: else a
    /// row that never had an id would lend a value of the model's to labels.
    pub(crate) fn from_row(row: &[u8]) -> Salvaged {
        let mut columns = row.trim_ascii_end().rsplitn(3, |byte| *byte == b',');
        let mut column = || std::str::from_utf8(columns.next()?).ok();
        let (Some(time), Some(id)) = (column(), column()) else {
            return Salvaged::default();
        };
        let (time, id) = (field_value(time), field_value(id));
        let is_id = !id.is_empty() && id.len() <= LONGEST && !id.contains('"');
        let shows = is_id && (begins_as_time(&time) || is_uuid(&id));
        Salvaged {
            event_id: None,
            inference_id: shows.then(|| id.into_owned()),
        }
    }

    /// The id of a label whose row was read but is no label.
    pub fn of_label(id: &str) -> Salvaged {
        Salvaged {
            event_id: (!id.is_empty() && id.len() <= LONGEST).then(|| id.to_owned()),
            inference_id: None,
        }
    }
}

/// A year and a dash: what is wrong with the rest of the time does not matter.
fn begins_as_time(text: &str) -> bool {
    let year = text.as_bytes().first_chunk::<5>();
    year.is_some_and(|[year @ .., dash]| *dash == b'-' && year.iter().all(u8::is_ascii_digit))
}

/// The form of the ids that SageMaker makes.
fn is_uuid(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    let fits = |(at, byte): (usize, u8)| match dashes.contains(&at) {
        true => byte == b'-',
        false => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}

/// The last text that follows `name` and a colon.
fn value(record: &[u8], name: &[u8]) -> Option<String> {
    memmem::rfind_iter(record, name).find_map(|at| {
        let rest = record.get(at + name.len()..)?.trim_ascii_start();
        let rest = rest.strip_prefix(b":")?.trim_ascii_start();
        let text = rest.strip_prefix(b"\"")?;
        let text = text.get(..memchr::memchr2(b'"', b'\\', text)?)?;
        // An escape inside is rare in ids, and may be what is broken.
        let whole = rest.get(text.len() + 1) == Some(&b'"');
        let text = std::str::from_utf8(text).ok()?;
        (whole && !text.is_empty() && text.len() <= LONGEST).then(|| text.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::Salvaged;

    #[test]
    fn ids_are_found_whatever_is_broken_around_them() {
        let ids = |event: Option<&str>, inference: Option<&str>| Salvaged {
            event_id: event.map(str::to_owned),
            inference_id: inference.map(str::to_owned),
        };
        for (record, found) in [
            (
                r#"{"captureData":{"endpointOutput":{"data":"\x"}},"eventMetadata":{"eventId":"e-1","inferenceId" : "o-7"}}"#,
                ids(Some("e-1"), Some("o-7")),
            ),
            (
                r#"{"eventMetadata":{"eventId":"e-1"},"captureData":{"#,
                ids(Some("e-1"), None),
            ),
            (r#"{"a":1,"SageMakerInferenceId":"t"#, ids(None, None)),
            (r#"{"SageMakerInferenceId":"t","x"#, ids(None, Some("t"))),
            // Inside a payload the quotes are escaped.
            (r#"{"data":"{\"eventId\":\"no\"}"#, ids(None, None)),
            (
                r#"{"eventId":7,"inferenceId":"","eventId":"a\u0041"}"#,
                ids(None, None),
            ),
        ] {
            assert_eq!(Salvaged::from(record.as_bytes()), found, "{record}");
        }
    }

    #[test]
    fn a_row_keeps_its_id_while_its_last_columns_show_one() {
        let uuid = "8f14e45f-ceea-467f-a0e6-1b2c3d4e5f60";
        for (row, found) in [
            (&b"0.5,t-1,2026-11-01T00:00:00Z"[..], Some("t-1")),
            (b"\xff0.5,t-1,2026-11-01T00:00:00Z\r\n", Some("t-1")),
            (b"\"open,0.5,\"t-1\", 2026-11-01T00:00:00Z", Some("t-1")),
            // A time that cannot be read is one all the same.
            (b"0.5,t-1,2026-13-01T00:00:00Z", Some("t-1")),
            (b"t-1,2026-", Some("t-1")),
            (format!("0.5,{uuid},soon").as_bytes(), Some(uuid)),
            // Values of the model's are no ids.
            (b"0.5,7,yesterday", None),
            (b"0.5,7,2026", None),
            (b"0.5,,2026-11-01T00:00:00Z", None),
            (b"0.5,t\"1,2026-11-01T00:00:00Z", None),
            (b"0.5,\xff,2026-11-01T00:00:00Z", None),
            (b"2026-11-01T00:00:00Z", None),
            (b"", None),
        ] {
            let ids = Salvaged::from_row(row);
            assert_eq!(ids.inference_id.as_deref(), found, "{}", row.escape_ascii());
            assert_eq!(ids.event_id, None);
        }
    }
}
