//! What went wrong between here and a service, as far as it can be told without repeating what the service said.

use std::error::Error;

use object_store::client::{HttpError, HttpErrorKind};

/// One failure, without secrets: it can be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("{}", answer(.0))]
    Answer(Answer),
    #[error("cannot connect: {why}")]
    Unreachable { why: String },
    #[error("no answer in time")]
    TimedOut,
    #[error("the connection broke: {why}")]
    Broken { why: String },
    /// Nobody on the way to credentials had any.
    #[error("no credentials were found")]
    NoCredentials,
    /// Somebody should have had credentials, and failed.
    #[error("no credentials could be had: {why}")]
    Credentials { why: String },
    /// What the user or the environment says of the way to a store cannot be.
    #[error("{why}")]
    Config { why: String },
    #[error("{why}")]
    Other { why: String },
}

impl Fault {
    /// The same request may succeed later, without anybody doing anything.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Answer(answer) => answer.is_worth_a_retry() || answer.is_no_upload(),
            Self::Unreachable { .. } | Self::TimedOut | Self::Broken { .. } => true,
            Self::NoCredentials
            | Self::Credentials { .. }
            | Self::Config { .. }
            | Self::Other { .. } => false,
        }
    }
}

/// An answer that is no success.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// `AccessDenied`; a word, whatever the service sent.
    pub(crate) code: Option<String>,
    /// The region that the bucket is in, where the answer says so.
    pub(crate) region: Option<String>,
    /// The permission that is missing, where the answer says so; a word of our own list.
    pub(crate) action: Option<&'static str>,
}

impl Answer {
    pub(crate) fn is(&self, codes: &[&str]) -> bool {
        self.code
            .as_deref()
            .is_some_and(|code| codes.contains(&code))
    }

    pub(crate) fn is_no_bucket(&self) -> bool {
        self.is(&["NoSuchBucket", "ContainerNotFound", "InvalidBucketName"])
    }

    pub(crate) fn is_no_object(&self) -> bool {
        self.status == 404 && !self.is_no_bucket()
    }

    pub(crate) fn is_expired(&self) -> bool {
        self.is(&[
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "TokenRefreshRequired",
        ])
    }

    pub(crate) fn is_elsewhere(&self) -> bool {
        matches!(self.status, 301 | 307 | 308)
            || self.is(&[
                "PermanentRedirect",
                "TemporaryRedirect",
                "AuthorizationHeaderMalformed",
                "IllegalLocationConstraintException",
            ])
    }

    /// The service may do better in a moment.
    pub(crate) fn is_worth_a_retry(&self) -> bool {
        // What is not implemented will not be in a moment.
        (self.status >= 500 && self.status != 501)
            || matches!(self.status, 408 | 429)
            // S3 has these with other numbers, an upload's end with 200.
            || self.is(&["InternalError", "RequestTimeout", "ServiceUnavailable", "SlowDown"])
    }

    /// It lies where it has to be fetched from first.
    pub(crate) fn is_archived(&self) -> bool {
        self.is(&["InvalidObjectState", "BlobArchived"])
    }

    /// The upload was ended or given up before, perhaps by a request of ours whose answer was lost.
    pub(crate) fn is_no_upload(&self) -> bool {
        self.is(&["NoSuchUpload"])
    }
}

fn answer(answer: &Answer) -> String {
    let Answer { status, code, .. } = answer;
    match code {
        Some(code) => format!("the service answered {status} {code}"),
        None => format!("the service answered {status}"),
    }
}

/// The fault below an error of object_store.
pub(crate) fn fault_of(error: &object_store::Error) -> Fault {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    let mut http: Option<&HttpError> = None;
    let mut last: &(dyn Error + 'static) = error;
    while let Some(error) = next {
        if let Some(fault) = error.downcast_ref::<Fault>() {
            return fault.clone();
        }
        if let Some(error) = error.downcast_ref::<HttpError>() {
            http.get_or_insert(error);
        }
        last = error;
        next = error.source();
    }
    let why = short(&last.to_string());
    match http.map(HttpError::kind) {
        Some(HttpErrorKind::Connect) => Fault::Unreachable { why },
        Some(HttpErrorKind::Timeout) => Fault::TimedOut,
        // An answer that breaks off is said to be one that cannot be decoded.
        Some(HttpErrorKind::Request | HttpErrorKind::Interrupted | HttpErrorKind::Decode) => {
            Fault::Broken { why }
        }
        _ => Fault::Other { why },
    }
}

/// The first line of a text, of a length that can be shown.
pub(crate) fn short(text: &str) -> String {
    const MOST: usize = 300;
    let line = text.trim().lines().next().unwrap_or_default();
    let mut short: String = line
        .chars()
        .filter(|c| !c.is_control())
        .take(MOST)
        .collect();
    if line.chars().count() > MOST {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_found_below_what_the_client_wraps_around_it() {
        let fault = Fault::Answer(Answer {
            status: 403,
            code: Some("AccessDenied".into()),
            ..Answer::default()
        });
        let error = object_store::Error::Generic {
            store: "S3",
            source: Box::new(HttpError::new(HttpErrorKind::Unknown, fault.clone())),
        };
        assert_eq!(fault_of(&error), fault);
        assert_eq!(fault.to_string(), "the service answered 403 AccessDenied");
    }

    #[test]
    fn a_transport_error_keeps_its_deepest_cause_only() {
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let error = object_store::Error::Generic {
            store: "S3",
            source: Box::new(HttpError::new(HttpErrorKind::Connect, refused)),
        };
        assert_eq!(
            fault_of(&error).to_string(),
            "cannot connect: connection refused"
        );
    }
}
