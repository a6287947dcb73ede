//! Arguments of our functions as text columns, and selectors that are parsed once per batch.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};
use datafusion::scalar::ScalarValue;
use groundline_capture::{Encoding, Selector};

use crate::error::EngineError;

/// A text argument: one value for all rows, or one each.
pub(super) enum TextArgument {
    Constant(Option<String>),
    Column(StringArray),
}

impl TextArgument {
    pub(super) fn get(&self, row: usize) -> Option<&str> {
        match self {
            Self::Constant(value) => value.as_deref(),
            Self::Column(column) => column.is_valid(row).then(|| column.value(row)),
        }
    }
}

/// Argument `index` as text; a missing one is null.
pub(super) fn text(args: &ScalarFunctionArgs, index: usize) -> Result<TextArgument> {
    Ok(match args.args.get(index) {
        None => TextArgument::Constant(None),
        Some(ColumnarValue::Scalar(value)) => TextArgument::Constant(scalar_text(value)?),
        Some(ColumnarValue::Array(array)) => {
            let utf8: ArrayRef = if array.data_type() == &DataType::Utf8 {
                Arc::clone(array)
            } else {
                cast(array, &DataType::Utf8)?
            };
            TextArgument::Column(utf8.as_string::<i32>().clone())
        }
    })
}

/// Argument `index` as 32-bit numbers.
pub(super) fn integers(args: &ScalarFunctionArgs, index: usize) -> Result<ArrayRef> {
    let value = args
        .args
        .get(index)
        .ok_or_else(|| exec_datafusion_err!("argument {index} is missing"))?;
    let array = value.to_array(args.number_rows)?;
    Ok(cast(&array, &DataType::Int32)?)
}

/// The text of a scalar, null if it is null.
pub(super) fn scalar_text(value: &ScalarValue) -> Result<Option<String>> {
    Ok(match value.cast_to(&DataType::Utf8)? {
        ScalarValue::Utf8(text) => text,
        _ => None,
    })
}

/// Parses the selectors of a column, remembering the last: they hardly ever change from row to row.
#[derive(Default)]
pub(super) struct Selectors {
    last: Option<(String, Selector)>,
}

impl Selectors {
    /// The selector of `text`, or `None` for null.
    pub(super) fn get(&mut self, text: Option<&str>) -> Result<Option<&Selector>> {
        let Some(text) = text else { return Ok(None) };
        if self.last.as_ref().is_none_or(|(known, _)| known != text) {
            self.last = Some((text.to_owned(), parse_selector(text)?));
        }
        Ok(self.last.as_ref().map(|(_, selector)| selector))
    }
}

/// Parses a selector, with the text in the error.
pub(super) fn parse_selector(text: &str) -> Result<Selector> {
    Ok(
        Selector::parse(text).map_err(|source| EngineError::Selector {
            selector: text.to_owned(),
            source,
        })?,
    )
}

/// Encoding of a row.
pub(super) fn encoding(argument: &TextArgument, row: usize) -> Encoding {
    Encoding::parse(argument.get(row))
}
