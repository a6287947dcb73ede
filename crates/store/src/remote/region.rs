//! Which region a bucket is in: asked of the bucket where nobody said it.

use http::Method;
use object_store::client::{HttpConnector, HttpErrorKind, HttpRequestBody};

use super::fault::{Answer, Fault};
use super::http::{client_options, region_header};
use super::requests::Counters;

/// How often the question is put when nobody can be reached.
const TRIES: usize = 3;

/// What a bucket's own answer says.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) region: Option<String>,
}

/// Asks `{endpoint}/{bucket}` without credentials: whatever the answer is, its header names the region.
///
/// An error where nobody answers, or where Amazon says that there is no such bucket.
pub(crate) async fn ask(
    endpoint: &str,
    bucket: &str,
    is_amazon: bool,
    counters: &Counters,
) -> Result<Found, Fault> {
    let other = |why: String| Fault::Other { why };
    // Not the client of the store: its failures lose their headers.
    let options = client_options().with_allow_http(!is_amazon);
    let client = object_store::client::ReqwestConnector::default()
        .connect(&options)
        .map_err(|error| super::fault::fault_of(&error))?;
    let mut tries = 0;
    loop {
        let request = http::Request::builder()
            .method(Method::HEAD)
            .uri(format!("{endpoint}/{bucket}"))
            .body(HttpRequestBody::empty())
            .map_err(|error| other(error.to_string()))?;
        tries += 1;
        counters.count(&request);
        match client.execute(request).await {
            Ok(response) => {
                let region = region_header(response.headers());
                if is_amazon && response.status() == 404 {
                    return Err(Fault::Answer(Answer {
                        status: 404,
                        code: Some("NoSuchBucket".into()),
                        ..Answer::default()
                    }));
                }
                return Ok(Found { region });
            }
            Err(error) if tries < TRIES && error.kind() == HttpErrorKind::Connect => {
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
            Err(error) => {
                return Err(super::fault::fault_of(&object_store::Error::Generic {
                    store: "S3",
                    source: Box::new(error),
                }));
            }
        }
    }
}
