//! The HTTP client under every store: an answer that is no success becomes a [`Fault`] where it arrives.
//!
//! object_store would carry the answer's body into its error. Bodies repeat what was sent: S3 puts the session
//! token into that of `ExpiredToken`, and the signed headers into that of `SignatureDoesNotMatch`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use http::response::Parts;
use http::{HeaderMap, Method};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
    ReqwestConnector,
};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};

use super::fault::{Answer, Fault};
use super::requests::{Counters, is_completion, is_delete};

/// Bytes of an error's body that are looked at.
const BODY: usize = 16 << 10;
/// The longest code of an error that is shown.
const CODE: usize = 48;
/// Bytes of an answer that says how the end of an upload, or the deletion of a thousand objects, went.
const LONG_BODY: usize = 8 << 20;
/// Permissions that an answer may name.
const ACTIONS: &[&str] = &[
    "kms:GenerateDataKey",
    "kms:Decrypt",
    "kms:Encrypt",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:AbortMultipartUpload",
];
/// The longest name of a region.
const REGION: usize = 32;

/// Makes clients whose failures can be shown, and whose requests are counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Connector(pub(crate) Arc<Counters>);

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let inner = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(Client {
            inner,
            counters: Arc::clone(&self.0),
        }))
    }
}

/// Time to connect and to answer one request, whose answer is some megabytes at most.
pub(crate) fn client_options() -> ClientOptions {
    ClientOptions::new()
        .with_connect_timeout(Duration::from_secs(5))
        .with_timeout(Duration::from_secs(60))
}

/// What fails for a moment is asked for again, for about half a minute in all.
pub(crate) fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(8),
            base: 2.0,
        },
        max_retries: 8,
        retry_timeout: Duration::from_secs(120),
    }
}

#[derive(Debug)]
struct Client {
    inner: HttpClient,
    counters: Arc<Counters>,
}

#[async_trait]
impl HttpService for Client {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        // A success of these may be a failure by what it says.
        let query = request.uri().query().unwrap_or_default();
        let may_fail_later =
            *request.method() == Method::POST && (is_completion(query) || is_delete(query));
        self.counters.count(&request);
        let response = self.inner.execute(request).await?;
        if response.status().is_success() {
            return match may_fail_later {
                true => really_succeeded(response).await,
                false => Ok(response),
            };
        }
        let answer = read_answer(response).await;
        Err(failure(answer))
    }
}

fn failure(answer: Answer) -> HttpError {
    let kind = match answer.is_worth_a_retry() {
        true => HttpErrorKind::Request,
        false => HttpErrorKind::Unknown,
    };
    HttpError::new(kind, Fault::Answer(answer))
}

/// S3 begins to answer the end of an upload before it knows how that ends, and answers for many objects at once.
async fn really_succeeded(response: HttpResponse) -> Result<HttpResponse, HttpError> {
    let (parts, body) = response.into_parts();
    let mut bytes = Vec::new();
    let mut stream = body.bytes_stream();
    while let Some(more) = stream.next().await {
        bytes.extend_from_slice(&more?);
        if bytes.len() > LONG_BODY {
            let why = format!("an answer is longer than {LONG_BODY} bytes");
            return Err(HttpError::new(HttpErrorKind::Unknown, Fault::Other { why }));
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    match text.find("<Error>") {
        Some(at) => Err(failure(answer_of(
            &parts,
            text.get(at..).unwrap_or_default(),
        ))),
        None => Ok(HttpResponse::from_parts(parts, bytes.into())),
    }
}

async fn read_answer(response: HttpResponse) -> Answer {
    let (parts, body) = response.into_parts();
    let mut text: Vec<u8> = Vec::new();
    let mut stream = body.bytes_stream();
    // A body that breaks off says less, and the status says enough.
    while let Some(Ok(bytes)) = stream.next().await {
        let room = BODY.saturating_sub(text.len());
        text.extend(bytes.iter().take(room));
        if text.len() >= BODY {
            break;
        }
    }
    answer_of(&parts, &String::from_utf8_lossy(&text))
}

fn answer_of(parts: &Parts, text: &str) -> Answer {
    Answer {
        status: parts.status.as_u16(),
        code: parts
            .headers
            .get("x-ms-error-code")
            .and_then(|value| value.to_str().ok())
            .or_else(|| element(text, "Code"))
            .and_then(code),
        region: region_header(&parts.headers).or_else(|| element(text, "Region").and_then(region)),
        action: element(text, "Message").and_then(action),
    }
}

/// The region of a bucket, where the answer's headers name it.
pub(crate) fn region_header(headers: &HeaderMap) -> Option<String> {
    region(headers.get("x-amz-bucket-region")?.to_str().ok()?)
}

/// The text of an XML element that holds plain text.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (value, _) = rest.split_once("</")?;
    Some(value.trim())
}

/// The permission that a message says is missing. Of what else it says (who, which key) nothing is kept.
fn action(message: &str) -> Option<&'static str> {
    ACTIONS.iter().copied().find(|action| {
        message.match_indices(action).any(|(at, _)| {
            let rest = message.get(at + action.len()..).unwrap_or_default();
            // `s3:GetObject` is not `s3:GetObjectVersion`.
            !rest.starts_with(|c: char| c.is_ascii_alphanumeric())
        })
    })
}

/// Letters: what else a service may send there is not repeated.
fn code(text: &str) -> Option<String> {
    let letters = text.strip_prefix("KMS.").unwrap_or(text);
    let plain = letters.chars().all(|c| c.is_ascii_alphabetic());
    (!text.is_empty() && text.len() <= CODE && plain).then(|| text.to_owned())
}

/// `eu-west-1`
fn region(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let plain = text.contains('-') && text.chars().all(plain);
    (text.len() <= REGION && plain).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_denial_only_the_permission_is_taken() {
        for (message, expected) in [
            (
                "User: arn:aws:sts::123456789012:assumed-role/r/s is not authorized to perform: kms:GenerateDataKey \
                on resource: arn:aws:kms:eu-west-1:123456789012:key/k because no policy allows it",
                Some("kms:GenerateDataKey"),
            ),
            (
                "… to perform: kms:Decrypt on resource …",
                Some("kms:Decrypt"),
            ),
            (
                "not authorized to perform: s3:PutObject",
                Some("s3:PutObject"),
            ),
            (
                "s3:ListBucketMultipartUploads",
                Some("s3:ListBucketMultipartUploads"),
            ),
            ("s3:GetObjectVersion", None),
            ("Access Denied", None),
        ] {
            assert_eq!(action(message), expected, "{message}");
        }
    }

    #[test]
    fn of_an_errors_body_only_its_code_and_region_are_taken() {
        let body = "<?xml version=\"1.0\"?><Error><Code>ExpiredToken</Code><Message>The token IQoJ= has expired.\
            </Message><Token-0>IQoJb3JpZ2luX2VjE/+=</Token-0></Error>";
        assert_eq!(
            element(body, "Code").and_then(code).as_deref(),
            Some("ExpiredToken")
        );
        assert_eq!(element(body, "Region"), None);
        assert_eq!(
            code("KMS.DisabledException").as_deref(),
            Some("KMS.DisabledException")
        );
        for text in [
            "",
            "two words",
            "IQoJb3JpZ2lu",
            "a.b",
            "a/b",
            &"a".repeat(49),
        ] {
            assert_eq!(code(text), None, "{text}");
        }
        assert_eq!(region("eu-west-1").as_deref(), Some("eu-west-1"));
        for text in ["", "nowhere", "EU-WEST-1", "a-b c"] {
            assert_eq!(region(text), None, "{text}");
        }
    }
}
