//! Labels of events with several records: `label_fits`, `label_value`, `label_length` (design.md "Several records").

use std::sync::Arc;

use arrow::array::{AsArray, BooleanBuilder, Int64Builder, StringBuilder};
use arrow::datatypes::{DataType, Int32Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use groundline_capture::{LabelLayout, label_shape, label_value};

use super::arguments::{Selectors, encoding, integers, text};

/// `label_fits(label, encoding, record_count, attribute, layout)`: whether the label can serve an event of so many records.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct LabelFits {
    signature: Signature,
}

impl LabelFits {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::any(5, Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for LabelFits {
    fn name(&self) -> &str {
        "label_fits"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (labels, encodings, attributes) = (text(&args, 0)?, text(&args, 1)?, text(&args, 3)?);
        let counts = integers(&args, 2)?;
        let counts = counts.as_primitive::<Int32Type>();
        let layouts = text(&args, 4)?;
        let mut parsed = Selectors::default();
        let mut out = BooleanBuilder::with_capacity(args.number_rows);
        for row in 0..args.number_rows {
            let attribute = parsed.get(attributes.get(row))?;
            let shape = label_shape(labels.get(row), encoding(&encodings, row), attribute);
            out.append_value(shape.fits(count(counts.value(row)), layout(layouts.get(row))?));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

/// `label_value(label, encoding, record_index, record_count, attribute, layout)`: this record's label, not normalised.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct LabelValue {
    signature: Signature,
}

impl LabelValue {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::any(6, Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for LabelValue {
    fn name(&self) -> &str {
        "label_value"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (labels, encodings, attributes) = (text(&args, 0)?, text(&args, 1)?, text(&args, 4)?);
        let (indices, counts) = (integers(&args, 2)?, integers(&args, 3)?);
        let (indices, counts) = (
            indices.as_primitive::<Int32Type>(),
            counts.as_primitive::<Int32Type>(),
        );
        let mut parsed = Selectors::default();
        let layouts = text(&args, 5)?;
        let mut out = StringBuilder::with_capacity(args.number_rows, args.number_rows * 4);
        for row in 0..args.number_rows {
            let attribute = parsed.get(attributes.get(row))?;
            let layout = layout(layouts.get(row))?;
            out.append_option(labels.get(row).and_then(|label| {
                let (index, count) = (count(indices.value(row)), count(counts.value(row)));
                label_value(
                    label,
                    encoding(&encodings, row),
                    index,
                    count,
                    attribute,
                    layout,
                )
            }));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

/// `label_length(label, encoding, attribute)`: how many records the label is for.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct LabelLength {
    signature: Signature,
}

impl LabelLength {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::any(3, Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for LabelLength {
    fn name(&self) -> &str {
        "label_length"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (labels, encodings, attributes) = (text(&args, 0)?, text(&args, 1)?, text(&args, 2)?);
        let mut parsed = Selectors::default();
        let mut out = Int64Builder::with_capacity(args.number_rows);
        for row in 0..args.number_rows {
            let attribute = parsed.get(attributes.get(row))?;
            let shape = label_shape(labels.get(row), encoding(&encodings, row), attribute);
            out.append_value(i64::from(if shape.rows == 1 {
                shape.columns.max(1)
            } else {
                shape.rows
            }));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

fn layout(word: Option<&str>) -> Result<LabelLayout> {
    let Some(word) = word else {
        return Ok(LabelLayout::default());
    };
    LabelLayout::parse(word).map_or_else(
        || exec_err!("`{word}` is no label layout: expected auto, rows or columns"),
        Ok,
    )
}

fn count(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}
