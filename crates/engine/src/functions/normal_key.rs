//! `normal_key(key)`: a key without what differs only in how it was written.

use std::sync::Arc;

use arrow::array::StringBuilder;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::arguments::text;
use crate::normal_key::normal_key;

/// Blanks around it and a pair of quotes off, ASCII letters in lower case; null stays null.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct NormalKey {
    signature: Signature,
}

impl NormalKey {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::string(1, Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for NormalKey {
    fn name(&self) -> &str {
        "normal_key"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let keys = text(&args, 0)?;
        let mut out = StringBuilder::with_capacity(args.number_rows, args.number_rows * 16);
        for row in 0..args.number_rows {
            out.append_option(keys.get(row).map(normal_key));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}
