//! `payload_records(payload, encoding[, path])`: the records of a payload as a list of text.

use std::sync::Arc;

use arrow::array::{ListBuilder, StringBuilder};
use arrow::datatypes::{DataType, Field};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use groundline_capture::{Splitter, records_at};

use super::arguments::{Selectors, encoding, text};

/// Without a path by the rule of design.md "Records of a payload"; with one, the elements of the list it selects.
/// A payload that cannot be read (invalid base64, no list at the path) is null.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct PayloadRecords {
    signature: Signature,
}

impl PayloadRecords {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::one_of(
                vec![TypeSignature::String(2), TypeSignature::String(3)],
                Volatility::Immutable,
            ),
        }
    }
}

impl ScalarUDFImpl for PayloadRecords {
    fn name(&self) -> &str {
        "payload_records"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::List(Arc::new(Field::new_list_field(
            DataType::Utf8,
            true,
        ))))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (payloads, encodings, paths) = (text(&args, 0)?, text(&args, 1)?, text(&args, 2)?);
        let by_rule = args.args.len() < 3;
        let mut parsed = Selectors::default();
        let mut splitter = Splitter::new();
        let mut out = ListBuilder::new(StringBuilder::new());
        for row in 0..args.number_rows {
            let Some(payload) = payloads.get(row) else {
                out.append_null();
                continue;
            };
            let encoding = encoding(&encodings, row);
            if by_rule {
                match splitter.split(payload, encoding) {
                    Ok(pieces) => {
                        for piece in pieces.iter() {
                            out.values().append_value(piece);
                        }
                        out.append(true);
                    }
                    Err(_) => out.append_null(),
                }
                continue;
            }
            match parsed
                .get(paths.get(row))?
                .and_then(|path| records_at(payload, encoding, path))
            {
                Some(records) => {
                    for record in records {
                        out.values().append_value(record);
                    }
                    out.append(true);
                }
                None => out.append_null(),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}
