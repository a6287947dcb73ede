//! `shown_id(id)`: an id as messages show it, in quotes where it would otherwise be misread.

use std::sync::Arc;

use arrow::array::StringBuilder;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::arguments::text;
use crate::shown_id::shown_id;

/// See the module's documentation; null stays null.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ShownId {
    signature: Signature,
}

impl ShownId {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::string(1, Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for ShownId {
    fn name(&self) -> &str {
        "shown_id"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let ids = text(&args, 0)?;
        let mut out = StringBuilder::with_capacity(args.number_rows, args.number_rows * 16);
        for row in 0..args.number_rows {
            out.append_option(ids.get(row).map(shown_id));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}
