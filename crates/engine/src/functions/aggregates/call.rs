//! One call of an aggregate function: its metric, its classes, and how it says that a value is none.

use arrow::array::{Array, ArrayRef};
use arrow::buffer::NullBuffer;
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, plan_err};
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::physical_expr::expressions::Literal;
use datafusion::scalar::ScalarValue;
use groundline_capture::LabelType;

use crate::functions::arguments::scalar_text;
use crate::functions::measured::TwoClasses;

/// Classes that are not named: `groundline quality` has the same.
const POSITIVE: &str = "1";
const NEGATIVE: &str = "0";

/// Characters of a value in a message.
const SHOWN: usize = 60;

/// The metric that is asked for, and the classes of a binary problem.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) metric: &'static str,
    pub(super) classes: Option<TwoClasses>,
}

impl Call {
    /// A metric that needs no names of classes.
    pub(super) fn without_classes(metric: &'static str) -> Self {
        Self {
            metric,
            classes: None,
        }
    }

    /// A metric with the classes that its third and fourth argument name.
    ///
    /// # Errors
    /// Classes that are no constants, are empty or the same.
    pub(super) fn with_classes(metric: &'static str, args: &AccumulatorArgs<'_>) -> Result<Self> {
        let constant = |index: usize, otherwise: &str| match args.exprs.get(index) {
            None => Ok(Some(otherwise.to_owned())),
            Some(expr) => match expr.downcast_ref::<Literal>().map(Literal::value) {
                // As `class_is` takes truth values.
                Some(ScalarValue::Boolean(Some(class))) => Ok(Some(u8::from(*class).to_string())),
                Some(class) => scalar_text(class),
                None => plan_err!(
                    "{metric}: the classes are constants, as in {metric}(label, prediction, 'yes', 'no'); `{expr}` is none"
                ),
            },
        };
        let (positive, negative) = (constant(2, POSITIVE)?, constant(3, NEGATIVE)?);
        let classes = TwoClasses::new(positive.as_deref(), negative.as_deref(), LabelType::Auto);
        match (&classes.positive, &classes.negative) {
            (Some(positive), Some(negative)) if positive == negative => plan_err!(
                "{metric}: `{positive}` is both the positive and the negative class; name the other as fourth argument"
            ),
            (Some(_), Some(_)) => Ok(Self {
                metric,
                classes: Some(classes),
            }),
            _ => plan_err!("{metric}: a class is null or empty; name both as text"),
        }
    }

    #[cfg(test)]
    pub(super) fn of_two_classes(metric: &'static str, positive: &str, negative: &str) -> Self {
        let classes = TwoClasses::new(Some(positive), Some(negative), LabelType::Auto);
        Self {
            metric,
            classes: Some(classes),
        }
    }

    /// Bytes on the heap.
    pub(super) fn heap_size(&self) -> usize {
        let classes = self.classes.iter();
        let names = classes.flat_map(|classes| [&classes.positive, &classes.negative]);
        names.flatten().map(String::capacity).sum()
    }

    /// The error of a value that is none: what it should be, and what to do.
    pub(super) fn misfit(
        &self,
        side: &str,
        column: &ArrayRef,
        row: usize,
        should: &str,
        remedy: &str,
    ) -> DataFusionError {
        let (metric, value) = (self.metric, shown(column, row));
        exec_datafusion_err!("{metric}: the {side} `{value}` is {should}; {remedy}")
    }

    /// The error of a label or prediction that is neither class.
    pub(super) fn neither(&self, side: &str, column: &ArrayRef, row: usize) -> DataFusionError {
        let classes = self.classes.as_ref();
        let name = |class: Option<&String>| shortened(class.map_or("", String::as_str));
        let positive = name(classes.and_then(|classes| classes.positive.as_ref()));
        let negative = name(classes.and_then(|classes| classes.negative.as_ref()));
        let truth = match column.data_type() {
            DataType::Boolean => " (true is 1, false is 0)",
            _ => "",
        };
        let should = format!("neither `{positive}` nor `{negative}`{truth}");
        let remedy = format!(
            "leave such rows out with WHERE, or name the classes: {}(…, …, 'positive', 'negative')",
            self.metric
        );
        self.misfit(side, column, row, &should, &remedy)
    }
}

/// The rows where both columns have a value.
pub(super) fn both(one: &ArrayRef, other: &ArrayRef) -> impl Iterator<Item = usize> + use<> {
    let rows = one.len().min(other.len());
    let nulls = NullBuffer::union(one.logical_nulls().as_ref(), other.logical_nulls().as_ref());
    (0..rows).filter(move |row| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row)))
}

fn shown(column: &ArrayRef, row: usize) -> String {
    let options = FormatOptions::default();
    let text = ArrayFormatter::try_new(column, &options)
        .and_then(|formatter| formatter.value(row).try_to_string())
        .unwrap_or_default();
    shortened(&text)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
