//! Bytes of an object in order, decompressed, into buffers that the caller begins with what it carried over.

use std::fs::File;
use std::io::Read;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use groundline_store::{Object, Root};
use object_store::{GetOptions, GetRange, GetResultPayload, ObjectStore};
use tokio::sync::mpsc;

use super::parts::Parts;
use crate::error::EngineError;

/// How an object's bytes are packed, told by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    pub(crate) fn of(key: &str) -> Self {
        let lower = key.rsplit('/').next().unwrap_or(key).to_ascii_lowercase();
        if lower.ends_with(".gz") {
            Self::Gzip
        } else if lower.ends_with(".zst") {
            Self::Zstd
        } else {
            Self::Plain
        }
    }
}

/// Reads an object front to back.
pub(crate) struct Fetch {
    file: String,
    source: FetchSource,
}

enum FetchSource {
    /// A local file: positioned reads straight into the caller's buffer, on the thread that decodes it, which has it
    /// in its cache then. A disk that lags is read ahead by the system.
    File {
        file: File,
        at: u64,
        end: u64,
    },
    Stream {
        stream: BoxStream<'static, object_store::Result<Bytes>>,
        /// Bytes that are still to come.
        left: u64,
    },
    /// A remote object.
    Parts(Box<Parts>),
    /// A thread that decompresses; bounded, so a bomb is never held in memory.
    Thread(mpsc::Receiver<std::io::Result<Vec<u8>>>),
    Done,
}

impl Fetch {
    /// Opens `object` at `start`; plain objects only can start elsewhere than 0. Who reads no further than to about
    /// `end` says so, and no more is fetched than needed.
    pub(crate) async fn open(
        root: &Root,
        object: &Object,
        start: u64,
        end: Option<u64>,
        chunk: usize,
    ) -> Result<Self, EngineError> {
        let packing = Packing::of(&object.key);
        if !root.is_local() {
            let end = end.filter(|_| packing == Packing::Plain);
            let parts = FetchSource::Parts(Box::new(Parts::open(root, object, start, end)));
            return Ok(Self {
                file: object.key.clone(),
                source: match packing {
                    Packing::Plain => parts,
                    packing => FetchSource::Thread(decompress(parts, packing, chunk)),
                },
            });
        }
        let mut options = GetOptions::default();
        if start > 0 {
            options.range = Some(GetRange::Offset(start));
        }
        let result = root
            .store()
            .get_opts(&object.path, options)
            .await
            .map_err(|source| EngineError::Fetch {
                file: object.key.clone(),
                source,
            })?;
        if result.meta.size != object.size {
            return Err(EngineError::Changed {
                file: object.key.clone(),
            });
        }
        let range = result.range.clone();
        let plain = match result.payload {
            GetResultPayload::File(file, _) => FetchSource::File {
                file,
                at: range.start,
                end: range.end,
            },
            GetResultPayload::Stream(stream) => FetchSource::Stream {
                stream,
                left: range.end - range.start,
            },
        };
        let source = match packing {
            Packing::Plain => plain,
            packing => FetchSource::Thread(decompress(plain, packing, chunk)),
        };
        Ok(Self {
            file: object.key.clone(),
            source,
        })
    }

    /// Appends about `chunk` bytes to `buffer`; the flag is false when the object has ended.
    pub(crate) async fn fill(
        &mut self,
        mut buffer: Vec<u8>,
        chunk: usize,
    ) -> Result<(Vec<u8>, bool), EngineError> {
        let read_error = |source| EngineError::Read {
            file: self.file.clone(),
            source,
        };
        match &mut self.source {
            FetchSource::File { file, at, end } => {
                let want = usize::try_from((*end - *at).min(chunk as u64)).unwrap_or(chunk);
                if want == 0 {
                    self.source = FetchSource::Done;
                    return Ok((buffer, false));
                }
                let read = read_at(file, *at, want, buffer);
                let (buffer, got) = read.map_err(read_error)?;
                *at += got as u64;
                if got < want {
                    return Err(EngineError::Changed {
                        file: self.file.clone(),
                    });
                }
                Ok((buffer, got > 0))
            }
            FetchSource::Stream { stream, left } => {
                let mut got = 0;
                while got < chunk {
                    match stream.next().await {
                        Some(Ok(bytes)) => {
                            got += bytes.len();
                            *left = left.saturating_sub(bytes.len() as u64);
                            buffer.extend_from_slice(&bytes);
                        }
                        Some(Err(source)) => {
                            return Err(EngineError::Fetch {
                                file: self.file.clone(),
                                source,
                            });
                        }
                        None if *left > 0 => {
                            return Err(EngineError::Changed {
                                file: self.file.clone(),
                            });
                        }
                        None => {
                            self.source = FetchSource::Done;
                            break;
                        }
                    }
                }
                Ok((buffer, got > 0))
            }
            FetchSource::Parts(parts) => {
                let bytes = parts.next(chunk).await?;
                buffer.extend_from_slice(&bytes);
                Ok((buffer, !bytes.is_empty()))
            }
            FetchSource::Thread(receiver) => match receiver.recv().await {
                Some(Ok(bytes)) => {
                    if buffer.is_empty() {
                        return Ok((bytes, true));
                    }
                    buffer.extend_from_slice(&bytes);
                    Ok((buffer, true))
                }
                Some(Err(source)) => {
                    self.source = FetchSource::Done;
                    // A remote part that failed is an error of ours already.
                    match source.downcast::<EngineError>() {
                        Ok(ours) => Err(ours),
                        Err(source) => Err(read_error(source)),
                    }
                }
                None => {
                    self.source = FetchSource::Done;
                    Ok((buffer, false))
                }
            },
            FetchSource::Done => Ok((buffer, false)),
        }
    }
}

/// Whole small object, decompressed, up to `limit` bytes; `None` when it is larger.
pub(crate) async fn fetch_all(
    root: &Root,
    object: &Object,
    limit: usize,
) -> Result<Option<Vec<u8>>, EngineError> {
    let mut fetch = Fetch::open(root, object, 0, None, 1 << 20).await?;
    let mut buffer = Vec::new();
    loop {
        let (filled, more) = fetch.fill(buffer, 1 << 20).await?;
        buffer = filled;
        if buffer.len() > limit {
            return Ok(None);
        }
        if !more {
            return Ok(Some(buffer));
        }
    }
}

fn read_at(
    file: &File,
    from: u64,
    want: usize,
    mut buffer: Vec<u8>,
) -> std::io::Result<(Vec<u8>, usize)> {
    use std::io::{Seek, SeekFrom};
    // A handle of its own per reader: the position is not shared with anyone.
    let mut file = file;
    file.seek(SeekFrom::Start(from))?;
    buffer.reserve(want);
    let before = buffer.len();
    let got = file.take(want as u64).read_to_end(&mut buffer)?;
    debug_assert_eq!(buffer.len(), before + got);
    Ok((buffer, got))
}

fn decompress(
    source: FetchSource,
    packing: Packing,
    chunk: usize,
) -> mpsc::Receiver<std::io::Result<Vec<u8>>> {
    let (sender, receiver) = mpsc::channel(2);
    let handle = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || {
        let raw = RawReader {
            source,
            handle,
            rest: Bytes::new(),
        };
        let result = match packing {
            Packing::Gzip => pump(flate2::read::MultiGzDecoder::new(raw), &sender, chunk),
            Packing::Zstd => match zstd::stream::read::Decoder::new(raw) {
                Ok(decoder) => pump(decoder, &sender, chunk),
                Err(e) => Err(e),
            },
            Packing::Plain => pump(raw, &sender, chunk),
        };
        if let Err(e) = result {
            // Nobody listening any more is no error.
            let _ = sender.blocking_send(Err(e));
        }
    });
    receiver
}

fn pump(
    mut reader: impl Read,
    sender: &mpsc::Sender<std::io::Result<Vec<u8>>>,
    chunk: usize,
) -> std::io::Result<()> {
    loop {
        let mut buffer = Vec::with_capacity(chunk);
        let got = reader
            .by_ref()
            .take(chunk as u64)
            .read_to_end(&mut buffer)?;
        if got == 0 || sender.blocking_send(Ok(buffer)).is_err() {
            return Ok(());
        }
    }
}

/// The packed bytes as a blocking reader, for the decompressing thread only.
struct RawReader {
    source: FetchSource,
    handle: tokio::runtime::Handle,
    rest: Bytes,
}

impl Read for RawReader {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        match &mut self.source {
            FetchSource::File { file, .. } => (&*file).read(out),
            FetchSource::Stream { stream, .. } => {
                while self.rest.is_empty() {
                    match self.handle.block_on(stream.next()) {
                        Some(Ok(bytes)) => self.rest = bytes,
                        Some(Err(e)) => return Err(std::io::Error::other(e)),
                        None => return Ok(0),
                    }
                }
                let n = out.len().min(self.rest.len());
                out[..n].copy_from_slice(&self.rest.split_to(n));
                Ok(n)
            }
            FetchSource::Parts(parts) => {
                if self.rest.is_empty() {
                    let next = self.handle.block_on(parts.next(1 << 20));
                    self.rest = next.map_err(std::io::Error::other)?;
                }
                let n = out.len().min(self.rest.len());
                out[..n].copy_from_slice(&self.rest.split_to(n));
                Ok(n)
            }
            FetchSource::Thread(_) | FetchSource::Done => Ok(0),
        }
    }
}
