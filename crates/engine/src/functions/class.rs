//! `class_text(text[, label_type])` and `class_number(text)`: values made comparable (design.md "Values").

use std::sync::Arc;

use arrow::array::{Float64Builder, StringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use groundline_capture::{LabelType, class_text, number};

use super::arguments::text;

/// Trimmed, one pair of quotes off, numbers shortened (`"1"`, `1`, `1.0` are one); null when empty.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ClassText {
    signature: Signature,
}

impl ClassText {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::one_of(
                vec![TypeSignature::String(1), TypeSignature::String(2)],
                Volatility::Immutable,
            ),
        }
    }
}

impl ScalarUDFImpl for ClassText {
    fn name(&self) -> &str {
        "class_text"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (values, types) = (text(&args, 0)?, text(&args, 1)?);
        let mut out = StringBuilder::with_capacity(args.number_rows, args.number_rows * 8);
        for row in 0..args.number_rows {
            let label_type = match types.get(row) {
                None | Some("auto") => LabelType::Auto,
                Some("string") => LabelType::String,
                Some(other) => {
                    return exec_err!(
                        "class_text: label type `{other}`; there are auto and string"
                    );
                }
            };
            out.append_option(
                values
                    .get(row)
                    .and_then(|value| class_text(value, label_type)),
            );
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

/// The finite number that a text holds, else null.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ClassNumber {
    signature: Signature,
}

impl ClassNumber {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::one_of(vec![TypeSignature::String(1)], Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for ClassNumber {
    fn name(&self) -> &str {
        "class_number"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let values = text(&args, 0)?;
        let mut out = Float64Builder::with_capacity(args.number_rows);
        for row in 0..args.number_rows {
            out.append_option(values.get(row).and_then(number));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}
