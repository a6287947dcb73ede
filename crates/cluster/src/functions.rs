//! The engine's functions by name, where Ballista looks for them.

use std::collections::HashMap;
use std::sync::Arc;

use ballista_core::registry::BallistaFunctionRegistry;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};

/// Our functions.
pub(crate) struct Functions {
    scalar: HashMap<String, Arc<ScalarUDF>>,
    aggregate: HashMap<String, Arc<AggregateUDF>>,
}

impl Functions {
    pub(crate) fn new() -> Self {
        let scalar = groundline_engine::scalar_functions().into_iter();
        let aggregate = groundline_engine::aggregate_functions().into_iter();
        Self {
            scalar: scalar.map(|f| (f.name().to_owned(), f)).collect(),
            aggregate: aggregate.map(|f| (f.name().to_owned(), f)).collect(),
        }
    }

    pub(crate) fn scalar(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        self.scalar.get(name).cloned()
    }

    pub(crate) fn aggregate(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        self.aggregate.get(name).cloned()
    }

    /// These and all of Ballista's.
    pub(crate) fn registry() -> BallistaFunctionRegistry {
        let ours = Self::new();
        let mut registry = BallistaFunctionRegistry::default();
        registry.scalar_functions.extend(ours.scalar);
        registry.aggregate_functions.extend(ours.aggregate);
        registry
    }
}
