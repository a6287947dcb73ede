//! A store whose every operation has the fate that a test gives it.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt, TryFutureExt};
use groundline_store::{Layer, ObjectStore, Path};
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    UploadPart,
};

/// What is asked of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    List,
    Get,
    Head,
    Put,
    CreateUpload,
    PutPart,
    Complete,
    Abort,
    Delete,
    Copy,
}

impl Op {
    pub(crate) fn is_write(self) -> bool {
        !matches!(self, Self::List | Self::Get | Self::Head)
    }
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// As asked.
    Done,
    /// The answer is 503, and nothing is done.
    Busy,
    /// Nobody answers, and nothing is done.
    TimedOut,
    /// It is done, and the answer is lost.
    Lost,
    /// What is read breaks off half-way; of what is written the answer is lost.
    Broken,
    /// What is read ends half-way as if that were all.
    Short,
    /// The process dies and nothing is done.
    DiesBefore,
    /// It is done and the process dies.
    DiesAfter,
}

type Fates = Arc<dyn Fn(Op, &Path) -> Fate + Send + Sync>;

/// A layer that asks for the fate of every operation as it begins.
pub(crate) fn fated(fates: impl Fn(Op, &Path) -> Fate + Send + Sync + 'static) -> Layer {
    let fates: Fates = Arc::new(fates);
    Arc::new(move |inner| {
        Arc::new(Fated {
            inner,
            fates: Arc::clone(&fates),
        })
    })
}

struct Fated {
    inner: Arc<dyn ObjectStore>,
    fates: Fates,
}

fn error(why: &'static str) -> Error {
    Error::Generic {
        store: "fated",
        source: why.into(),
    }
}

const LOST: &str = "the connection was reset";

/// Before an operation: it goes on, or fails with nothing done.
fn begin(fates: &Fates, op: Op, path: &Path) -> Result<Fate> {
    match fates(op, path) {
        Fate::Busy => Err(error("503 SlowDown")),
        Fate::TimedOut => Err(error("no answer in time")),
        // Not an exit: nothing is finished, flushed or dropped, as when the system kills.
        Fate::DiesBefore => std::process::abort(),
        fate => Ok(fate),
    }
}

/// After an operation that went well.
fn end<T>(fate: Fate, done: T) -> Result<T> {
    match fate {
        Fate::Lost | Fate::Broken => Err(error(LOST)),
        Fate::DiesAfter => std::process::abort(),
        _ => Ok(done),
    }
}

/// Half of what was got, then an error or nothing.
async fn broken(got: GetResult, rest: Option<Error>) -> Result<GetResult> {
    let (meta, range) = (got.meta.clone(), got.range.clone());
    let attributes = got.attributes.clone();
    let bytes = got.bytes().await?;
    let half = bytes.slice(..bytes.len() / 2);
    Ok(GetResult {
        payload: GetResultPayload::Stream(
            stream::iter([Ok(half)].into_iter().chain(rest.map(Err))).boxed(),
        ),
        meta,
        range,
        attributes,
    })
}

#[async_trait]
impl ObjectStore for Fated {
    async fn put_opts(&self, at: &Path, bytes: PutPayload, o: PutOptions) -> Result<PutResult> {
        let fate = begin(&self.fates, Op::Put, at)?;
        end(fate, self.inner.put_opts(at, bytes, o).await?)
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let fate = begin(&self.fates, Op::CreateUpload, at)?;
        let inner = self.inner.put_multipart_opts(at, options).await?;
        let upload = FatedUpload {
            inner,
            path: at.clone(),
            fates: Arc::clone(&self.fates),
        };
        end(fate, Box::new(upload))
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        let op = if options.head { Op::Head } else { Op::Get };
        let fate = begin(&self.fates, op, at)?;
        let got = self.inner.get_opts(at, options).await?;
        match (op, fate) {
            (Op::Get, Fate::Broken) => broken(got, Some(error("the body broke off"))).await,
            (Op::Get, Fate::Short) => broken(got, None).await,
            _ => end(fate, got),
        }
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let (inner, fates) = (Arc::clone(&self.inner), Arc::clone(&self.fates));
        paths
            .then(move |path| {
                let (inner, fates) = (Arc::clone(&inner), Arc::clone(&fates));
                async move {
                    let path = path?;
                    let fate = begin(&fates, Op::Delete, &path)?;
                    inner.delete(&path).await?;
                    end(fate, path)
                }
            })
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let path = prefix.cloned().unwrap_or_default();
        let fate = match begin(&self.fates, Op::List, &path) {
            Ok(fate) => fate,
            Err(error) => return stream::once(async { Err(error) }).boxed(),
        };
        let listed = self.inner.list(prefix);
        match fate {
            // A page comes, the next one does not.
            Fate::Lost | Fate::Broken => {
                let rest = stream::once(async { Err(error(LOST)) });
                listed.take(1).chain(rest).boxed()
            }
            _ => listed,
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let path = prefix.cloned().unwrap_or_default();
        let fate = begin(&self.fates, Op::List, &path)?;
        end(fate, self.inner.list_with_delimiter(prefix).await?)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let fate = begin(&self.fates, Op::Copy, to)?;
        self.inner.copy_opts(from, to, options).await?;
        end(fate, ())
    }
}

struct FatedUpload {
    inner: Box<dyn MultipartUpload>,
    path: Path,
    fates: Fates,
}

#[async_trait]
impl MultipartUpload for FatedUpload {
    fn put_part(&mut self, payload: PutPayload) -> UploadPart {
        let fate = match begin(&self.fates, Op::PutPart, &self.path) {
            Ok(fate) => fate,
            Err(error) => return async { Err(error) }.boxed(),
        };
        let part = self.inner.put_part(payload);
        part.and_then(move |done| async move { end(fate, done) })
            .boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let fate = begin(&self.fates, Op::Complete, &self.path)?;
        end(fate, self.inner.complete().await?)
    }

    async fn abort(&mut self) -> Result<()> {
        let fate = begin(&self.fates, Op::Abort, &self.path)?;
        self.inner.abort().await?;
        end(fate, ())
    }
}

/// A layer that lists from the last to the first, in pages of two with other work between them.
pub(crate) fn backwards_in_pages() -> Layer {
    Arc::new(|inner| Arc::new(Backwards(inner)))
}

#[derive(Debug)]
struct Backwards(Arc<dyn ObjectStore>);

#[async_trait]
impl ObjectStore for Backwards {
    async fn put_opts(&self, at: &Path, bytes: PutPayload, o: PutOptions) -> Result<PutResult> {
        self.0.put_opts(at, bytes, o).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.0.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        self.0.get_opts(at, options).await
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.0.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let listed = self.0.list(prefix).collect::<Vec<_>>();
        let pages = listed.map(|mut listed| {
            listed.reverse();
            stream::iter(listed).chunks(2).then(|page| async {
                tokio::task::yield_now().await;
                stream::iter(page)
            })
        });
        pages.flatten_stream().flatten().boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let mut listed = self.0.list_with_delimiter(prefix).await?;
        listed.objects.reverse();
        listed.common_prefixes.reverse();
        Ok(listed)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.0.copy_opts(from, to, options).await
    }
}

impl fmt::Debug for Fated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fated").field(&self.inner).finish()
    }
}

impl fmt::Display for Fated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fated({})", self.inner)
    }
}

impl fmt::Debug for FatedUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FatedUpload")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Backwards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Backwards({})", self.0)
    }
}
