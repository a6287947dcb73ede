//! The ids of a record that could not be read, as far as they can be seen: so that its label can be told what became
//! of its prediction.

use memchr::memmem;

/// Ids that stand in the bytes of a rejected record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
}
