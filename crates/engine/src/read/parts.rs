//! Bytes of an object that is not on this machine: in one request if it is small, else part by part, with the next
//! parts on their way while one is decoded.

use std::collections::VecDeque;
use std::ops::Range;

use bytes::Bytes;
use datafusion::common::runtime::SpawnedTask;
use groundline_store::{Object, Root, read_error};
use object_store::{GetOptions, GetRange, ObjectStore};

use crate::error::EngineError;

/// Bytes of one request.
pub(crate) const PART: u64 = 4 << 20;
/// Requests under way for one reader.
const AHEAD: usize = 2;
/// Bytes beyond a reader's range, for the record that its end cuts; longer records ask for more and more.
const REST: u64 = 64 << 10;

/// Reads an object from `next` on.
pub(crate) struct Parts {
    root: Root,
    object: Object,
    /// Where the next request begins.
    next: u64,
    /// What is asked for before anybody needs it ends here.
    end: u64,
    /// Bytes of the next request beyond `end`.
    rest: u64,
    under_way: VecDeque<SpawnedTask<Result<Part, EngineError>>>,
    current: Bytes,
    /// What all parts must come from, where neither listing nor request could say it.
    etag: Option<String>,
}

struct Part {
    bytes: Bytes,
    etag: Option<String>,
}

impl Parts {
    /// The first requests are on their way; `end` is where the reader's range ends, if it has one.
    pub(crate) fn open(root: &Root, object: &Object, start: u64, end: Option<u64>) -> Self {
        let mut parts = Self {
            root: root.clone(),
            object: object.clone(),
            next: start,
            end: end.map_or(object.size, |end| object.size.min(end.saturating_add(REST))),
            rest: REST,
            under_way: VecDeque::new(),
            current: Bytes::new(),
            etag: None,
        };
        parts.ask_ahead();
        parts
    }

    /// At most so many of the next bytes; none at the end of the object.
    pub(crate) async fn next(&mut self, most: usize) -> Result<Bytes, EngineError> {
        if self.current.is_empty() {
            self.ask_ahead();
            if self.under_way.is_empty() && self.next < self.object.size {
                let rest = self.rest;
                self.rest = (rest * 2).min(PART);
                self.ask(rest, self.object.size);
            }
            let Some(task) = self.under_way.pop_front() else {
                return Ok(Bytes::new());
            };
            let part = task.join().await.map_err(|error| EngineError::Worker {
                reason: error.to_string(),
            })??;
            if self.etag.is_some() && part.etag.is_some() && self.etag != part.etag {
                return Err(changed(&self.object));
            }
            self.etag = self.etag.take().or(part.etag);
            self.current = part.bytes;
            self.ask_ahead();
        }
        Ok(self.current.split_to(most.min(self.current.len())))
    }

    fn ask_ahead(&mut self) {
        while self.under_way.len() < AHEAD && self.next < self.end {
            self.ask(PART, self.end);
        }
    }

    /// A task of its own, so that bytes arrive while others are decoded.
    fn ask(&mut self, length: u64, end: u64) {
        let (from, to) = (self.next, self.next.saturating_add(length).min(end));
        self.next = to;
        let get = get(self.root.clone(), self.object.clone(), from, to);
        self.under_way.push_back(SpawnedTask::spawn(get));
    }
}

/// Some bytes of an object as it was listed.
pub(crate) async fn bytes_of(
    root: &Root,
    object: &Object,
    range: Range<u64>,
) -> Result<Bytes, EngineError> {
    let part = get(root.clone(), object.clone(), range.start, range.end).await?;
    Ok(part.bytes)
}

async fn get(root: Root, object: Object, from: u64, to: u64) -> Result<Part, EngineError> {
    let failed = |error: object_store::Error| match error {
        object_store::Error::NotFound { .. } | object_store::Error::Precondition { .. } => {
            changed(&object)
        }
        error => EngineError::from(read_error(&root, &object.path, error)),
    };
    let options = GetOptions {
        range: (to - from < object.size).then_some(GetRange::Bounded(from..to)),
        // A weak one matches nothing.
        if_match: object.etag.clone().filter(|etag| !etag.starts_with("W/")),
        ..GetOptions::default()
    };
    let got = root.store().get_opts(&object.path, options).await;
    let got = got.map_err(failed)?;
    let (size, etag) = (got.meta.size, got.meta.e_tag.clone());
    let bytes = got.bytes().await.map_err(failed)?;
    if size != object.size || bytes.len() as u64 != to - from {
        return Err(changed(&object));
    }
    Ok(Part { bytes, etag })
}

fn changed(object: &Object) -> EngineError {
    EngineError::Changed {
        file: object.key.clone(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use std::sync::Arc;

    use groundline_store::{Path, head};
    use object_store::ObjectStoreExt;
    use object_store::memory::InMemory;

    use super::*;

    /// An object of `length` bytes, none like the one before it.
    async fn object(length: u64) -> (Root, Object, Vec<u8>) {
        let bytes: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
        let root = Root::with_store(Arc::new(InMemory::new()), Path::default(), "memory");
        let path = Path::from("x");
        root.store().put(&path, bytes.clone().into()).await.unwrap();
        let object = head(&root, &path).await.unwrap().unwrap();
        (root, object, bytes)
    }

    #[tokio::test]
    async fn from_any_start_the_rest_of_the_object_is_read() {
        let (root, object, bytes) = object(2 * PART + 777).await;
        for (start, end) in [
            (0, None),
            (5, None),
            (0, Some(100)),
            (PART - 1, Some(PART + 1)),
            (2 * PART, Some(2 * PART + 776)),
            (2 * PART + 777, None),
        ] {
            let mut parts = Parts::open(&root, &object, start, end);
            let mut read = Vec::new();
            loop {
                let next = parts.next(1 << 18).await.unwrap();
                if next.is_empty() {
                    break;
                }
                assert!(next.len() <= 1 << 18);
                read.extend_from_slice(&next);
            }
            let rest = bytes.get(usize::try_from(start).unwrap()..).unwrap();
            assert!(read == rest, "{} bytes from {start} to {end:?}", read.len());
        }
    }

    #[tokio::test]
    async fn an_object_that_is_replaced_while_it_is_read_is_an_error_and_no_mixture() {
        for listed in [true, false] {
            let (root, mut object, bytes) = object(4 * PART).await;
            if !listed {
                object.etag = None;
            }
            let mut parts = Parts::open(&root, &object, 0, None);
            let first = parts.next(1000).await.unwrap();
            assert_eq!(first, bytes.get(..1000).unwrap());
            let other = vec![0; bytes.len()];
            root.store().put(&object.path, other.into()).await.unwrap();
            let error = loop {
                match parts.next(1 << 20).await {
                    Ok(next) if next.is_empty() => break None,
                    Ok(_) => {}
                    Err(error) => break Some(error),
                }
            };
            let error = error.map(|error| error.to_string()).unwrap_or_default();
            assert_eq!(error, "`x` changed between listing and reading", "{listed}");
        }
    }
}
