//! Failures that a test asks for.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::StatusCode;
use hyper::body::{Body as HttpBody, Bytes, Frame};
use s3s::{Body, HttpResponse};

use super::request::{Kind, Seen};

/// Answers requests of a kind whose key holds a text, so many times, in place of the server.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    pub(crate) holds: &'static str,
    pub(crate) times: usize,
    pub(crate) status: u16,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) body: String,
    /// The request is done all the same; only its answer is lost.
    pub(crate) after: bool,
    /// The request is done and rightly answered, but the body breaks off after so many bytes.
    pub(crate) cut: Option<usize>,
}

impl Fault {
    /// An answer of S3's form.
    pub(crate) fn new(kind: Kind, status: u16, code: &str) -> Self {
        Self::saying(kind, status, code, "said by the test")
    }

    /// An answer of S3's form with a message of its own.
    pub(crate) fn saying(kind: Kind, status: u16, code: &str, message: &str) -> Self {
        Self {
            kind,
            holds: "",
            times: usize::MAX,
            status,
            headers: &[],
            body: format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
            ),
            after: false,
            cut: None,
        }
    }

    /// An answer whose body breaks off.
    pub(crate) fn cut(kind: Kind, bytes: usize) -> Self {
        Self {
            cut: Some(bytes),
            ..Self::new(kind, 200, "")
        }
    }

    pub(crate) fn is_for(&self, seen: &Seen) -> bool {
        self.times > 0 && self.kind == seen.kind && seen.what.contains(self.holds)
    }

    /// The request has to be done, whatever is answered.
    pub(crate) fn is_done(&self) -> bool {
        self.after || self.cut.is_some()
    }

    /// What is answered; `right` is what the server said, if it was asked.
    pub(crate) fn answer(&self, right: Option<(HttpResponse, Bytes)>) -> HttpResponse {
        if let (Some(bytes), Some((right, body))) = (self.cut, right) {
            let length = body.len();
            let rest = Cut(Some(body.slice(..bytes.min(length))));
            let mut response = right.map(|_| Body::http_body(rest));
            response
                .headers_mut()
                .insert("content-length", length.into());
            return response;
        }
        let mut response = HttpResponse::new(Body::from(self.body.clone()));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap();
        for (name, value) in self.headers {
            let (name, value) = (*name, http::HeaderValue::from_static(value));
            response.headers_mut().insert(name, value);
        }
        response
    }
}

/// A body that ends with an error.
struct Cut(Option<Bytes>);

impl HttpBody for Cut {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(bytes) => Ok(Frame::data(bytes)),
            None => Err(std::io::ErrorKind::ConnectionReset.into()),
        }))
    }
}
