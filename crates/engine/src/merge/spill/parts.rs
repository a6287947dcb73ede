//! Rows shared out by the hash of their key, each part into a temporary file of its own.

use std::path::Path;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;

use crate::error::EngineError;
use crate::spill_file::{SpillFile, SpillStore};

/// Bytes of a part that wait in memory: small, because there are many parts.
const WAITING: usize = 64 << 10;

/// Rows on their way to a temporary file.
pub(crate) trait SpillRows: Default {
    /// Bytes that wait.
    fn bytes(&self) -> usize;
    /// Takes the rows out.
    fn finish(&mut self) -> Result<RecordBatch, EngineError>;
}

/// One part of the rows.
pub(crate) struct PartWriter<R> {
    rows: R,
    file: SpillFile,
    /// Of the rows that wait.
    mark: u32,
}

impl<R: SpillRows> PartWriter<R> {
    pub(crate) fn new(store: &Arc<SpillStore>) -> Self {
        Self {
            rows: R::default(),
            file: SpillFile::new(store),
            mark: 0,
        }
    }

    /// Adds a row below `mark`; a block never holds rows of two marks.
    pub(crate) fn add(&mut self, mark: u32, push: impl FnOnce(&mut R)) -> Result<(), EngineError> {
        if mark != self.mark || self.rows.bytes() >= WAITING {
            self.flush()?;
            self.mark = mark;
        }
        push(&mut self.rows);
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<SpillFile, EngineError> {
        self.flush()?;
        Ok(self.file)
    }

    fn flush(&mut self) -> Result<(), EngineError> {
        if self.rows.bytes() > 0 {
            let batch = self.rows.finish()?;
            self.file.append(&batch, self.mark)?;
        }
        Ok(())
    }
}

/// All parts, none at first: as many as a power of two says, 256 at most.
pub(super) struct Parts<R> {
    writers: Vec<PartWriter<R>>,
}

impl<R> Default for Parts<R> {
    fn default() -> Self {
        Self {
            writers: Vec::new(),
        }
    }
}

impl<R: SpillRows> Parts<R> {
    pub(super) fn create(count: usize, dir: &Path) -> Result<Self, EngineError> {
        let store = SpillStore::create(dir)?;
        let writers = (0..count.max(1)).map(|_| PartWriter::new(&store));
        Ok(Self {
            writers: writers.collect(),
        })
    }

    pub(super) fn add(&mut self, hash: u32, push: impl FnOnce(&mut R)) -> Result<(), EngineError> {
        let part = part_of(hash, self.writers.len());
        match self.writers.get_mut(part) {
            Some(writer) => writer.add(0, push),
            None => Ok(()),
        }
    }

    pub(super) fn finish(self) -> Result<Vec<SpillFile>, EngineError> {
        self.writers.into_iter().map(PartWriter::finish).collect()
    }
}

/// Part of a key, of `parts` (a power of two).
pub(super) fn part_of(hash: u32, parts: usize) -> usize {
    hash as usize & (parts.max(1) - 1)
}
