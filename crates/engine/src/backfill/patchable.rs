//! Which hours late labels can be written into without reading captures (design.md "Late labels").

use groundline_store::Receipt;

use crate::error::EngineError;
use crate::label_source::{LabelQuery, LabelSource};
use crate::merge::own_columns_see_labels;
use crate::merge::settings::ModelRun;
use crate::model::{DuplicateLabels, Join, Match};

/// Columns that a patch reads to choose labels.
pub(super) const NEEDED: [&str; 7] = [
    "key",
    "file",
    "position",
    "record_index",
    "label_hour",
    "label_file",
    "label_position",
];

/// Why no hour of the model can be patched.
pub(super) fn why_not(run: &ModelRun) -> Result<Option<String>, EngineError> {
    let model = &run.model;
    let missing = NEEDED
        .iter()
        // The accounts tell records with a label by its value.
        .chain(&["label"])
        .find(|name| !run.columns.iter().any(|column| column == *name));
    let why = match () {
        () if model.sql.is_some() => "--sql may use labels in any way".to_owned(),
        () if run.catalog.replaces_the_join()
            || run.catalog.replaces("merge/observations")
            || run.catalog.replaces("merge/relabelled") =>
        {
            "--sql-dir replaces statements of the merge".to_owned()
        }
        () if model.policy.join != Join::Left => "--join inner leaves records out".to_owned(),
        () if !matches!(
            model.policy.duplicate_labels,
            DuplicateLabels::Latest | DuplicateLabels::First
        ) =>
        {
            let policy = model.policy.duplicate_labels.as_str();
            format!("--duplicate-labels {policy} needs the labels of before")
        }
        () if model.policy.matching != Match::Coalesce => "--match either has two keys".to_owned(),
        // A record with an id of its own is labelled apart from its neighbours.
        () if model.id_attribute.is_some() => "--id-attribute makes units of records".to_owned(),
        () if run.jsonl || run.conduct.has_jsonl => {
            "merged JSON Lines hold whole captures".to_owned()
        }
        () if queries_labels(&model.labels) => {
            "a query of labels may give other rows of any file".to_owned()
        }
        () if own_columns_see_labels(&model.columns)? => "own columns use labels".to_owned(),
        () => match missing {
            Some(name) => format!("--columns leaves {name} out"),
            None => return Ok(None),
        },
    };
    Ok(Some(why))
}

/// Whether rows of a file of labels may depend on those of another.
fn queries_labels(labels: &LabelSource) -> bool {
    matches!(labels, LabelSource::Table(table) if !matches!(table.query, LabelQuery::Columns { .. }))
}

/// Whether the hour of this receipt can be patched, where the model's hours can.
pub(super) fn is_patchable(run: &ModelRun, receipt: &Receipt) -> bool {
    let count = |bucket: &str| receipt.ledger.get(bucket).copied().unwrap_or_default();
    let has_output = run.columns.iter().any(|column| column == "output");
    // How many records a payload had is seen only where none of them was left out, and whether a record has an
    // output only where that was written.
    count("filtered") == 0 && (has_output || count("no_output") == 0)
}
