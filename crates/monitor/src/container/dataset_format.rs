//! `dataset_format`: how the analyzer is told what it reads (formats.md 5).

use serde_json::{Map, Value};

use super::environment::{Environment, VariableError, as_in, missing, refused};

const NAME: &str = "dataset_format";
const EXAMPLE: &str = r#"{"sagemakerMergeJson":{"captureIndexNames":["endpointOutput"]}}"#;
const EXPECTED: &str = "JSON text with one of sagemakerMergeJson, csv, json, parquet";

/// The payloads of a merged record that hold a prediction.
const OUTPUTS: [&str; 2] = ["endpointOutput", "batchTransformOutput"];

/// What the analyzer reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatasetFormat {
    /// What a merge job wrote.
    Merged,
    /// A table with columns for label and prediction.
    Csv {
        header: bool,
    },
    /// One JSON document a line.
    JsonLines,
    Parquet,
}

impl DatasetFormat {
    /// Reads the variable.
    pub(crate) fn read(environment: &Environment) -> Result<Self, VariableError> {
        let Some(text) = environment.text(NAME)? else {
            return Err(missing(NAME, EXPECTED, EXAMPLE));
        };
        let wrong = |expected: &str| refused(NAME, &text, expected, &as_in(NAME, EXAMPLE));
        let format: Value = serde_json::from_str(&text)
            .map_err(|error| wrong(&format!("{EXPECTED}; it is no JSON: {error}")))?;
        let one = format.as_object().and_then(|members| {
            let mut members = members.iter();
            members.next().filter(|_| members.next().is_none())
        });
        let Some((kind, settings)) = one else {
            return Err(wrong(EXPECTED));
        };
        let empty = Map::new();
        let settings = match settings {
            Value::Object(settings) => settings,
            Value::Null => &empty,
            _ => return Err(wrong(&format!("an object under `{kind}`"))),
        };
        // The API writes names with a capital, the analyzer's environment without.
        let member = |name: &str| {
            let mut members = settings.iter();
            members
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        };
        let switch = |name: &str, default: bool| match member(name) {
            None | Some(Value::Null) => Ok(default),
            Some(Value::Bool(on)) => Ok(*on),
            Some(_) => Err(wrong(&format!("true or false under `{kind}.{name}`"))),
        };
        match kind.to_ascii_lowercase().as_str() {
            "sagemakermergejson" => {
                index_names(member("captureIndexNames")).map_err(|expected| wrong(&expected))?;
                Ok(Self::Merged)
            }
            "csv" => Ok(Self::Csv {
                header: switch("header", false)?,
            }),
            "json" => match switch("lines", false)? || switch("line", false)? {
                true => Ok(Self::JsonLines),
                false => Err(refused(
                    NAME,
                    &text,
                    "JSON Lines, one document a line",
                    &format!(
                        "write the data set as JSON Lines, and {}",
                        as_in(NAME, r#"{"json":{"lines":true}}"#)
                    ),
                )),
            },
            "parquet" => Ok(Self::Parquet),
            "sagemakercapturejson" => Err(refused(
                NAME,
                &text,
                "merged records: captures have no labels",
                "merge first with `groundline container merge`, and read its output with sagemakerMergeJson",
            )),
            _ => Err(wrong(EXPECTED)),
        }
    }
}

/// Attributes are looked for in the output, so the names must be of one.
fn index_names(names: Option<&Value>) -> Result<(), String> {
    let expected = || {
        format!(
            "captureIndexNames with one of {}: attributes are found in the output of a record",
            OUTPUTS.join(", ")
        )
    };
    match names {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Array(names)) => match names.as_slice() {
            [Value::String(name)] if OUTPUTS.contains(&name.as_str()) => Ok(()),
            _ => Err(expected()),
        },
        Some(_) => Err(expected()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::super::environment::tests::environment;
    use super::*;

    fn read(text: &str) -> Result<DatasetFormat, VariableError> {
        DatasetFormat::read(&environment(&[(NAME, text)]))
    }

    #[test]
    fn every_format_of_the_contract_is_understood() {
        for (text, format) in [
            (EXAMPLE, DatasetFormat::Merged),
            (
                r#"{"sagemakerMergeJson":{"captureIndexNames":["batchTransformOutput"]}}"#,
                DatasetFormat::Merged,
            ),
            (
                r#"{"csv": {"header": true, "output_columns_position": "START"}}"#,
                DatasetFormat::Csv { header: true },
            ),
            (r#"{"Csv":{}}"#, DatasetFormat::Csv { header: false }),
            (r#"{"json":{"lines":true}}"#, DatasetFormat::JsonLines),
            (r#"{"Json":{"Line":true}}"#, DatasetFormat::JsonLines),
            (r#"{"parquet":{}}"#, DatasetFormat::Parquet),
        ] {
            assert_eq!(read(text).unwrap(), format, "{text}");
        }
    }

    #[test]
    fn what_is_no_format_is_named_with_what_was_expected() {
        for (text, said) in [
            ("csv", "it is no JSON: expected value at line 1 column 1"),
            ("[]", "JSON text with one of"),
            (r#"{"csv":{},"json":{}}"#, "JSON text with one of"),
            (r#"{"avro":{}}"#, "JSON text with one of"),
            (r#"{"csv":[1]}"#, "an object under `csv`"),
            (
                r#"{"csv":{"header":"true"}}"#,
                "true or false under `csv.header`",
            ),
            (
                r#"{"json":{"lines":false}}"#,
                "JSON Lines, one document a line",
            ),
            (r#"{"sagemakerCaptureJson":{}}"#, "captures have no labels"),
            (
                r#"{"sagemakerMergeJson":{"captureIndexNames":["endpointInput","endpointOutput"]}}"#,
                "attributes are found in the output",
            ),
            (
                r#"{"sagemakerMergeJson":{"captureIndexNames":"endpointOutput"}}"#,
                "captureIndexNames with one of",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.to_string().contains(said), "{text}: {error}");
            assert!(!error.hint.is_empty());
        }
        let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
        assert!(read(&deep).is_err());
    }
}
