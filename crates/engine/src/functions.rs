//! SQL functions over payloads and labels, thin skins over `groundline-capture`, and aggregate functions over
//! `groundline-quality`.

mod aggregates;
mod arguments;
mod broken_line;
mod class;
mod label;
mod measured;
mod normal_key;
mod payload_field;
mod payload_records;
mod payload_struct;
mod shown_id;

use std::sync::Arc;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use groundline_capture::Selector;

use crate::error::EngineError;

pub(crate) use aggregates::all as aggregates;
pub(crate) use payload_struct::{misfit_of, whose_misfits};

/// `payload_struct`; with misfits, each field that is no text has another beside it, which says of each record whether
/// a value is there and not of its type ([`misfit_of`]).
pub(crate) fn payload_struct(with_misfits: bool) -> ScalarUDF {
    ScalarUDF::from(payload_struct::PayloadStruct::new(with_misfits))
}

/// `payload_field(payload, encoding, selector)`.
pub(crate) fn payload_field() -> ScalarUDF {
    ScalarUDF::from(payload_field::PayloadField::new())
}

/// `broken_line(line)`: a line that is no JSON object, else null.
pub(crate) fn broken_line() -> ScalarUDF {
    ScalarUDF::from(broken_line::BrokenLine::new())
}

/// Whether a selector can be understood.
pub(crate) fn check_selector(text: &str) -> Result<(), EngineError> {
    let parsed = Selector::parse(text);
    parsed.map(|_| ()).map_err(|source| EngineError::Selector {
        selector: text.to_owned(),
        source,
    })
}

/// Every scalar function that a plan may name beside DataFusion's own, for processes that get plans from others.
pub fn scalar_functions() -> Vec<Arc<ScalarUDF>> {
    let mut functions = all();
    functions.push(Arc::new(broken_line()));
    functions
}

/// Every aggregate function that a plan may name beside DataFusion's own.
pub fn aggregate_functions() -> Vec<Arc<AggregateUDF>> {
    aggregates()
}

/// Every scalar function that a session knows beside DataFusion's own.
pub(crate) fn all() -> Vec<Arc<ScalarUDF>> {
    vec![
        Arc::new(ScalarUDF::from(payload_field::PayloadField::new())),
        Arc::new(payload_struct(false)),
        Arc::new(ScalarUDF::from(payload_records::PayloadRecords::new())),
        Arc::new(ScalarUDF::from(class::ClassText::new())),
        Arc::new(ScalarUDF::from(class::ClassNumber::new())),
        Arc::new(ScalarUDF::from(measured::ClassIs::new())),
        Arc::new(ScalarUDF::from(measured::ClassOf::new())),
        Arc::new(ScalarUDF::from(measured::FiniteNumber::new())),
        Arc::new(ScalarUDF::from(normal_key::NormalKey::new())),
        Arc::new(ScalarUDF::from(shown_id::ShownId::new())),
        Arc::new(ScalarUDF::from(label::LabelFits::new())),
        Arc::new(ScalarUDF::from(label::LabelValue::new())),
        Arc::new(ScalarUDF::from(label::LabelLength::new())),
    ]
}
