//! Statements that would read or write a store by a URI of their own.

use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use groundline_store::shown;

use crate::error::EngineError;

/// Refuses them: roots are declared on the command line, and a URI in a statement may hold a signature.
pub(super) fn refuse_remote_location(plan: &LogicalPlan) -> Result<(), EngineError> {
    let locations = match plan {
        LogicalPlan::Copy(copy) => std::slice::from_ref(&copy.output_url),
        LogicalPlan::Ddl(DdlStatement::CreateExternalTable(table)) => &table.locations,
        _ => return Ok(()),
    };
    match locations.iter().find(|location| is_remote(location)) {
        Some(location) => Err(EngineError::RemoteLocation {
            location: shown(location),
        }),
        None => Ok(()),
    }
}

/// A URI that is no file's.
pub(super) fn is_remote(location: &str) -> bool {
    location.contains("://") && !location.starts_with("file://")
}
