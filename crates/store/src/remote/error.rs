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

impl Way {
    /// Nobody had credentials.
    pub(crate) fn no_credentials(&self) -> String {
        match (&self.profile, self.profile_only) {
            (Some(profile), true) => {
                format!("no AWS credentials were found in the profile `{profile}` of ~/.aws")
            }
            _ => "no AWS credentials were found in the environment (AWS_ACCESS_KEY_ID), the profile of ~/.aws, web identity, the container or the instance".into(),
        }
    }

    /// Somebody should have had credentials, and failed.
    pub(crate) fn identity_hint(&self) -> String {
        match &self.profile {
            Some(profile) => format!(
                "`aws sts get-caller-identity --profile {profile}` should work; `aws sso login --profile {profile}` signs in again"
            ),
            None => {
                "`aws sts get-caller-identity` should work; `aws sso login` signs in again".into()
            }
        }
    }
}

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    Open,
    List,
    Read,
    Write,
    Delete,
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
    is_transient: bool,
    is_archived: bool,
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

    pub(crate) fn is_transient(&self) -> bool {
        self.is_transient
    }

    pub(crate) fn is_archived(&self) -> bool {
        self.is_archived
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
            is_transient: fault.is_transient(),
            is_archived: matches!(fault, Fault::Answer(answer) if answer.is_archived()),
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
        Doing::Write => format!("cannot write `{uri}`"),
        Doing::Delete => format!("cannot delete `{uri}`"),
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
            way.no_credentials(),
            "name a profile with --profile or AWS_PROFILE, sign in with `aws sso login`, or read a public bucket with --no-sign-request".into(),
            true,
        ),
        Fault::Credentials { .. } => (
            said,
            way.identity_hint(),
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
    if answer.is_archived() {
        return (
            format!("the object is archived and must be restored first ({code})"),
            "restore it with `aws s3api restore-object` or its like, or leave its hour out of the window".into(),
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
    if answer
        .code
        .as_deref()
        .is_some_and(|code| code.starts_with("KMS."))
    {
        return (
            format!("the KMS key cannot be used ({code})"),
            "is it enabled, and in the region of the bucket? --kms-key-id names it for what is written".into(),
            false,
        );
    }
    if answer.is_no_upload() {
        return (
            format!("the upload is gone ({code})"),
            "it was ended or removed meanwhile; run again, and what is not there is written".into(),
            false,
        );
    }
    if matches!(answer.status, 401 | 403) || answer.is(&["AccessDenied"]) {
        return (
            match answer.action {
                Some(action) => format!("access is denied: {action} is not allowed ({code})"),
                None => format!("access is denied ({code})"),
            },
            denied_hint(doing, service, answer.action, way),
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

fn denied_hint(doing: Doing, service: Service, action: Option<&'static str>, way: &Way) -> String {
    let who = "`aws sts get-caller-identity` says who they are";
    if let Some(action) = action {
        let on = match action.starts_with("kms:") {
            true => "the KMS key, by its policy too",
            false => "the bucket and the objects",
        };
        return format!("the credentials need {action} on {on}; {who}");
    }
    let needed = match (service, doing) {
        (Service::S3, Doing::Read) => {
            "s3:GetObject on the objects, and kms:Decrypt where a key encrypts them"
        }
        (Service::S3, Doing::Write) => {
            "s3:PutObject on the objects, and kms:GenerateDataKey and kms:Decrypt where a key encrypts them"
        }
        (Service::S3, Doing::Delete) => "s3:DeleteObject on the objects",
        (Service::S3, _) => "s3:ListBucket on the bucket and s3:GetObject on its objects",
        (_, Doing::Write | Doing::Delete) => {
            let hint = other_hint(service, way);
            return format!("they need to write the container's objects; {hint}");
        }
        _ => {
            let hint = other_hint(service, way);
            return format!("they need to list the container and to read its objects; {hint}");
        }
    };
    format!("the credentials need {needed}; {who}")
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
            action: None,
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

    fn answered(status: u16, code: &str, action: Option<&'static str>) -> RemoteError {
        let answer = Answer {
            status,
            code: Some(code.into()),
            region: None,
            action,
        };
        let uri = "s3://b/p".into();
        let fault = Fault::Answer(answer);
        RemoteError::new(Doing::Write, uri, Service::S3, &fault, &Way::default())
    }

    #[test]
    fn a_denied_write_names_the_permission() {
        let error = answered(403, "AccessDenied", None);
        assert!(error.hint().contains("s3:PutObject"), "{}", error.hint());
        let error = answered(403, "AccessDenied", Some("kms:GenerateDataKey"));
        let why = error.source().map(ToString::to_string).unwrap_or_default();
        assert_eq!(
            why,
            "access is denied: kms:GenerateDataKey is not allowed (403 AccessDenied)"
        );
        assert!(error.hint().contains("kms:GenerateDataKey on the KMS key"));
    }

    #[test]
    fn what_may_pass_by_itself_is_told_from_what_will_not() {
        for (status, code) in [
            (500, "InternalError"),
            (503, "SlowDown"),
            (429, "TooManyRequests"),
            (200, "InternalError"),
            (400, "RequestTimeout"),
            (404, "NoSuchUpload"),
        ] {
            assert!(answered(status, code, None).is_transient(), "{code}");
        }
        for (status, code) in [
            (403, "AccessDenied"),
            (404, "NoSuchBucket"),
            (400, "ExpiredToken"),
            (403, "InvalidObjectState"),
        ] {
            let error = answered(status, code, None);
            assert!(!error.is_transient(), "{code}");
            assert_eq!(error.is_archived(), code == "InvalidObjectState");
        }
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
                "the object is archived and must be restored first (403 InvalidObjectState)",
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
