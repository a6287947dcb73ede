//! A failure of a remote store as a user reads it: what, where, why, and what to do next.

use std::fmt;

use super::fault::{Answer, Fault, fault_of};
use super::uri::Service;

/// How a store is reached; for messages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Way {
    pub(crate) region: Option<String>,
    pub(crate) endpoint: Option<String>,
    /// The profile that was named, by flag or environment.
    pub(crate) profile: Option<String>,
    /// It was named by flag: nothing else was asked for credentials.
    pub(crate) profile_only: bool,
}

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    Open,
    List,
    Read,
}

/// Why something in a remote store could not be had. It never holds a credential, nor what a service wrote.
#[derive(Debug, thiserror::Error)]
#[error("{}", message(.doing, .uri))]
pub struct RemoteError {
    doing: Doing,
    uri: String,
    #[source]
    why: Why,
    hint: String,
    is_user_error: bool,
}

/// The reason, in words.
#[derive(Debug)]
struct Why(String);

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Why {}

impl RemoteError {
    /// What to do next.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    pub(crate) fn is_user_error(&self) -> bool {
        self.is_user_error
    }

    pub(crate) fn new(
        doing: Doing,
        uri: String,
        service: Service,
        fault: &Fault,
        way: &Way,
    ) -> Self {
        let (why, hint, is_user_error) = explain(doing, service, fault, way);
        Self {
            doing,
            uri,
            why: Why(why),
            hint,
            is_user_error,
        }
    }
}

/// An error of object_store in the words of this module.
pub(crate) fn remote_error(
    doing: Doing,
    uri: String,
    service: Service,
    error: &object_store::Error,
    way: &Way,
) -> RemoteError {
    RemoteError::new(doing, uri, service, &fault_of(error), way)
}

fn message(doing: &Doing, uri: &str) -> String {
    match doing {
        Doing::Open => format!("cannot open `{uri}`"),
        Doing::List => format!("cannot list `{uri}`"),
        Doing::Read => format!("cannot read `{uri}`"),
    }
}

/// Why, what to do, and whether the request itself is wrong.
fn explain(doing: Doing, service: Service, fault: &Fault, way: &Way) -> (String, String, bool) {
    let said = fault.to_string();
    match fault {
        Fault::Answer(answer) => explain_answer(doing, service, answer, way),
        Fault::Unreachable { .. } => (
            match &way.endpoint {
                Some(endpoint) => format!("{said} ({endpoint})"),
                None => said,
            },
            match way.endpoint {
                Some(_) => "is the service running there? --endpoint-url (or endpoint_url, AWS_ENDPOINT_URL) says where it is".into(),
                None => "check the network and HTTPS_PROXY; for a service that is not Amazon's give --endpoint-url".into(),
            },
            false,
        ),
        Fault::TimedOut | Fault::Broken { .. } => (
            said,
            "it was tried several times; check the network, and run again".into(),
            false,
        ),
        Fault::NoCredentials => (
            match (&way.profile, way.profile_only) {
                (Some(profile), true) => format!("no AWS credentials were found in the profile `{profile}` of ~/.aws"),
                _ => "no AWS credentials were found in the environment (AWS_ACCESS_KEY_ID), the profile of ~/.aws, web identity, the container or the instance".into(),
            },
            "name a profile with --profile or AWS_PROFILE, sign in with `aws sso login`, or read a public bucket with --no-sign-request".into(),
            true,
        ),
        Fault::Credentials { .. } => (
            said,
            match &way.profile {
                Some(profile) => format!("`aws sts get-caller-identity --profile {profile}` should work; `aws sso login --profile {profile}` signs in again"),
                None => "`aws sts get-caller-identity` should work; `aws sso login` signs in again".into(),
            },
            true,
        ),
        Fault::Config { .. } => (
            said,
            "correct AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or the profile's endpoint_url, or give --endpoint-url"
                .into(),
            true,
        ),
        Fault::Other { .. } => (said, other_hint(service, way), false),
    }
}

fn other_hint(service: Service, way: &Way) -> String {
    match service {
        Service::S3 if way.endpoint.is_some() => {
            "does the endpoint speak S3? --endpoint-url is its address, without a bucket".into()
        }
        Service::S3 => "give the region with --region, or AWS_REGION".into(),
        Service::Gcs => {
            "credentials come from GOOGLE_APPLICATION_CREDENTIALS, or from `gcloud auth application-default login`".into()
        }
        Service::Azure => {
            "the account is that of abfss://CONTAINER@ACCOUNT…, or of AZURE_STORAGE_ACCOUNT_NAME; credentials come from AZURE_STORAGE_ACCOUNT_KEY and its like".into()
        }
    }
}

fn explain_answer(
    doing: Doing,
    service: Service,
    answer: &Answer,
    way: &Way,
) -> (String, String, bool) {
    let code = match &answer.code {
        Some(code) => format!("{} {code}", answer.status),
        None => answer.status.to_string(),
    };
    let again = match &way.profile {
        Some(profile) => format!("`aws sso login --profile {profile}`"),
        None => "`aws sso login`".to_owned(),
    };
    if answer.is_expired() {
        return (
            format!("the session token has expired ({code})"),
            format!("get new credentials, for example with {again}, and run again"),
            false,
        );
    }
    if answer.is_no_bucket() {
        return (
            format!("there is no such bucket ({code})"),
            "check its name; `aws s3 ls` lists those that you own".into(),
            true,
        );
    }
    if answer.is_elsewhere() {
        let asked = way.region.as_deref().unwrap_or("this one");
        let found = answer.region.as_deref().filter(|region| *region != asked);
        return (
            match found {
                Some(region) => {
                    format!("the bucket is in the region {region}, not in {asked} ({code})")
                }
                None => format!("the bucket is in another region than {asked} ({code})"),
            },
            match found {
                Some(region) => {
                    format!("give --region {region}, or leave the region out: it is looked up")
                }
                None => {
                    "give the bucket's own region with --region, or leave it out: it is looked up"
                        .into()
                }
            },
            true,
        );
    }
    if answer.is(&["InvalidObjectState", "BlobArchived"]) {
        return (
            format!("the object is archived ({code})"),
            "restore it from the archive first, or leave its hour out of the window".into(),
            false,
        );
    }
    if answer.is(&[
        "InvalidAccessKeyId",
        "SignatureDoesNotMatch",
        "InvalidToken",
        "InvalidClientTokenId",
    ]) {
        return (
            format!("the service does not know the credentials ({code})"),
            "are they for this service and account? `aws sts get-caller-identity` says who they are".into(),
            false,
        );
    }
    if answer.is(&["RequestTimeTooSkewed"]) {
        return (
            format!("the clock of this machine is wrong ({code})"),
            "set it, and run again".into(),
            false,
        );
    }
    if matches!(answer.status, 401 | 403) {
        return (
            format!("access is denied ({code})"),
            match (service, doing) {
                (Service::S3, Doing::Read) => "the credentials need s3:GetObject on the objects, and kms:Decrypt where a key encrypts them; `aws sts get-caller-identity` says who they are".into(),
                (Service::S3, _) => "the credentials need s3:ListBucket on the bucket and s3:GetObject on its objects; `aws sts get-caller-identity` says who they are".into(),
                _ => format!(
                    "they need to list the container and to read its objects; {}",
                    other_hint(service, way)
                ),
            },
            false,
        );
    }
    if answer.is_worth_a_retry() {
        return (
            format!("the service answered {code} each time it was asked"),
            "it is busy or broken; run again later, or with fewer --threads".into(),
            false,
        );
    }
    (
        format!("the service answered {code}"),
        other_hint(service, way),
        false,
    )
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    fn told(status: u16, code: &str, region: Option<&str>) -> String {
        let answer = Answer {
            status,
            code: (!code.is_empty()).then(|| code.to_owned()),
            region: region.map(str::to_owned),
        };
        let way = Way {
            region: Some("eu-west-1".into()),
            ..Way::default()
        };
        let error = RemoteError::new(
            Doing::List,
            "s3://b/p".into(),
            Service::S3,
            &Fault::Answer(answer),
            &way,
        );
        let why = error.source().map(ToString::to_string).unwrap_or_default();
        format!("{error}: {why}")
    }

    #[test]
    fn each_refusal_has_its_own_words() {
        for (status, code, region, expected) in [
            (
                403,
                "AccessDenied",
                None,
                "access is denied (403 AccessDenied)",
            ),
            (403, "", None, "access is denied (403)"),
            (
                404,
                "NoSuchBucket",
                None,
                "there is no such bucket (404 NoSuchBucket)",
            ),
            (
                400,
                "ExpiredToken",
                None,
                "the session token has expired (400 ExpiredToken)",
            ),
            (
                301,
                "",
                None,
                "the bucket is in another region than eu-west-1 (301)",
            ),
            (
                301,
                "PermanentRedirect",
                Some("us-west-2"),
                "the bucket is in the region us-west-2, not in eu-west-1 (301 PermanentRedirect)",
            ),
            (
                503,
                "SlowDown",
                None,
                "the service answered 503 SlowDown each time it was asked",
            ),
            (
                403,
                "InvalidObjectState",
                None,
                "the object is archived (403 InvalidObjectState)",
            ),
            (418, "", None, "the service answered 418"),
        ] {
            assert_eq!(
                told(status, code, region),
                format!("cannot list `s3://b/p`: {expected}")
            );
        }
    }
}
