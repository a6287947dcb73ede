//! What S3 answers to the question for unfinished uploads.

use percent_encoding::percent_decode_str;
use serde::Deserialize;

use crate::hour::{Hour, digits};

/// An upload that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    pub(crate) key: String,
    pub(crate) id: String,
    /// Microseconds since the epoch.
    pub(crate) begun_micros: i64,
}

/// Where the next page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Markers {
    pub(crate) key: String,
    pub(crate) id: String,
}

/// One answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) found: Vec<Upload>,
    pub(crate) next: Option<Markers>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    is_truncated: bool,
    #[serde(default)]
    encoding_type: String,
    #[serde(default)]
    next_key_marker: String,
    #[serde(default)]
    next_upload_id_marker: String,
    #[serde(default, rename = "Upload")]
    uploads: Vec<Begun>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Begun {
    key: String,
    upload_id: String,
    initiated: String,
}

impl Page {
    /// The error is in our words: nothing of the text is in it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let answer: Answer = quick_xml::de::from_str(text)
            .map_err(|_| "the list of unfinished uploads is none of S3's form".to_owned())?;
        let encoded = answer.encoding_type.eq_ignore_ascii_case("url");
        let plain = |key: String| match encoded {
            // As in a form: a plus that is meant comes as `%2B`.
            true => percent_decode_str(&key.replace('+', " "))
                .decode_utf8_lossy()
                .into_owned(),
            false => key,
        };
        let found = answer.uploads.into_iter().map(|begun| {
            let begun_micros = micros(&begun.initiated)
                .ok_or("the list of unfinished uploads has a time that is none")?;
            Ok(Upload {
                key: plain(begun.key),
                id: begun.upload_id,
                begun_micros,
            })
        });
        Ok(Self {
            found: found.collect::<Result<_, &str>>()?,
            next: answer.is_truncated.then(|| Markers {
                key: plain(answer.next_key_marker),
                id: answer.next_upload_id_marker,
            }),
        })
    }
}

/// `2026-11-01T05:06:07.089Z`
fn micros(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let length = fraction.len().min(6);
    let fraction = digits(fraction.get(..length)?, length)?;
    let micros = i64::from(fraction) * 10_i64.pow(6 - length as u32);
    let seconds = i64::from(minute) * 60 + i64::from(second);
    // A leap second is the next minute's.
    let known = minute < 60 && second <= 60;
    let hour = Hour::from_parts(i64::from(year), month, day, hour).filter(|_| known)?;
    Some(hour.micros() + seconds * 1_000_000 + micros)
}

fn numbers(text: &str, between: char, lengths: [usize; 3]) -> Option<[u32; 3]> {
    let mut parts = text.split(between);
    let mut numbers = [0; 3];
    for (number, length) in numbers.iter_mut().zip(lengths) {
        *number = digits(parts.next()?, length)?;
    }
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    const AMAZON: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Bucket>b</Bucket><KeyMarker/><UploadIdMarker/>
  <NextKeyMarker>out/a+b%2Bc</NextKeyMarker><NextUploadIdMarker>id&amp;2</NextUploadIdMarker>
  <EncodingType>url</EncodingType><MaxUploads>2</MaxUploads><IsTruncated>true</IsTruncated>
  <Upload><Key>out/a%2520%3D%C3%A9</Key><UploadId>id1</UploadId>
    <Initiator><ID>x</ID></Initiator><StorageClass>STANDARD</StorageClass>
    <Initiated>1970-01-01T01:00:01.500Z</Initiated></Upload>
  <Upload><Key>out/a+b%2Bc</Key><UploadId>id&amp;2</UploadId><Initiated>1970-01-01T00:00:00Z</Initiated></Upload>
</ListMultipartUploadsResult>"#;

    #[test]
    fn keys_times_and_the_next_page_are_read() {
        let upload = |key: &str, id: &str, begun_micros| Upload {
            key: key.into(),
            id: id.into(),
            begun_micros,
        };
        let expected = Page {
            found: vec![
                upload("out/a%20=é", "id1", 3_601_500_000),
                upload("out/a b+c", "id&2", 0),
            ],
            next: Some(Markers {
                key: "out/a b+c".into(),
                id: "id&2".into(),
            }),
        };
        assert_eq!(Page::parse(AMAZON).unwrap(), expected);
    }

    #[test]
    fn keys_of_a_service_that_does_not_encode_are_literal() {
        let text = "<R><IsTruncated>false</IsTruncated><Upload><Key>a+b%20</Key><UploadId>i</UploadId>\
            <Initiated>2026-11-01T05:06:07.089Z</Initiated></Upload></R>";
        let page = Page::parse(text).unwrap();
        assert_eq!(page.found.first().unwrap().key, "a+b%20");
        assert_eq!(page.next, None);
        assert_eq!(Page::parse("<R/>").unwrap().found, []);
    }

    #[test]
    fn what_is_no_such_list_is_refused_without_repeating_it() {
        for text in ["", "SECRET", "<R><Upload><Key>SECRET</Key></Upload></R>"] {
            let why = Page::parse(text).unwrap_err();
            assert!(!why.contains("SECRET"), "{why}");
        }
        for time in [
            "",
            "2026-11-01",
            "2026-11-01T05:06Z",
            "2026-11-01T05:06:07",
            "2026-13-01T05:06:07Z",
            "2026-11-01T05:60:07Z",
            "2026-11-01T05:06:07.Z",
        ] {
            assert_eq!(micros(time), None, "{time}");
        }
    }
}
