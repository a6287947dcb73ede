//! One request, tried until it is answered for good.

use std::error::Error;
use std::time::SystemTime;

use reqwest::{Client, Response};

use super::client::Keys;
use super::error::PublishError;
use super::retry::Retries;
use super::sign::{FORM, Scope, signed_headers};

/// Bytes of an answer that are looked at.
const BODY: usize = 16 << 10;
/// The longest word for an error that is shown.
const CODE: usize = 64;
/// The name that signatures are for.
const SERVICE: &str = "monitoring";

/// Sends bodies to one address.
pub(super) struct Sender {
    pub(super) client: Client,
    /// Without a slash at its end.
    pub(super) endpoint: String,
    pub(super) region: String,
    pub(super) keys: Keys,
    pub(super) retries: Retries,
}

/// What came of one request.
pub(super) struct Sent {
    pub(super) outcome: Result<(), PublishError>,
    /// HTTP requests, the first try included.
    pub(super) requests: usize,
    /// A try before the last may have been taken.
    pub(super) maybe_taken_before: bool,
}

impl Sender {
    pub(super) async fn send(&self, body: &str) -> Sent {
        let mut sent = Sent {
            outcome: Ok(()),
            requests: 0,
            maybe_taken_before: false,
        };
        for tried in 1.. {
            let outcome = self.attempt(body).await;
            // Without keys nothing goes out.
            let unsent = matches!(
                outcome,
                Err(PublishError::Account(_) | PublishError::Signing { .. })
            );
            sent.requests += usize::from(!unsent);
            let Err(error) = outcome else {
                return sent;
            };
            match self.retries.wait_after(tried) {
                Some(wait) if error.is_transient() => {
                    sent.maybe_taken_before |= error.may_have_been_taken();
                    tokio::time::sleep(wait).await;
                }
                _ => {
                    sent.outcome = Err(error.after(tried));
                    break;
                }
            }
        }
        sent
    }

    async fn attempt(&self, body: &str) -> Result<(), PublishError> {
        let url = format!("{}/", self.endpoint);
        let keys = match &self.keys {
            Keys::Given(keys) => keys.clone(),
            Keys::Account(account) => account.keys().await?,
        };
        let scope = Scope {
            service: SERVICE,
            region: &self.region,
            time: SystemTime::now(),
        };
        let mut request = self.client.post(&url).header("content-type", FORM);
        for (name, value) in signed_headers(&url, body, &keys, scope)? {
            request = request.header(name, value);
        }
        let response = request.body(body.to_owned()).send().await;
        let response = response.map_err(|error| self.failed(error))?;
        self.judge(response).await
    }

    async fn judge(&self, mut response: Response) -> Result<(), PublishError> {
        let status = response.status();
        let mut bytes: Vec<u8> = Vec::new();
        while bytes.len() < BODY {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    let room = BODY - bytes.len();
                    bytes.extend(chunk.iter().take(room));
                }
                Ok(None) => break,
                // The status of an error says enough; a success must be whole.
                Err(error) if status.is_success() => return Err(self.failed(error)),
                Err(_) => break,
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let endpoint = self.endpoint.clone();
        let status = status.as_u16();
        if response.status().is_success() {
            return match text.contains("<PutMetricDataResponse") {
                true => Ok(()),
                false => Err(PublishError::NotCloudWatch { endpoint, status }),
            };
        }
        let code = element(&text, "Code").and_then(word);
        let said = code
            .as_deref()
            .filter(|code| PARAMETER.iter().any(|word| code.starts_with(word)))
            .and_then(|_| element(&text, "Message"))
            .map(shown);
        Err(PublishError::Answer {
            endpoint,
            status,
            code,
            said,
            tried: 1,
        })
    }

    fn failed(&self, error: reqwest::Error) -> PublishError {
        let endpoint = self.endpoint.clone();
        let tried = 1;
        // A connection that did not stand in time is both.
        if error.is_connect() {
            let why = deepest(&error);
            return PublishError::Unreachable {
                endpoint,
                why,
                tried,
            };
        }
        if error.is_timeout() {
            return PublishError::TimedOut { endpoint, tried };
        }
        if error.is_builder() {
            let why = deepest(&error);
            return PublishError::Client { why };
        }
        let why = deepest(&error);
        PublishError::Broken {
            endpoint,
            why,
            tried,
        }
    }
}

/// Errors whose message names a parameter, and nothing that is secret. Others repeat what was sent.
const PARAMETER: [&str; 3] = [
    "InvalidParameter",
    "MissingParameter",
    "MissingRequiredParameter",
];

/// The text of an XML element that holds plain text.
fn element<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (value, _) = rest.split_once("</")?;
    Some(value.trim())
}

/// Letters: what else a service may send there is not repeated.
fn word(text: &str) -> Option<String> {
    let plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic());
    (plain && text.len() <= CODE).then(|| text.to_owned())
}

/// The deepest cause in one line: those above it name the address, and repeat each other.
fn deepest(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    shown(&last.to_string())
}

/// The first line of a text, of a length that can be shown.
fn shown(text: &str) -> String {
    const MOST: usize = 300;
    let line = text.trim().lines().next().unwrap_or_default();
    let plain = line.chars().filter(|c| !c.is_control());
    plain.take(MOST).collect()
}
