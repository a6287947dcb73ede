//! Which hours late labels touch: their keys are looked up in the hour files, by bloom filter and key column.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use futures::TryStreamExt;
use groundline_store::{Hour, Object, Root};
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use super::hour_reader::HourReader;
use crate::error::EngineError;
use crate::merge::label_index::LabelIndex;

/// A bloom filter is asked for each key of the labels; the key column is read once. So many keys for each row cost
/// as much as reading the row's key.
const KEYS_PER_ROW: usize = 4;

/// What late labels and deleted ones mean for one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touched {
    /// A label of the hour file is of a file that is gone.
    ByRemoval,
    /// It holds a key of an added label.
    ByKey,
    Not,
}

/// The labels that are looked up, their keys apart for the filters.
pub(super) struct Lookup {
    pub(super) index: Arc<LabelIndex>,
    keys: Vec<Box<str>>,
    /// Hours of added label files that have rejects.
    pub(super) rejected_hours: BTreeSet<Hour>,
}

impl Lookup {
    pub(super) fn new(index: Arc<LabelIndex>, rejected_hours: BTreeSet<Hour>) -> Self {
        let keys: BTreeSet<Box<str>> = index
            .labels()
            .map(|(label, _)| Box::from(index.key(label)))
            .collect();
        Self {
            keys: keys.into_iter().collect(),
            rejected_hours,
            index,
        }
    }

    /// Looks into one hour file: for labels of `removed` files first, then for the keys if any were `added`.
    pub(super) async fn look(
        &self,
        root: &Root,
        object: &Object,
        removed: &BTreeSet<String>,
        added: bool,
    ) -> Result<Touched, EngineError> {
        let reader = HourReader::open(root, object).await?;
        if !removed.is_empty() && names_one(&reader, removed).await? {
            return Ok(Touched::ByRemoval);
        }
        match added && self.holds_key(&reader).await? {
            true => Ok(Touched::ByKey),
            false => Ok(Touched::Not),
        }
    }

    async fn holds_key(&self, reader: &HourReader) -> Result<bool, EngineError> {
        let mut builder = reader.builder().await?;
        let metadata = Arc::clone(builder.metadata());
        let rows = usize::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
        if rows == 0 || self.keys.is_empty() {
            return Ok(false);
        }
        if let (Some(column), true) = (
            column(&metadata, "key"),
            self.keys.len() <= rows.saturating_mul(KEYS_PER_ROW),
        ) {
            let mut maybe = false;
            for group in 0..metadata.num_row_groups() {
                let filter = builder
                    .get_row_group_column_bloom_filter(group, column)
                    .await;
                let filter = filter.map_err(|source| reader.failed(source))?;
                maybe |= filter
                    .is_none_or(|filter| self.keys.iter().any(|key| filter.check(&key.as_ref())));
            }
            if !maybe {
                return Ok(false);
            }
        }
        let mut rows = reader.rows(Some(&["key"])).await?;
        let (mut heads, mut spelled) = (Vec::new(), Vec::new());
        while let Some(batch) = rows
            .try_next()
            .await
            .map_err(|source| reader.failed(source))?
        {
            let Some(keys) = batch.column(0).as_string_opt::<i32>() else {
                return Ok(true);
            };
            let keys = (0..keys.len())
                .filter(|row| keys.is_valid(*row))
                .map(|row| keys.value(row));
            self.index.find(keys, &mut heads, &mut spelled);
            if heads.iter().any(Option::is_some) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a label of the hour file is of one of these files.
async fn names_one(reader: &HourReader, files: &BTreeSet<String>) -> Result<bool, EngineError> {
    let builder = reader.builder().await?;
    let metadata = Arc::clone(builder.metadata());
    if let Some(column) = column(&metadata, "label_file") {
        let groups = metadata.row_groups().iter();
        if !groups
            .into_iter()
            .any(|group| may_hold(group, column, files))
        {
            return Ok(false);
        }
    }
    let mut rows = reader.rows(Some(&["label_file"])).await?;
    while let Some(batch) = rows
        .try_next()
        .await
        .map_err(|source| reader.failed(source))?
    {
        let Some(names) = batch.column(0).as_string_opt::<i32>() else {
            return Ok(true);
        };
        // Neighbours mostly name one file.
        let mut last = None;
        for row in (0..names.len()).filter(|row| names.is_valid(*row)) {
            let name = names.value(row);
            if last != Some(name) && files.contains(name) {
                return Ok(true);
            }
            last = Some(name);
        }
    }
    Ok(false)
}

/// Whether the least and the greatest text of a column chunk let it hold one of these.
fn may_hold(group: &RowGroupMetaData, column: usize, files: &BTreeSet<String>) -> bool {
    let Some(statistics) = group
        .columns()
        .get(column)
        .and_then(|chunk| chunk.statistics())
    else {
        return true;
    };
    match (statistics.min_bytes_opt(), statistics.max_bytes_opt()) {
        // Long texts are cut, the least down and the greatest up.
        (Some(min), Some(max)) => files
            .iter()
            .any(|file| min <= file.as_bytes() && file.as_bytes() <= max),
        // No value at all.
        (None, None) => statistics.null_count_opt() != u64::try_from(group.num_rows()).ok(),
        _ => true,
    }
}

/// Number of a column of the file.
fn column(metadata: &ParquetMetaData, name: &str) -> Option<usize> {
    let columns = metadata.file_metadata().schema_descr().columns();
    columns.iter().position(|column| column.name() == name)
}
