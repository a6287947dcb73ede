use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::error::SynthError;
use crate::options::Compress;

/// One file of the corpus while it is written; knows where the next record will begin.
#[derive(Debug)]
pub(crate) struct Object {
    path: PathBuf,
    sink: Sink,
    buffer: Vec<u8>,
    /// Bytes of the decompressed file that have left `buffer`.
    drained: u64,
    /// Line ends written so far.
    lines: u64,
}

#[derive(Debug)]
enum Sink {
    Plain(File),
    Gzip(Box<GzEncoder<File>>),
}

const DRAIN_AT: usize = 1 << 20;

impl Object {
    /// Creates `root/key` and the folders above it.
    pub(crate) fn create(root: &Path, key: &str, compress: Compress) -> Result<Self, SynthError> {
        let path = root.join(key);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(SynthError::io("create", folder))?;
        }
        let file = File::create(&path).map_err(SynthError::io("create", &path))?;
        let sink = match compress {
            Compress::None => Sink::Plain(file),
            // The header's time stays zero, so that the same options give the same bytes.
            Compress::Gzip => Sink::Gzip(Box::new(GzEncoder::new(file, Compression::fast()))),
        };
        Ok(Self {
            path,
            sink,
            buffer: Vec::with_capacity(DRAIN_AT + (DRAIN_AT >> 2)),
            drained: 0,
            lines: 0,
        })
    }

    /// Offset in the decompressed file at which the next byte goes.
    pub(crate) fn position(&self) -> u64 {
        self.drained + self.buffer.len() as u64
    }

    /// Number of the line that is being written, from 1.
    pub(crate) fn line(&self) -> u64 {
        self.lines + 1
    }

    /// Where the bytes of the current line go; they hold no line end.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    pub(crate) fn end_line(&mut self, crlf: bool) -> Result<(), SynthError> {
        self.buffer
            .extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
        self.lines += 1;
        if self.buffer.len() >= DRAIN_AT {
            self.drain()?;
        }
        Ok(())
    }

    /// Writes what is left and closes the file. Returns its bytes: in the decompressed file.
    pub(crate) fn finish(mut self) -> Result<u64, SynthError> {
        self.drain()?;
        match self.sink {
            Sink::Plain(_) => {}
            Sink::Gzip(encoder) => {
                encoder
                    .finish()
                    .map_err(SynthError::io("write", &self.path))?;
            }
        }
        Ok(self.drained)
    }

    fn drain(&mut self) -> Result<(), SynthError> {
        self.sink
            .write_all(&self.buffer)
            .map_err(SynthError::io("write", &self.path))?;
        self.drained += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

impl Sink {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.write_all(bytes),
            Self::Gzip(encoder) => encoder.write_all(bytes),
        }
    }
}

/// Writes a small file at once.
pub(crate) fn write_whole(root: &Path, key: &str, bytes: &[u8]) -> Result<(), SynthError> {
    let path = root.join(key);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(SynthError::io("create", folder))?;
    }
    fs::write(&path, bytes).map_err(SynthError::io("write", &path))
}
