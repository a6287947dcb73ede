//! A look at label files before anybody has said what their columns are.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use arrow::datatypes::DataType;
use futures::StreamExt;
use groundline_store::Stores;

use super::files::{FileKind, LabelFiles};
use super::stage::{Staged, stage_files};
use super::table::TableFiles;
use super::text::{Instants, is_text_like, to_text};
use crate::error::EngineError;
use crate::label_source::LabelTable;
use crate::options::Resources;

/// Files that are opened, and their bytes.
const MOST_FILES: usize = 24;
const MOST_BYTES: u64 = 64 << 20;
/// Rows that are looked at.
const MOST_ROWS: u64 = 100_000;
/// Rows of a batch.
const BATCH: usize = 4_096;
/// Different values of a column that are told apart, and the longest that is kept.
const MOST_VALUES: usize = 64;
const MOST_VALUE: usize = 64;

/// One column, as far as it was looked at.
#[derive(Clone, Debug)]
pub(crate) struct ColumnLook {
    pub(crate) name: String,
    pub(crate) data_type: DataType,
    /// Values that are not null.
    pub(crate) values: u64,
    /// Of them those that are an id of a prediction, and those that are a time.
    pub(crate) known: u64,
    pub(crate) times: u64,
    /// Different values, as many as are told apart.
    pub(crate) classes: BTreeSet<String>,
}

/// Some files of a table of labels.
pub(crate) struct TableLook {
    files: Arc<TableFiles>,
    pub(crate) columns: Vec<ColumnLook>,
    /// Files and bytes that the glob names.
    pub(crate) listed: (u64, u64),
    /// Files that were opened.
    pub(crate) opened: u64,
}

impl TableLook {
    /// Looks at some files, evenly spaced; `known` are ids of predictions.
    pub(crate) async fn new(
        glob: &str,
        known: &HashSet<&str>,
        pick: impl Fn(usize, usize) -> Vec<usize>,
        resources: &Resources,
    ) -> Result<Self, EngineError> {
        let mut files = LabelFiles::list(&resources.stores, glob).await?;
        let bytes: u64 = files.objects.iter().map(|object| object.size).sum();
        let listed = (files.objects.len() as u64, bytes);
        let mut chosen = Vec::new();
        let mut opened = 0;
        for at in pick(files.objects.len(), MOST_FILES) {
            if let Some(object) = files.objects.get(at)
                && (chosen.is_empty() || opened + object.size <= MOST_BYTES)
            {
                opened += object.size;
                chosen.push(object.clone());
            }
        }
        files.objects = chosen;
        let opened = files.objects.len() as u64;
        let files = Arc::new(TableFiles::of(files, &resources.limits).await?);
        let columns = columns(&files, known).await?;
        Ok(Self {
            files,
            columns,
            listed,
            opened,
        })
    }

    /// The labels of the files that were opened; `None` where even one file is too much for a look.
    pub(crate) async fn labels(
        &self,
        table: &LabelTable,
        resources: &Resources,
    ) -> Result<Option<Staged>, EngineError> {
        let objects = &self.files.files.objects;
        if objects.iter().map(|object| object.size).sum::<u64>() > MOST_BYTES {
            return Ok(None);
        }
        // What was rejected while columns were looked at is rejected again.
        drop(self.files.rejected.take());
        let files = Arc::clone(&self.files);
        stage_files(table, files, None, resources).await.map(Some)
    }
}

async fn columns(
    files: &Arc<TableFiles>,
    known: &HashSet<&str>,
) -> Result<Vec<ColumnLook>, EngineError> {
    let fields = files.columns.fields().iter();
    let mut columns: Vec<ColumnLook> = fields
        .map(|field| ColumnLook {
            name: field.name().clone(),
            data_type: field.data_type().clone(),
            values: 0,
            known: 0,
            times: 0,
            classes: BTreeSet::new(),
        })
        .collect();
    let all: Vec<usize> = (0..columns.len()).collect();
    let count = files.files.objects.len();
    // So that the last file is seen too, where the first has many rows.
    let share = MOST_ROWS / count.max(1) as u64;
    for at in 0..count {
        let mut rows = Arc::clone(files).rows(at, all.clone(), BATCH).await?;
        let mut read = 0;
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            for (column, values) in columns.iter_mut().zip(&batch.columns) {
                column.add(values, known)?;
            }
            read += batch.numbers.len() as u64;
            if read >= share {
                break;
            }
        }
    }
    Ok(columns)
}

impl ColumnLook {
    fn add(
        &mut self,
        values: &arrow::array::ArrayRef,
        known: &HashSet<&str>,
    ) -> Result<(), EngineError> {
        if !is_text_like(values.data_type(), true) {
            return Ok(());
        }
        let instants = match Instants::reads(values.data_type()) {
            true => Some(Instants::new(values)?),
            false => None,
        };
        for (row, text) in to_text(values)?.iter().enumerate() {
            let Some(text) = text.filter(|text| !text.is_empty()) else {
                continue;
            };
            self.values += 1;
            self.known += u64::from(known.contains(text));
            let is_time = instants.as_ref().is_some_and(|all| all.get(row).is_ok());
            self.times += u64::from(is_time);
            // One more than are told apart says that there are more.
            if self.classes.len() <= MOST_VALUES && text.len() <= MOST_VALUE {
                self.classes.insert(text.to_owned());
            }
        }
        Ok(())
    }

    /// So few different values that it may be a class.
    pub(crate) fn is_class(&self) -> bool {
        self.classes.len() <= MOST_VALUES / 2 && !self.classes.is_empty()
    }
}

/// `Parquet`, `CSV` or `JSON Lines`, by the name of a file; `None` for any other.
pub(crate) fn kind_name(key: &str) -> Option<&'static str> {
    Some(match FileKind::of(key)? {
        FileKind::Parquet => "Parquet",
        FileKind::Csv => "CSV",
        FileKind::Json => "JSON Lines",
    })
}

/// Whether a glob names any file.
pub(crate) async fn names_files(stores: &Stores, glob: &str) -> bool {
    LabelFiles::list(stores, glob).await.is_ok()
}
