//! How many requests went out.

use std::sync::atomic::{AtomicU64, Ordering};

use http::Method;
use object_store::client::HttpRequest;

/// HTTP requests that were sent to remote stores, those that were sent again included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Of objects, of folders and of unfinished uploads.
    pub list: u64,
    pub get: u64,
    /// Of objects and buckets.
    pub head: u64,
    /// Whole objects, and the beginning, the parts and the end of uploads.
    pub put: u64,
    /// Of objects, one or many, and of uploads that were given up.
    pub delete: u64,
}

impl Requests {
    /// Of every kind.
    pub fn total(self) -> u64 {
        [self.list, self.get, self.head, self.put, self.delete]
            .iter()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }
}

/// The counters behind [`Requests`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    list: AtomicU64,
    get: AtomicU64,
    head: AtomicU64,
    put: AtomicU64,
    delete: AtomicU64,
}

impl Counters {
    pub(crate) fn read(&self) -> Requests {
        Requests {
            list: self.list.load(Ordering::Relaxed),
            get: self.get.load(Ordering::Relaxed),
            head: self.head.load(Ordering::Relaxed),
            put: self.put.load(Ordering::Relaxed),
            delete: self.delete.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn count(&self, request: &HttpRequest) {
        let query = request.uri().query().unwrap_or_default();
        let counter = match *request.method() {
            Method::HEAD => &self.head,
            Method::GET if is_list(query) => &self.list,
            Method::GET => &self.get,
            Method::PUT => &self.put,
            Method::DELETE => &self.delete,
            Method::POST if is_upload(query) => &self.put,
            Method::POST if is_delete(query) || request.uri().path().contains("/batch/") => {
                &self.delete
            }
            // Somebody's tokens: no store is asked.
            _ => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// The query has this parameter, whatever its value, or exactly this pair.
fn has(query: &str, name: &str) -> bool {
    query
        .split('&')
        .any(|pair| pair == name || pair.split_once('=').is_some_and(|(key, _)| key == name))
}

fn is_list(query: &str) -> bool {
    ["list-type", "comp=list", "uploads"]
        .iter()
        .any(|name| has(query, name))
}

/// The beginning of a multipart upload, or its end.
fn is_upload(query: &str) -> bool {
    has(query, "uploads") || is_completion(query)
}

/// The end of a multipart upload, if it is asked for with POST.
pub(crate) fn is_completion(query: &str) -> bool {
    has(query, "uploadId")
}

/// Many objects at once, if it is asked for with POST.
pub(crate) fn is_delete(query: &str) -> bool {
    has(query, "delete") || has(query, "comp=batch")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use object_store::client::HttpRequestBody;

    use super::*;

    #[test]
    fn each_request_is_counted_as_what_it_is_for() {
        let counters = Counters::default();
        for (method, uri) in [
            (Method::GET, "http://h/b?list-type=2&prefix=x"),
            (Method::GET, "http://h/c?restype=container&comp=list"),
            (Method::GET, "http://h/b?uploads=&prefix=x"),
            (Method::GET, "http://h/b/list-type"),
            (Method::HEAD, "http://h/b"),
            (Method::PUT, "http://h/b/k?partNumber=1&uploadId=u"),
            (Method::POST, "http://h/b/k?uploads="),
            (Method::POST, "http://h/b/k?uploadId=u"),
            (Method::POST, "http://h/b?delete"),
            (Method::POST, "http://h/c?restype=container&comp=batch"),
            (Method::POST, "http://h/batch/storage/v1"),
            (Method::DELETE, "http://h/b/k?uploadId=u"),
            (Method::POST, "http://h/token"),
        ] {
            let request = http::Request::builder().method(method).uri(uri);
            counters.count(&request.body(HttpRequestBody::empty()).unwrap());
        }
        let requests = counters.read();
        let expected = Requests {
            list: 3,
            get: 1,
            head: 1,
            put: 3,
            delete: 4,
        };
        assert_eq!((requests, requests.total()), (expected, 12));
    }
}
