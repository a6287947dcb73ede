//! A remote store whose errors say by their variant what the service's answer was, and hold no more than a `Fault`.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, TryFutureExt, TryStreamExt};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    Result, UploadPart,
};

use super::fault::{Fault, fault_of};

/// The store below, with its errors in our words.
#[derive(Debug)]
pub(crate) struct Checked(pub(crate) Arc<dyn ObjectStore>);

fn checked(error: Error, path: &Path) -> Error {
    let fault = fault_of(&error);
    let status = match &fault {
        Fault::Answer(answer) if answer.is_no_object() => 404,
        Fault::Answer(answer) => answer.status,
        _ => 0,
    };
    // A bucket that is not there is no missing object: readers pass over those.
    let is_object = matches!(&fault, Fault::Answer(answer) if answer.is_no_object());
    let (path, source) = (path.to_string(), Box::new(fault));
    match status {
        404 if is_object => Error::NotFound { path, source },
        304 => Error::NotModified { path, source },
        412 => Error::Precondition { path, source },
        _ => Error::Generic {
            store: "remote",
            source,
        },
    }
}

#[async_trait]
impl ObjectStore for Checked {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let creates = matches!(options.mode, PutMode::Create);
        let put = self.0.put_opts(location, payload, options).await;
        put.map_err(|error| match (fault_of(&error), checked(error, location)) {
            (_, Error::Precondition { path, source }) if creates => {
                Error::AlreadyExists { path, source }
            }
            // Azure's word for it.
            (Fault::Answer(answer), Error::Generic { source, .. })
                if creates && answer.status == 409 =>
            {
                let path = location.to_string();
                Error::AlreadyExists { path, source }
            }
            (_, error) => error,
        })
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let begun = self.0.put_multipart_opts(location, options).await;
        Ok(Box::new(CheckedUpload {
            inner: begun.map_err(|error| checked(error, location))?,
            path: location.clone(),
        }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let got = self.0.get_opts(location, options).await;
        let mut got = got.map_err(|error| checked(error, location))?;
        if let GetResultPayload::Stream(stream) = got.payload {
            let path = location.clone();
            let stream = stream.map_err(move |error| checked(error, &path));
            got.payload = GetResultPayload::Stream(stream.boxed());
        }
        Ok(got)
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let got = self.0.get_ranges(location, ranges).await;
        got.map_err(|error| checked(error, location))
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        // Which of many objects it was is lost on the way, and nothing here deletes many.
        self.0
            .delete_stream(locations)
            .map_err(|error| checked(error, &Path::default()))
            .boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let path = prefix.cloned().unwrap_or_default();
        let listed = self.0.list(prefix);
        listed.map_err(move |error| checked(error, &path)).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let listed = self.0.list_with_delimiter(prefix).await;
        listed.map_err(|error| checked(error, &prefix.cloned().unwrap_or_default()))
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        let copied = self.0.copy_opts(from, to, options).await;
        copied.map_err(|error| checked(error, from))
    }
}

#[derive(Debug)]
struct CheckedUpload {
    inner: Box<dyn MultipartUpload>,
    path: Path,
}

#[async_trait]
impl MultipartUpload for CheckedUpload {
    fn put_part(&mut self, payload: PutPayload) -> UploadPart {
        let path = self.path.clone();
        let part = self.inner.put_part(payload);
        part.map_err(move |error| checked(error, &path)).boxed()
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let completed = self.inner.complete().await;
        completed.map_err(|error| checked(error, &self.path))
    }

    async fn abort(&mut self) -> Result<()> {
        let aborted = self.inner.abort().await;
        aborted.map_err(|error| checked(error, &self.path))
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
