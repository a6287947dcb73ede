//! One object to read, with everything that its place says about its records.

use std::sync::Arc;

use datafusion::scalar::ScalarValue;
use groundline_store::{Hour, Object, Root};
use serde::{Deserialize, Serialize};

use crate::read::IdRules;
use crate::warehouse::StagedRows;

/// What an object holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum InputKind {
    /// Endpoint data capture, JSON Lines.
    Captures,
    /// Batch transform output; CSV or JSON is told from its first bytes.
    Transform,
    /// Ground truth.
    Labels,
}

/// One object of a table.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) kind: InputKind,
    pub(crate) root: Root,
    pub(crate) object: Object,
    pub(crate) hour: Hour,
    /// `_batch` for transforms, empty for labels.
    pub(crate) endpoint: String,
    pub(crate) variant: String,
    /// The transform's input file, paired by line where the counts agree.
    pub(crate) pair: Option<(Root, Object)>,
    /// Where its records hold their ids.
    pub(crate) ids: Arc<IdRules>,
    /// Rows that were read already, of a table of labels: `object` only says where they came from.
    pub(crate) staged: Option<StagedRows>,
}

/// Endpoint and variant of a batch transform (design.md "The output").
pub const BATCH: &str = "_batch";

impl Input {
    /// Values of the partition columns, in the order of `TableKind::partitions`.
    pub(crate) fn partition_values(&self) -> Vec<ScalarValue> {
        let hour = ScalarValue::TimestampMicrosecond(Some(self.hour.micros()), Some("UTC".into()));
        let text = |s: &str| ScalarValue::Utf8(Some(s.to_owned()));
        match self.kind {
            InputKind::Labels => vec![hour, text(&self.object.key)],
            InputKind::Captures | InputKind::Transform => {
                vec![
                    hour,
                    text(&self.endpoint),
                    text(&self.variant),
                    text(&self.object.key),
                ]
            }
        }
    }

    /// True if reading it asks a remote store.
    pub(crate) fn is_fetched(&self) -> bool {
        self.staged.is_none() && self.root.is_remote()
    }

    /// Bytes to read.
    pub(crate) fn bytes(&self) -> u64 {
        match &self.staged {
            Some(rows) => rows.bytes(),
            None => self.object.size,
        }
    }

    /// Order of a model's inputs: by partition, then by key.
    pub(crate) fn order(&self) -> (&str, &str, Hour, &str) {
        (&self.endpoint, &self.variant, self.hour, &self.object.key)
    }
}
