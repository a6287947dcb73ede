//! One merged record as the capture and the label that it was made of (formats.md 4.5).
//!
//! The text of payloads is handed on as it stands: no number is read and written again.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::environment::shown;

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow, rename = "captureData")]
    capture: Option<&'a RawValue>,
    #[serde(borrow, rename = "groundTruthData")]
    label: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Sides<'a> {
    #[serde(borrow, rename = "endpointOutput")]
    endpoint: Option<&'a RawValue>,
    #[serde(borrow, rename = "batchTransformOutput")]
    batch: Option<&'a RawValue>,
    /// A request whose response was not captured has a label all the same: it is counted, and cannot be measured.
    #[serde(borrow, rename = "endpointInput")]
    input: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
    encoding: Option<String>,
}

/// A transform record whose output was joined to its input.
#[derive(Deserialize)]
struct Joined<'a> {
    #[serde(borrow, rename = "SageMakerOutput")]
    output: Option<&'a RawValue>,
}

/// What a merged record came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Endpoint,
    Transform,
}

/// Appends the capture and the label of a merged record, a line each, under one id.
///
/// The output of a transform stands for that of an endpoint: its index counts in the whole row, and `SageMakerOutput` is
/// the output where it is there.
pub(crate) fn split(
    line: &[u8],
    id: &str,
    time: &str,
    captures: &mut Vec<u8>,
    labels: &mut Vec<u8>,
) -> Result<Origin, String> {
    let no_json =
        |error: serde_json::Error| format!("is no JSON object of a merged record: {error}");
    let record: Record<'_> = serde_json::from_slice(line).map_err(no_json)?;
    let label = record.label.ok_or("has no groundTruthData")?;
    let capture = record.capture.ok_or("has no captureData")?;
    let sides: Sides<'_> = serde_json::from_str(capture.get()).map_err(no_json)?;
    let (capture, origin) = match sides {
        Sides {
            endpoint: None,
            batch: Some(output),
            ..
        } => {
            let output = transform(output.get())?;
            let capture = format!("{{\"endpointOutput\":{output}}}");
            (Cow::Owned(capture), Origin::Transform)
        }
        Sides {
            endpoint: None,
            input: None,
            ..
        } => return Err("has neither endpointOutput nor batchTransformOutput".to_owned()),
        Sides { .. } => (Cow::Borrowed(capture.get()), Origin::Endpoint),
    };
    let id = Value::from(id);
    captures.extend_from_slice(
        format!(
            "{{\"captureData\":{capture},\"eventMetadata\":{{\"eventId\":{id},\"inferenceTime\":\"{time}\"}},\"eventVersion\":\"0\"}}\n"
        )
        .as_bytes(),
    );
    labels.extend_from_slice(
        format!(
            "{{\"groundTruthData\":{},\"eventMetadata\":{{\"eventId\":{id}}},\"eventVersion\":\"0\"}}\n",
            label.get()
        )
        .as_bytes(),
    );
    Ok(origin)
}

/// The payload of a transform as an endpoint would have it.
fn transform(payload: &str) -> Result<String, String> {
    let found: Payload<'_> = serde_json::from_str(payload)
        .map_err(|error| format!("has a batchTransformOutput that is no payload: {error}"))?;
    let encoding = found.encoding.as_deref().unwrap_or("JSON");
    let output = match encoding {
        "JSON" => serde_json::from_str::<Joined<'_>>(&found.data)
            .ok()
            .and_then(|joined| joined.output),
        "CSV" | "BASE64" => None,
        other => return Err(format!("has the encoding `{}`", shown(other))),
    };
    let data = Value::from(output.map_or(&*found.data, RawValue::get));
    let encoding = Value::from(encoding);
    Ok(format!(
        "{{\"data\":{data},\"encoding\":{encoding},\"mode\":\"OUTPUT\"}}"
    ))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn split_text(line: &str) -> Result<(Origin, Value, Value), String> {
        let (mut captures, mut labels) = (Vec::new(), Vec::new());
        let origin = split(
            line.as_bytes(),
            "0-1",
            "2026-01-01T00:00:00Z",
            &mut captures,
            &mut labels,
        )?;
        let parsed = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
        Ok((origin, parsed(&captures), parsed(&labels)))
    }

    #[test]
    fn an_endpoints_record_keeps_both_payloads_under_a_new_id() {
        let line = r#"{"eventVersion":"0","groundTruthData":{"data":"0","encoding":"CSV"},"captureData":{"endpointInput":{"data":"3,1","encoding":"CSV"},"endpointOutput":{"data":"1e-05","encoding":"CSV"}},"eventMetadata":{"eventId":"x","inferenceId":"7"}}"#;
        let (origin, capture, label) = split_text(line).unwrap();
        assert_eq!(origin, Origin::Endpoint);
        assert_eq!(capture["eventMetadata"]["eventId"], "0-1");
        assert_eq!(capture["eventMetadata"].get("inferenceId"), None);
        assert_eq!(capture["captureData"]["endpointOutput"]["data"], "1e-05");
        assert_eq!(capture["captureData"]["endpointInput"]["data"], "3,1");
        assert_eq!(label["eventMetadata"]["eventId"], "0-1");
        assert_eq!(label["groundTruthData"]["data"], "0");
    }

    #[test]
    fn the_output_of_a_joined_transform_is_cut_out_as_it_stands() {
        let line = r#"{"groundTruthData":{"data":"1"},"captureData":{"batchTransformOutput":{"data":"{\"SageMakerOutput\":{\"score\":0.10},\"features\":[1]}","encoding":"JSON"}}}"#;
        let (origin, capture, _) = split_text(line).unwrap();
        assert_eq!(origin, Origin::Transform);
        let output = &capture["captureData"]["endpointOutput"];
        assert_eq!(output["data"], r#"{"score":0.10}"#);
        let plain = line.replace("SageMakerOutput", "anything");
        let (_, capture, _) = split_text(&plain).unwrap();
        let data = capture["captureData"]["endpointOutput"]["data"].clone();
        assert!(data.as_str().unwrap().contains("features"));
    }

    #[test]
    fn what_is_no_merged_record_says_why() {
        let label = r#""groundTruthData":{"data":"1","encoding":"CSV"}"#;
        for (line, why) in [
            ("{", "is no JSON object of a merged record: EOF"),
            ("[1]", "is no JSON object of a merged record"),
            (r#"{"captureData":{}}"#, "has no groundTruthData"),
            (&format!("{{{label}}}"), "has no captureData"),
            (
                &format!(r#"{{{label},"captureData":{{"endpointInputs":{{}}}}}}"#),
                "has neither endpointOutput nor batchTransformOutput",
            ),
            (
                &format!(r#"{{{label},"captureData":{{"batchTransformOutput":{{"data":7}}}}}}"#),
                "has a batchTransformOutput that is no payload",
            ),
        ] {
            let found = split_text(line).unwrap_err();
            assert!(found.starts_with(why), "{line}: {found}");
        }
        assert!(split(b"\xff", "i", "t", &mut Vec::new(), &mut Vec::new()).is_err());
    }

    #[test]
    fn no_part_of_a_line_is_taken_for_a_line() {
        let line = r#"{"captureData":{"batchTransformOutput":{"data":"{\"SageMakerOutput\":{\"é\":1}}","encoding":"JSON"}},"groundTruthData":{"data":"1"}}"#;
        assert!(split_text(line).is_ok());
        for end in 0..line.len() {
            let part = &line.as_bytes()[..end];
            let found = split(part, "i", "t", &mut Vec::new(), &mut Vec::new());
            assert!(found.is_err(), "{end}");
        }
    }
}
