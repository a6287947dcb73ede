//! What a request is for.

use http::{HeaderMap, Method};
use s3s::HttpRequest;

/// What a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    List,
    /// Unfinished uploads.
    ListUploads,
    Get,
    Head,
    HeadBucket,
    Put,
    CreateUpload,
    PutPart,
    CompleteUpload,
    AbortUpload,
    /// Of one object or of many.
    Delete,
}

impl Kind {
    /// It changes what is stored, or what is on its way there.
    pub(crate) fn is_write(self) -> bool {
        matches!(
            self,
            Self::Put
                | Self::CreateUpload
                | Self::PutPart
                | Self::CompleteUpload
                | Self::AbortUpload
                | Self::Delete
        )
    }
}

/// One request, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) kind: Kind,
    /// The key, or the prefix of a listing, in the words of the request; of a deletion of many the keys, plain, with
    /// spaces between.
    pub(crate) what: String,
    pub(crate) headers: HeaderMap,
    /// Of the body.
    pub(crate) bytes: usize,
}

/// How many requests of a kind, and for keys that begin so.
pub(crate) fn count(seen: &[Seen], kind: Kind, begins: &str) -> usize {
    seen.iter()
        .filter(|seen| seen.kind == kind && seen.what.starts_with(begins))
        .count()
}

impl Seen {
    pub(crate) fn new(request: &HttpRequest, body: &[u8]) -> Self {
        let kind = kind(request);
        Self {
            kind,
            what: what(request, body),
            headers: request.headers().clone(),
            bytes: body.len(),
        }
    }
}

fn kind(request: &HttpRequest) -> Kind {
    let is_object = request.uri().path().trim_matches('/').contains('/');
    let has = |name| parameter(request, name).is_some();
    match (request.method(), is_object) {
        (&Method::HEAD, false) => Kind::HeadBucket,
        (&Method::HEAD, true) => Kind::Head,
        (&Method::PUT, _) if has("partNumber") => Kind::PutPart,
        (&Method::PUT, _) => Kind::Put,
        (&Method::POST, _) if has("uploads") => Kind::CreateUpload,
        (&Method::POST, _) if has("uploadId") => Kind::CompleteUpload,
        (&Method::POST, _) => Kind::Delete,
        (&Method::DELETE, _) if has("uploadId") => Kind::AbortUpload,
        (&Method::DELETE, _) => Kind::Delete,
        (_, true) => Kind::Get,
        (_, false) if has("uploads") => Kind::ListUploads,
        (_, false) => Kind::List,
    }
}

fn what(request: &HttpRequest, body: &[u8]) -> String {
    let path = request.uri().path().trim_matches('/');
    if let Some((_, key)) = path.split_once('/') {
        return key.to_owned();
    }
    if request.method() == Method::POST {
        return elements(&String::from_utf8_lossy(body), "Key").join(" ");
    }
    let prefix = parameter(request, "prefix");
    prefix.unwrap_or_default().replace("%2F", "/")
}

/// A parameter of the query, in its own words.
pub(crate) fn parameter(request: &HttpRequest, name: &str) -> Option<String> {
    let query = request.uri().query().unwrap_or_default();
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then(|| value.to_owned())
    })
}

/// The texts of all XML elements of a name.
pub(crate) fn elements(text: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    text.split(&open)
        .skip(1)
        .filter_map(|rest| rest.split(&close).next().map(str::to_owned))
        .collect()
}
