//! A temporary file of record batches that leaves nothing behind, however the run ends.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use arrow::record_batch::RecordBatch;

use crate::error::EngineError;

/// The temporary file of several [`SpillFile`]s: a run needs few, however many parts it has.
#[derive(Debug)]
pub(crate) struct SpillStore {
    dir: PathBuf,
    /// Has no name: the system removes it when the last handle closes. With where the next block goes.
    file: Mutex<(File, u64)>,
}

impl SpillStore {
    pub(crate) fn create(dir: &Path) -> Result<Arc<Self>, EngineError> {
        let file = tempfile::tempfile_in(dir).map_err(|source| failed(dir, source))?;
        Ok(Arc::new(Self {
            dir: dir.to_owned(),
            file: Mutex::new((file, 0)),
        }))
    }

    /// Where the bytes went.
    fn append(&self, bytes: &[u8]) -> Result<u64, EngineError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, end) = &mut *file;
        let offset = *end;
        file.seek(SeekFrom::Start(offset))
            .and_then(|_| file.write_all(bytes))
            .map_err(|source| failed(&self.dir, source))?;
        *end += bytes.len() as u64;
        Ok(offset)
    }

    fn read(&self, offset: u64, bytes: &mut [u8]) -> Result<(), EngineError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, _) = &mut *file;
        file.seek(SeekFrom::Start(offset))
            .and_then(|_| file.read_exact(bytes))
            .map_err(|source| failed(&self.dir, source))
    }
}

/// Batches in Arrow's stream format, each a block of its own that can be read at any time, by any thread.
#[derive(Debug)]
pub(crate) struct SpillFile {
    store: Arc<SpillStore>,
    blocks: Vec<Block>,
    /// Bytes of the batches in memory, all together.
    bytes: usize,
}

#[derive(Clone, Copy, Debug)]
struct Block {
    offset: u64,
    length: usize,
    mark: u32,
}

impl SpillFile {
    pub(crate) fn new(store: &Arc<SpillStore>) -> Self {
        Self {
            store: Arc::clone(store),
            blocks: Vec::new(),
            bytes: 0,
        }
    }

    /// Adds a block; marks never fall from block to block.
    pub(crate) fn append(&mut self, batch: &RecordBatch, mark: u32) -> Result<(), EngineError> {
        let mut bytes = Vec::new();
        let mut writer = StreamWriter::try_new(&mut bytes, &batch.schema())?;
        writer.write(batch)?;
        writer.finish()?;
        drop(writer);
        self.blocks.push(Block {
            offset: self.store.append(&bytes)?,
            length: bytes.len(),
            mark,
        });
        self.bytes += bytes.len();
        Ok(())
    }

    /// The batch of block `number`; `None` behind the last.
    pub(crate) fn read(&self, number: usize) -> Result<Option<RecordBatch>, EngineError> {
        let Some(block) = self.blocks.get(number) else {
            return Ok(None);
        };
        let mut bytes = vec![0; block.length];
        self.store.read(block.offset, &mut bytes)?;
        let mut reader = StreamReader::try_new(Cursor::new(bytes), None)?;
        Ok(reader.next().transpose()?)
    }

    /// First block whose mark is `mark` or above.
    pub(crate) fn first_block(&self, mark: u32) -> usize {
        self.blocks.partition_point(|block| block.mark < mark)
    }

    pub(crate) fn mark(&self, number: usize) -> Option<u32> {
        self.blocks.get(number).map(|block| block.mark)
    }

    pub(crate) fn batches(&self) -> impl Iterator<Item = Result<RecordBatch, EngineError>> {
        (0..self.blocks.len()).filter_map(|number| self.read(number).transpose())
    }

    /// About what the batches take in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// A spill that failed.
fn failed(dir: &Path, source: std::io::Error) -> EngineError {
    EngineError::Spill {
        folder: dir.display().to_string(),
        source,
    }
}
