//! An aggregate function by its name: its arguments, and which accumulator it has.

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, Signature, TypeSignature, Volatility,
};

use super::accumulator::MetricAccumulator;
use super::binary::{Predicted, Probable};
use super::call::Call;
use super::classes::Named;
use super::numbers::Numbers;
use super::scores::Scores;

/// What a metric is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Family {
    /// Label and prediction of two classes.
    Binary,
    /// Label of two classes and probability, from sums.
    Probability,
    /// Label of two classes and probability, from their order.
    Ranks,
    /// Label and prediction of any classes.
    Classes,
    /// Label and prediction that are numbers.
    Regression,
}

impl Family {
    /// Whether the classes can be named: `(label, prediction[, positive_class[, negative_class]])`.
    fn takes_classes(self) -> bool {
        matches!(self, Self::Binary | Self::Probability | Self::Ranks)
    }
}

/// `metric(label, prediction or probability, …)`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct MetricFunction {
    metric: &'static str,
    family: Family,
    signature: Signature,
}

impl MetricFunction {
    pub(super) fn new(metric: &'static str, family: Family) -> Self {
        let arguments = match family.takes_classes() {
            true => 2..=4,
            false => 2..=2,
        };
        Self {
            metric,
            family,
            signature: Signature::one_of(
                arguments.map(TypeSignature::Any).collect(),
                Volatility::Immutable,
            ),
        }
    }
}

impl AggregateUDFImpl for MetricFunction {
    fn name(&self) -> &str {
        self.metric
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        if args.is_distinct {
            return plan_err!(
                "{}: a metric counts equal rows as often as they are there; leave DISTINCT out, or take it in a subquery",
                self.metric
            );
        }
        let call = match self.family.takes_classes() {
            true => Call::with_classes(self.metric, &args)?,
            false => Call::without_classes(self.metric),
        };
        Ok(match self.family {
            Family::Binary => MetricAccumulator::<Predicted>::boxed(call),
            Family::Probability => MetricAccumulator::<Probable>::boxed(call),
            Family::Ranks => MetricAccumulator::<Scores>::boxed(call),
            Family::Classes => MetricAccumulator::<Named>::boxed(call),
            Family::Regression => MetricAccumulator::<Numbers>::boxed(call),
        })
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        let name = format_state_name(args.name, "rows");
        // Large, because the states of all groups of a partition become one array.
        Ok(vec![Field::new(name, DataType::LargeBinary, true).into()])
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}
