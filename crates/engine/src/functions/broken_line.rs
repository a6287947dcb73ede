//! `broken_line(line)`: the lines of JSON Lines that are no objects.

use std::sync::Arc;

use arrow::array::StringBuilder;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use serde::de::IgnoredAny;

use super::arguments::text;

/// The line itself where it is no JSON object, else null.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct BrokenLine {
    signature: Signature,
}

impl BrokenLine {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::string(1, Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for BrokenLine {
    fn name(&self) -> &str {
        "broken_line"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let lines = text(&args, 0)?;
        let mut out = StringBuilder::new();
        for row in 0..args.number_rows {
            out.append_option(lines.get(row).filter(|line| !is_object(line)));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

fn is_object(line: &str) -> bool {
    let line = line.trim_start_matches('\u{feff}').trim();
    line.starts_with('{') && serde_json::from_str::<IgnoredAny>(line).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_objects_are_lines() {
        for line in ["{}", " {\"a\": [1, {}]}", "\u{feff}{\"a\": 1}\r"] {
            assert!(is_object(line), "{line}");
        }
        for line in [
            "",
            "garbage",
            "[1]",
            "\"x\"",
            "{\"a\": 1",
            "{} {}",
            "{a: 1}",
        ] {
            assert!(!is_object(line), "{line}");
        }
    }
}
