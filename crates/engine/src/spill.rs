//! Where operators keep what memory does not hold: files below the temporary folder, gone with their last reader.
//!
//! DataFusion makes and removes the files; this names the folder in what goes wrong with them.

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManager, DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::spill_file::{SpillFile, SpillWriter, TempFileFactory};
use futures::Stream;

use crate::error::EngineError;

/// Makes sure that spill files can be made in `folder`, before a run needs them.
pub fn check_temp_dir(folder: &Path) -> std::result::Result<(), EngineError> {
    let failed = |source| EngineError::TempDir {
        folder: folder.display().to_string(),
        source,
    };
    if !std::fs::metadata(folder).map_err(failed)?.is_dir() {
        return Err(failed(io::ErrorKind::NotADirectory.into()));
    }
    let probe = SpillFolder::new(folder).make("looking whether files can be made");
    probe.map(drop).map_err(failed)
}

/// Makes spill files below a folder.
pub(crate) struct SpillFolder {
    folder: PathBuf,
    /// There from the first file on: most runs spill nothing and should leave the folder alone.
    disk: Mutex<Option<Arc<DiskManager>>>,
}

impl SpillFolder {
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            disk: Mutex::new(None),
        }
    }

    fn make(&self, what_for: &str) -> io::Result<Arc<dyn SpillFile>> {
        let disk = self.disk().map_err(|error| cause(error.into()))?;
        disk.create_tmp_file(what_for)
            .map_err(|error| cause(error.into()))
    }

    fn disk(&self) -> Result<Arc<DiskManager>> {
        let mut disk = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(disk) = &*disk {
            return Ok(Arc::clone(disk));
        }
        let made = DiskManagerBuilder::default()
            .with_mode(DiskManagerMode::Directories(vec![self.folder.clone()]))
            // The disk itself is the limit, whoever chose it.
            .with_max_temp_directory_size(u64::MAX)
            .build()?;
        Ok(Arc::clone(disk.insert(Arc::new(made))))
    }
}

impl TempFileFactory for SpillFolder {
    fn create_temp_file(&self, description: &str) -> Result<Arc<dyn SpillFile>> {
        let folder = self.folder.display().to_string();
        let inner = self
            .make(description)
            .map_err(|source| EngineError::Spill {
                folder: folder.clone(),
                source,
            })?;
        Ok(Arc::new(PlacedFile { inner, folder }))
    }
}

/// A spill file that knows its folder.
struct PlacedFile {
    inner: Arc<dyn SpillFile>,
    folder: String,
}

impl SpillFile for PlacedFile {
    fn path(&self) -> Option<&Path> {
        self.inner.path()
    }

    fn size(&self) -> Option<u64> {
        self.inner.size()
    }

    fn read_stream(&self) -> Result<Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>> {
        self.inner.read_stream()
    }

    fn open_writer(&self) -> Result<Box<dyn SpillWriter>> {
        Ok(Box::new(PlacedWriter {
            inner: self.inner.open_writer()?,
            folder: self.folder.clone(),
        }))
    }
}

struct PlacedWriter {
    inner: Box<dyn SpillWriter>,
    folder: String,
}

impl PlacedWriter {
    fn failed(&self, error: io::Error) -> io::Error {
        io::Error::other(EngineError::Spill {
            folder: self.folder.clone(),
            source: cause(error),
        })
    }
}

impl Write for PlacedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes);
        written.map_err(|error| self.failed(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.inner.flush();
        flushed.map_err(|error| self.failed(error))
    }
}

impl SpillWriter for PlacedWriter {
    fn finish(&mut self) -> Result<()> {
        self.inner.finish()
    }
}

/// What the system said, without DataFusion's wrapping.
fn cause(error: io::Error) -> io::Error {
    let mut next: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(at) = next {
        let Some(io) = at.downcast_ref::<io::Error>() else {
            next = at.source();
            continue;
        };
        if io.raw_os_error().is_some() {
            return copy(io);
        }
        // `source` of an io error leaves out the error that it holds.
        next = io.get_ref().map(|inner| inner as &(dyn Error + 'static));
    }
    error
}

/// The failure to spill that is somewhere below `error`.
pub(crate) fn failure(error: &DataFusionError) -> Option<EngineError> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(at) = next {
        if let Some(EngineError::Spill { folder, source }) = at.downcast_ref::<EngineError>() {
            return Some(EngineError::Spill {
                folder: folder.clone(),
                source: copy(source),
            });
        }
        next = match at.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => at.source(),
        };
    }
    None
}

/// Errors of a plan can be shared by its streams, so they cannot be moved out.
fn copy(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use arrow::error::ArrowError;

    use super::*;
    use crate::error::ErrorKind;

    /// What Linux says when a disk is full.
    const NO_SPACE: i32 = 28;

    /// A disk that is full from the start.
    struct FullDisk;

    impl Write for FullDisk {
        fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
            // As DataFusion's own writer says it.
            Err(DataFusionError::IoError(io::Error::from_raw_os_error(NO_SPACE)).into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl SpillWriter for FullDisk {
        fn finish(&mut self) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_told_with_its_folder_through_every_wrapping() {
        let mut writer = PlacedWriter {
            inner: Box::new(FullDisk),
            folder: "/scratch".to_owned(),
        };
        let mut write = || DataFusionError::from(ArrowError::from(writer.write(b"x").unwrap_err()));
        let shared = DataFusionError::Shared(Arc::new(write()));
        for wrapped in [write(), shared, write().context("sorting")] {
            let error = EngineError::from(wrapped);
            assert_eq!(
                error.to_string(),
                "cannot keep in the temporary folder `/scratch` what memory does not hold"
            );
            let system = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
            assert_eq!(system.raw_os_error(), Some(NO_SPACE));
            assert!(error.hint().unwrap().contains("--temp-dir"));
            assert_eq!(error.kind(), ErrorKind::Failed);
        }
    }

    #[test]
    fn other_errors_are_no_failures_to_spill() {
        let plan = DataFusionError::Plan("no such table".into());
        let read = DataFusionError::IoError(io::Error::from_raw_os_error(NO_SPACE));
        assert!(failure(&plan).is_none() && failure(&read).is_none());
    }

    #[test]
    fn a_folder_is_touched_by_its_first_file_and_clean_after_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let entries = || std::fs::read_dir(folder.path()).unwrap().count();
        let spills = SpillFolder::new(folder.path());
        assert_eq!(entries(), 0);
        let file = spills.create_temp_file("a test").unwrap();
        let mut writer = file.open_writer().unwrap();
        writer.write_all(b"rows").unwrap();
        assert_eq!(file.size(), Some(4));
        assert!(file.path().unwrap().starts_with(folder.path()));
        drop((writer, file, spills));
        assert_eq!(entries(), 0);
    }

    #[test]
    fn a_folder_that_cannot_hold_files_is_named_before_it_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        assert!(check_temp_dir(folder.path()).is_ok());
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        for (wrong, kind) in [
            (file, io::ErrorKind::NotADirectory),
            (folder.path().join("absent"), io::ErrorKind::NotFound),
        ] {
            let error = check_temp_dir(&wrong).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("`{}` cannot hold temporary files", wrong.display())
            );
            let system = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
            assert_eq!(system.kind(), kind);
            assert_eq!(error.kind(), ErrorKind::Usage);
        }
        assert!(
            !folder.path().join("absent").exists(),
            "a look makes nothing"
        );
    }
}
