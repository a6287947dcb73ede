//! Multipart uploads of S3 that nobody ended. object_store cannot list them, so the requests are made here.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use http::Method;
use object_store::aws::{AmazonS3, AwsAuthorizer};
use object_store::client::{HttpClient, HttpError, HttpRequestBody};
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::{CredentialProvider, Error, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::credentials::Credentials;
use super::fault::{Fault, fault_of};
use super::uploads_xml::{Markers, Page, Upload};

/// A page of a thousand uploads is some hundred KiB.
const LONG_BODY: usize = 8 << 20;
/// A million uploads.
const MAX_PAGES: usize = 1000;
const TRIES: u32 = 5;

/// Everything but what signatures leave as it is.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The unfinished uploads of one bucket.
pub(crate) struct Uploads {
    pub(crate) store: Arc<AmazonS3>,
    pub(crate) client: HttpClient,
    /// `https://host/bucket`
    pub(crate) url: String,
    pub(crate) region: String,
    /// `None` where requests are not signed.
    pub(crate) credentials: Option<Arc<Credentials>>,
}

impl Uploads {
    /// Those whose key lies below a prefix. What another than this program began is among them.
    pub(crate) async fn list(&self, prefix: &Path) -> Result<Vec<Upload>> {
        let prefix = match prefix.is_root() {
            true => String::new(),
            false => format!("{prefix}/"),
        };
        let mut uploads = Vec::new();
        let mut markers = None;
        for _ in 0..MAX_PAGES {
            let Page { found, next } = self.page(&prefix, markers.as_ref()).await?;
            uploads.extend(found);
            match next {
                None => return Ok(uploads),
                // A service that does not know markers gives the first page for ever.
                same if same == markers => break,
                next => markers = next,
            }
        }
        Err(failed(other("the list of unfinished uploads does not end")))
    }

    /// Gives one up; false if it was gone.
    pub(crate) async fn abort(&self, path: &Path, id: &str) -> Result<bool> {
        match self.store.abort_multipart(path, &id.to_owned()).await {
            Ok(()) => Ok(true),
            Err(error) => match fault_of(&error) {
                Fault::Answer(answer) if answer.is_no_upload() => Ok(false),
                fault => Err(failed(fault)),
            },
        }
    }

    async fn page(&self, prefix: &str, markers: Option<&Markers>) -> Result<Page> {
        let mut url = format!(
            "{}?uploads=&encoding-type=url&max-uploads=1000&prefix={}",
            self.url,
            utf8_percent_encode(prefix, QUERY)
        );
        if let Some(markers) = markers {
            let key = utf8_percent_encode(&markers.key, QUERY);
            url.push_str(&format!("&key-marker={key}"));
            let id = utf8_percent_encode(&markers.id, QUERY);
            url.push_str(&format!("&upload-id-marker={id}"));
        }
        let mut tries = 0;
        loop {
            tries += 1;
            match self.get(&url).await {
                Ok(text) => return Page::parse(&text).map_err(|why| failed(other(why))),
                Err(error) if tries < TRIES && may_pass(&error) => {
                    tokio::time::sleep(Duration::from_millis(100 << tries)).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn get(&self, url: &str) -> Result<String> {
        let mut request = http::Request::builder()
            .method(Method::GET)
            .uri(url)
            .body(HttpRequestBody::empty())
            .map_err(|error| failed(other(error.to_string())))?;
        if let Some(credentials) = &self.credentials {
            let credential = credentials.get_credential().await?;
            AwsAuthorizer::new(&credential, "s3", &self.region).authorize(&mut request, None);
        }
        let response = self.client.execute(request).await.map_err(of_http)?;
        let mut bytes = Vec::new();
        let mut stream = response.into_body().bytes_stream();
        while let Some(more) = stream.next().await {
            bytes.extend_from_slice(&more.map_err(of_http)?);
            if bytes.len() > LONG_BODY {
                let why = format!("the list of uploads is longer than {LONG_BODY} bytes");
                return Err(failed(other(why)));
            }
        }
        String::from_utf8(bytes).map_err(|_| failed(other("the list of uploads is no UTF-8")))
    }
}

fn other(why: impl Into<String>) -> Fault {
    Fault::Other { why: why.into() }
}

fn failed(fault: Fault) -> Error {
    Error::Generic {
        store: "S3",
        source: Box::new(fault),
    }
}

fn of_http(error: HttpError) -> Error {
    Error::Generic {
        store: "S3",
        source: Box::new(error),
    }
}

fn may_pass(error: &Error) -> bool {
    fault_of(error).is_transient()
}

/// Without credentials.
impl fmt::Debug for Uploads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uploads")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}
