//! `payload_struct(payload, encoding, spec)`: many typed fields of a payload, which is parsed once.
//!
//! The spec is a constant list like `'age bigint 0, plan text 4, score double predictions[0].score'`:
//! name, type, selector; or a JSON list, `[["age","bigint","0"]]`, for selectors with blanks or commas. A field that is absent, null or not of its type is null.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, StructArray,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::{Result, plan_datafusion_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature,
    Volatility,
};
use groundline_capture::{Selector, fields, number, parse_time};

use super::arguments::{encoding, parse_selector, scalar_text, text};
use crate::tables::hour_type;

/// See the module's documentation.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct PayloadStruct {
    signature: Signature,
    /// After each field that is no text comes one that says whether a value is there and not of its type.
    with_misfits: bool,
}

/// Types that a spec can name.
#[derive(Clone, Copy, Debug)]
enum FieldType {
    Text,
    Double,
    BigInt,
    Boolean,
    Timestamp,
}

impl FieldType {
    /// Every value is a text.
    fn has_misfits(self) -> bool {
        !matches!(self, Self::Text)
    }
}

struct SpecField {
    name: String,
    field_type: FieldType,
    selector: Selector,
}

/// More than any feature vector has; bounds the schema.
const MAX_FIELDS: usize = 10_000;

impl PayloadStruct {
    pub(super) fn new(with_misfits: bool) -> Self {
        Self {
            signature: Signature::one_of(vec![TypeSignature::String(3)], Volatility::Immutable),
            with_misfits,
        }
    }
}

impl ScalarUDFImpl for PayloadStruct {
    fn name(&self) -> &str {
        match self.with_misfits {
            false => "payload_struct",
            true => "payload_struct_with_misfits",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        plan_err!("payload_struct needs its spec to know its type")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let spec = match args.scalar_arguments.get(2).copied().flatten() {
            Some(value) => scalar_text(value)?,
            None => None,
        };
        let Some(spec) = spec else {
            return plan_err!(
                "the spec of payload_struct must be a constant text, such as 'age bigint 0, plan text 4'"
            );
        };
        Ok(Arc::new(Field::new(
            self.name(),
            DataType::Struct(struct_fields(&parse_spec(&spec)?, self.with_misfits)),
            true,
        )))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let (payloads, encodings, specs) = (text(&args, 0)?, text(&args, 1)?, text(&args, 2)?);
        let spec = parse_spec(specs.get(0).unwrap_or_default())?;
        let mut selectors = Vec::with_capacity(spec.len());
        let mut builders = Vec::with_capacity(spec.len());
        for field in &spec {
            selectors.push(field.selector.clone());
            builders.push(FieldBuilder::new(field.field_type, self.with_misfits));
        }
        for row in 0..args.number_rows {
            if let Some(payload) = payloads.get(row) {
                fields(
                    payload,
                    encoding(&encodings, row),
                    &selectors,
                    |index, field| {
                        if let (groundline_capture::Field::Text(value), Some(builder)) =
                            (field, builders.get_mut(index))
                        {
                            builder.stage(&value);
                        }
                    },
                );
            }
            for builder in &mut builders {
                builder.commit();
            }
        }
        let arrays: Vec<ArrayRef> = builders
            .into_iter()
            .flat_map(FieldBuilder::finish)
            .collect();
        let fields = struct_fields(&spec, self.with_misfits);
        let array = StructArray::try_new_with_length(fields, arrays, None, args.number_rows)?;
        Ok(ColumnarValue::Array(Arc::new(array)))
    }
}

/// The field that says whether another's value is there and not of its type.
pub(crate) fn misfit_of(name: &str) -> String {
    format!("{MISFIT}{name}")
}

/// The field whose misfits a field tells.
pub(crate) fn whose_misfits(name: &str) -> Option<&str> {
    name.strip_prefix(MISFIT)
}

/// No column of a user's begins so.
const MISFIT: &str = "_own_misfit_";

fn struct_fields(spec: &[SpecField], with_misfits: bool) -> Fields {
    spec.iter()
        .flat_map(|f| {
            let misfits = with_misfits && f.field_type.has_misfits();
            let misfits = misfits.then(|| Field::new(misfit_of(&f.name), DataType::Boolean, true));
            let data_type = match f.field_type {
                FieldType::Text => DataType::Utf8,
                FieldType::Double => DataType::Float64,
                FieldType::BigInt => DataType::Int64,
                FieldType::Boolean => DataType::Boolean,
                FieldType::Timestamp => hour_type(),
            };
            std::iter::once(Field::new(&f.name, data_type, true)).chain(misfits)
        })
        .collect()
}

fn parse_spec(spec: &str) -> Result<Vec<SpecField>> {
    let entries: Vec<(String, String, String)> = if spec.trim_start().starts_with('[') {
        serde_json::from_str(spec).map_err(|error| {
            plan_datafusion_err!(
                "payload_struct spec: expected a JSON list of [name, type, selector]: {error}"
            )
        })?
    } else {
        spec.split(',').map(entry).collect::<Result<_>>()?
    };
    let mut parsed: Vec<SpecField> = Vec::new();
    for (name, field_type, selector) in entries {
        let field_type = match field_type.to_ascii_lowercase().as_str() {
            "text" | "varchar" | "string" => FieldType::Text,
            "double" | "float" => FieldType::Double,
            "bigint" | "int" | "integer" => FieldType::BigInt,
            "boolean" | "bool" => FieldType::Boolean,
            "timestamp" => FieldType::Timestamp,
            other => {
                return plan_err!(
                    "payload_struct spec: `{name}` has the type `{other}`; there are text, double, bigint, boolean, timestamp"
                );
            }
        };
        if parsed.iter().any(|f| f.name == name) {
            return plan_err!("payload_struct spec: `{name}` is there twice");
        }
        parsed.push(SpecField {
            name,
            field_type,
            selector: parse_selector(&selector)?,
        });
        if parsed.len() > MAX_FIELDS {
            return Err(plan_datafusion_err!(
                "payload_struct spec: more than {MAX_FIELDS} fields"
            ));
        }
    }
    Ok(parsed)
}

/// Name, type and selector of an entry of a plain spec.
fn entry(entry: &str) -> Result<(String, String, String)> {
    let mut words = entry.split_whitespace();
    let (Some(name), Some(field_type), Some(selector), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return plan_err!(
            "payload_struct spec `{}`: expected `name type selector`, as in 'age bigint 0'",
            entry.trim()
        );
    };
    Ok((name.to_owned(), field_type.to_owned(), selector.to_owned()))
}

/// Builds one field, and where it is asked for its misfits.
struct FieldBuilder {
    values: ColumnBuilder,
    misfits: Option<BooleanBuilder>,
    misfit: bool,
}

impl FieldBuilder {
    fn new(field_type: FieldType, with_misfits: bool) -> Self {
        let counted = with_misfits && field_type.has_misfits();
        Self {
            values: ColumnBuilder::new(field_type),
            misfits: counted.then(BooleanBuilder::new),
            misfit: false,
        }
    }

    fn stage(&mut self, value: &str) {
        self.values.stage(value);
        // An empty field of a CSV row is how a null is written.
        self.misfit =
            self.misfits.is_some() && !self.values.is_staged() && !value.trim().is_empty();
    }

    fn commit(&mut self) {
        self.values.commit();
        if let Some(misfits) = &mut self.misfits {
            misfits.append_value(std::mem::take(&mut self.misfit));
        }
    }

    fn finish(self) -> impl Iterator<Item = ArrayRef> {
        let misfits = self
            .misfits
            .map(|mut misfits| Arc::new(misfits.finish()) as ArrayRef);
        std::iter::once(self.values.finish()).chain(misfits)
    }
}

/// Builds one field's values; the last value staged before a commit is the row's.
enum ColumnBuilder {
    Text(StringBuilder, Option<String>),
    Double(Float64Builder, Option<f64>),
    BigInt(Int64Builder, Option<i64>),
    Boolean(BooleanBuilder, Option<bool>),
    Timestamp(TimestampMicrosecondBuilder, Option<i64>),
}

impl ColumnBuilder {
    fn new(field_type: FieldType) -> Self {
        match field_type {
            FieldType::Text => Self::Text(StringBuilder::new(), None),
            FieldType::Double => Self::Double(Float64Builder::new(), None),
            FieldType::BigInt => Self::BigInt(Int64Builder::new(), None),
            FieldType::Boolean => Self::Boolean(BooleanBuilder::new(), None),
            FieldType::Timestamp => Self::Timestamp(
                TimestampMicrosecondBuilder::new().with_timezone("UTC"),
                None,
            ),
        }
    }

    fn stage(&mut self, value: &str) {
        match self {
            Self::Text(_, staged) => *staged = Some(value.to_owned()),
            Self::Double(_, staged) => *staged = number(value),
            // `3.0` is an integer too; what f64 cannot hold exactly is read as digits.
            Self::BigInt(_, staged) => {
                *staged = value.parse().ok().or_else(|| {
                    let whole = |v: &f64| v.fract() == 0.0 && v.abs() < 9.0e15;
                    let digits = value.trim().parse().ok();
                    digits.or_else(|| number(value).filter(whole).map(|v| v as i64))
                });
            }
            Self::Boolean(_, staged) => {
                *staged = match value.trim().to_ascii_lowercase().as_str() {
                    "true" | "1" => Some(true),
                    "false" | "0" => Some(false),
                    _ => None,
                };
            }
            Self::Timestamp(_, staged) => *staged = parse_time(value.trim()),
        }
    }

    fn is_staged(&self) -> bool {
        match self {
            Self::Text(_, staged) => staged.is_some(),
            Self::Double(_, staged) => staged.is_some(),
            Self::BigInt(_, staged) => staged.is_some(),
            Self::Boolean(_, staged) => staged.is_some(),
            Self::Timestamp(_, staged) => staged.is_some(),
        }
    }

    fn commit(&mut self) {
        match self {
            Self::Text(builder, staged) => builder.append_option(staged.take()),
            Self::Double(builder, staged) => builder.append_option(staged.take()),
            Self::BigInt(builder, staged) => builder.append_option(staged.take()),
            Self::Boolean(builder, staged) => builder.append_option(staged.take()),
            Self::Timestamp(builder, staged) => builder.append_option(staged.take()),
        }
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut builder, _) => Arc::new(builder.finish()),
            Self::Double(mut builder, _) => Arc::new(builder.finish()),
            Self::BigInt(mut builder, _) => Arc::new(builder.finish()),
            Self::Boolean(mut builder, _) => Arc::new(builder.finish()),
            Self::Timestamp(mut builder, _) => Arc::new(builder.finish()),
        }
    }
}
