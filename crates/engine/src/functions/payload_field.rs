//! `payload_field(payload, encoding, selector)`: one field of a payload as text.

use std::sync::Arc;

use arrow::array::StringBuilder;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use groundline_capture::{Field, Scratch, field};

use super::arguments::{Selectors, encoding, text};

/// Null where the payload, the selector or the field is null or absent.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct PayloadField {
    signature: Signature,
}

impl PayloadField {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::one_of(vec![TypeSignature::String(3)], Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for PayloadField {
    fn name(&self) -> &str {
        "payload_field"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (payloads, encodings, selectors) = (text(&args, 0)?, text(&args, 1)?, text(&args, 2)?);
        let mut parsed = Selectors::default();
        let mut scratch = Scratch::new();
        let mut out = StringBuilder::with_capacity(args.number_rows, args.number_rows * 16);
        for row in 0..args.number_rows {
            let (Some(payload), Some(selector)) =
                (payloads.get(row), parsed.get(selectors.get(row))?)
            else {
                out.append_null();
                continue;
            };
            match field(payload, encoding(&encodings, row), selector, &mut scratch) {
                Field::Text(value) => out.append_value(value),
                Field::Null | Field::Absent => out.append_null(),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}
