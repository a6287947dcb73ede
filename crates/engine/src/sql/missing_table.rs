//! A table that is not there: which flag would have registered it, or what there is instead.

use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use groundline_store::shown;

use super::remote_location::is_remote;
use crate::error::EngineError;

/// The tables of the program and what registers them.
const REGISTERED_BY: &[(&[&str], &str)] = &[
    (&["captures"], "--captures DIR, or --config, registers it"),
    (
        &["transforms"],
        "--transforms DIR, or --config, registers it",
    ),
    (
        &["predictions"],
        "--captures DIR or --transforms DIR, or --config, registers it",
    ),
    (
        &["labels", "latest_labels"],
        "--labels DIR, or --config, registers it",
    ),
    (
        &["merged", "rejects", "ledger", "unmatched_labels"],
        "--in OUT registers it, with OUT the output of a merge",
    ),
];

/// The catalog and schema that nobody asked for.
const DEFAULT: &str = "datafusion.public.";

/// The error in the user's words if it is about a table that is not there, else as it was.
pub(super) fn explained(context: &SessionContext, error: DataFusionError) -> EngineError {
    let Some(name) = missing(&error) else {
        return error.into();
    };
    if is_remote(&name) {
        let location = shown(&name);
        return EngineError::RemoteLocation { location };
    }
    let hint = match REGISTERED_BY
        .iter()
        .find(|(tables, _)| tables.contains(&name.as_str()))
    {
        Some((_, hint)) => (*hint).to_owned(),
        None => there_are(context),
    };
    EngineError::NoTable { name, hint }
}

/// DataFusion has only words for it.
fn missing(error: &DataFusionError) -> Option<String> {
    let DataFusionError::Plan(message) = error.find_root() else {
        return None;
    };
    let name = message
        .strip_prefix("table '")?
        .strip_suffix("' not found")?;
    Some(name.strip_prefix(DEFAULT).unwrap_or(name).to_owned())
}

fn there_are(context: &SessionContext) -> String {
    let mut names: Vec<String> = context
        .catalog_names()
        .iter()
        .filter_map(|catalog| context.catalog(catalog)?.schema("public"))
        .flat_map(|schema| schema.table_names())
        .collect();
    names.sort();
    if names.is_empty() {
        return "no table is registered: give --captures, --transforms, --labels, --in or files"
            .to_owned();
    }
    format!("there are: {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_table_is_named_as_it_was_asked_for() {
        let of = |message: &str| missing(&DataFusionError::Plan(message.to_owned()));
        let found = of("table 'datafusion.public.nope' not found");
        assert_eq!(found.as_deref(), Some("nope"));
        assert_eq!(of("table 'a.b.c' not found").as_deref(), Some("a.b.c"));
        assert_eq!(of("column 'x' not found"), None);
    }
}
