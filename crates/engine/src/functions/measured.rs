//! `class_is`, `class_of` and `finite_number`: values of any type as the metrics take them (design.md "Values").

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, StringBuilder};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Float64Type, Int32Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};
use groundline_capture::{LabelType, class_text, number};
use groundline_quality::argmax;

use super::arguments::{scalar_text, text};

/// `class_is(value, positive, negative, label_type)`: true, false, or null for neither.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ClassIs {
    signature: Signature,
}

impl ClassIs {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::any(4, Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for ClassIs {
    fn name(&self) -> &str {
        "class_is"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = |index: usize| match args.args.get(index) {
            Some(ColumnarValue::Scalar(value)) => scalar_text(value),
            _ => exec_err!("class_is: the classes and the label type are constants"),
        };
        let label_type = match constant(3)?.as_deref() {
            Some("string") => LabelType::String,
            _ => LabelType::Auto,
        };
        let (positive, negative) = (constant(1)?, constant(2)?);
        let classes = TwoClasses::new(positive.as_deref(), negative.as_deref(), label_type);
        Ok(ColumnarValue::Array(Arc::new(classes.of(&column(&args)?)?)))
    }
}

/// The two classes of a binary problem, in the spelling in which values are compared.
#[derive(Clone, Debug)]
pub(super) struct TwoClasses {
    pub(super) positive: Option<String>,
    pub(super) negative: Option<String>,
    label_type: LabelType,
}

impl TwoClasses {
    /// An empty name is no class.
    pub(super) fn new(
        positive: Option<&str>,
        negative: Option<&str>,
        label_type: LabelType,
    ) -> Self {
        let class = |text: Option<&str>| class_text(text?, label_type).map(Cow::into_owned);
        Self {
            positive: class(positive),
            negative: class(negative),
            label_type,
        }
    }

    /// Of each value whether it is the positive class; null for neither.
    pub(super) fn of(&self, values: &ArrayRef) -> Result<BooleanArray> {
        let of = |values: &ArrayRef| -> Result<BooleanArray> {
            let values = cast(values, &DataType::Utf8)?;
            let values = values.as_string::<i32>().iter();
            Ok(values.map(|value| self.is_positive(value?)).collect())
        };
        match values.as_dictionary_opt::<Int32Type>() {
            // A class is looked at once, however many rows have it.
            Some(classes) => {
                let found = take(&of(classes.values())?, classes.keys(), None)?;
                Ok(found.as_boolean().clone())
            }
            None => of(values),
        }
    }

    /// Most values are spelled as the classes are.
    fn is_positive(&self, value: &str) -> Option<bool> {
        // Classes are short: their first bytes tell most apart, without a call.
        let same = |one: &str, other: &Option<String>| {
            other.as_ref().is_some_and(|other| {
                one.len() == other.len()
                    && one.as_bytes().first() == other.as_bytes().first()
                    && (one.len() < 2 || one == other)
            })
        };
        let is = |value: &str| match (same(value, &self.positive), same(value, &self.negative)) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        };
        is(value)
            .or_else(|| is(&class_text(value, self.label_type)?))
            .or_else(|| self.truth(value))
    }

    /// True and false, however they are written, are 1 and 0, as every tool casts them.
    fn truth(&self, value: &str) -> Option<bool> {
        let is = |class: &Option<String>, word: &str, number: &str| {
            let class = class.as_deref();
            class.is_some_and(|class| class == number || class.eq_ignore_ascii_case(word))
        };
        let asked = self.label_type == LabelType::Auto
            && is(&self.positive, "true", "1")
            && is(&self.negative, "false", "0");
        match asked {
            true if value.eq_ignore_ascii_case("true") => Some(true),
            true if value.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }
}

/// `class_of(prediction, names)`: of a list of probabilities the class of the largest, else the text as it is.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ClassOf {
    signature: Signature,
}

impl ClassOf {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::any(2, Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for ClassOf {
    fn name(&self) -> &str {
        "class_of"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let values = text(&args, 0)?;
        let names = match args.args.get(1) {
            Some(ColumnarValue::Scalar(value)) => scalar_text(value)?,
            _ => return exec_err!("class_of: the names are a constant"),
        };
        let names: Vec<String> = match names.as_deref() {
            None | Some("") => Vec::new(),
            Some(names) => serde_json::from_str(names).map_err(|error| {
                exec_datafusion_err!("class_of: the names are no JSON list: {error}")
            })?,
        };
        let mut out = StringBuilder::with_capacity(args.number_rows, args.number_rows * 8);
        for row in 0..args.number_rows {
            match values.get(row) {
                None => out.append_null(),
                Some(value) => {
                    let class = argmax(value, &names)
                        .map_err(|error| exec_datafusion_err!("class_of: {error}"))?;
                    out.append_value(class.as_deref().unwrap_or(value));
                }
            }
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

/// `finite_number(value)`: the finite number that a value is or that its text holds, else null.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct FiniteNumber {
    signature: Signature,
}

impl FiniteNumber {
    pub(super) fn new() -> Self {
        Self {
            signature: Signature::any(1, Volatility::Immutable),
        }
    }
}

impl ScalarUDFImpl for FiniteNumber {
    fn name(&self) -> &str {
        "finite_number"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let numbers = finite_numbers(&column(&args)?)?;
        Ok(ColumnarValue::Array(Arc::new(numbers)))
    }
}

/// The finite number that each value is or that its text holds, else null.
pub(super) fn finite_numbers(values: &ArrayRef) -> Result<Float64Array> {
    let data_type = values.data_type();
    if data_type.is_numeric() || data_type.is_null() || data_type == &DataType::Boolean {
        let numbers = cast(values, &DataType::Float64)?;
        let numbers = numbers.as_primitive::<Float64Type>();
        if numbers.values().iter().all(|value| value.is_finite()) {
            return Ok(numbers.clone());
        }
        let numbers = numbers.iter();
        return Ok(numbers
            .map(|number| number.filter(|number| number.is_finite()))
            .collect());
    }
    let texts = cast(values, &DataType::Utf8)?;
    let texts = texts.as_string::<i32>().iter();
    Ok(texts.map(|text| text.and_then(number)).collect())
}

fn column(args: &ScalarFunctionArgs) -> Result<ArrayRef> {
    let value = args
        .args
        .first()
        .ok_or_else(|| exec_datafusion_err!("the value is missing"))?;
    value.to_array(args.number_rows)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use arrow::array::{DictionaryArray, Int64Array, StringArray};
    use arrow::datatypes::Field;
    use datafusion::config::ConfigOptions;
    use datafusion::scalar::ScalarValue;

    use super::*;

    fn classes(values: ArrayRef, label_type: &str) -> Vec<Option<bool>> {
        let rows = values.len();
        let constant = |text: &str| ColumnarValue::Scalar(ScalarValue::Utf8(Some(text.to_owned())));
        let args = ScalarFunctionArgs {
            args: vec![
                ColumnarValue::Array(values),
                constant("1"),
                constant("0"),
                constant(label_type),
            ],
            arg_fields: Vec::new(),
            number_rows: rows,
            return_field: Arc::new(Field::new("x", DataType::Boolean, true)),
            config_options: Arc::new(ConfigOptions::default()),
        };
        let out = ClassIs::new().invoke_with_args(args).unwrap();
        out.to_array(rows).unwrap().as_boolean().iter().collect()
    }

    #[test]
    fn spellings_of_a_class_are_one_and_other_values_are_none() {
        let text = StringArray::from(vec![
            Some("1"),
            Some(" 1.0 "),
            Some("\"0\""),
            Some("2"),
            None,
        ]);
        assert_eq!(
            classes(Arc::new(text), "auto"),
            [Some(true), Some(true), Some(false), None, None]
        );
        let text = StringArray::from(vec![Some("1"), Some("1.0")]);
        assert_eq!(classes(Arc::new(text), "string"), [Some(true), None]);
    }

    #[test]
    fn classes_of_a_dictionary_are_those_of_its_text() {
        let text = [Some("1"), Some("0.0"), None, Some("x"), Some("1")];
        let dictionary: DictionaryArray<Int32Type> = text.into_iter().collect();
        assert_eq!(
            classes(Arc::new(dictionary), "auto"),
            [Some(true), Some(false), None, None, Some(true)]
        );
    }

    #[test]
    fn numbers_and_truth_values_are_classes_too() {
        let numbers = Int64Array::from(vec![1, 0, 3]);
        assert_eq!(
            classes(Arc::new(numbers), "auto"),
            [Some(true), Some(false), None]
        );
        let truth = BooleanArray::from(vec![true, false]);
        assert_eq!(classes(Arc::new(truth), "auto"), [Some(true), Some(false)]);
        let words = StringArray::from(vec!["True", "false", "yes"]);
        assert_eq!(
            classes(Arc::new(words), "auto"),
            [Some(true), Some(false), None]
        );
        let numbers = Float64Array::from(vec![1.0, 0.0, 0.5]);
        assert_eq!(
            classes(Arc::new(numbers), "auto"),
            [Some(true), Some(false), None]
        );
    }
}
