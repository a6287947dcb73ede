//! Where a model's labels come from.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Ground truth in SageMaker's layout, or the files of a warehouse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabelSource {
    /// Folder or URI above `yyyy/mm/dd/hh` of the ground truth.
    GroundTruth { uri: String },
    /// Parquet, CSV or JSON Lines files, whatever their layout.
    Table(LabelTable),
}

/// Labels as a table: some files, and what in them is a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelTable {
    /// A glob over `.parquet`, `.csv`, `.jsonl` or `.ndjson` files (the text ones also as `.gz` or `.zst`), all of
    /// one kind.
    pub files: String,
    pub query: LabelQuery,
}

/// How rows of the files become labels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabelQuery {
    /// A row is a label; each of the three is a column, or an SQL expression over the columns.
    Columns {
        /// The key: the event id, or the inference id, of the prediction.
        id: String,
        label: String,
        /// The instant whose UTC hour is the label's hour.
        collected_at: String,
    },
    /// A statement over the table `files` that returns the columns `id`, `label` and `collected_at`.
    Sql {
        /// What messages and the column `label_file` call it: `sql`, or the name of its file.
        name: String,
        text: String,
    },
}

impl LabelTable {
    /// What of it can change the bytes of an hour file, for receipts.
    pub(crate) fn settings(&self) -> Value {
        match &self.query {
            LabelQuery::Columns {
                id,
                label,
                collected_at,
            } => json!({ "id": id, "label": label, "collected_at": collected_at }),
            LabelQuery::Sql { name, text } => json!({ "name": name, "sql": text }),
        }
    }
}
