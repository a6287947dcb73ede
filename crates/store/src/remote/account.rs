//! The AWS account of a run, for services other than S3: region, endpoint and credentials, found as for buckets.

use std::fmt;
use std::sync::Arc;

use object_store::CredentialProvider;

use super::credentials::Credentials;
use super::endpoint;
use super::error::Way;
use super::fault::{Fault, fault_of};
use super::options::StorageOptions;
use super::s3::Aws;

/// Where a service of AWS is, and with what its requests are signed.
#[derive(Clone)]
pub struct AwsAccount {
    region: Option<String>,
    endpoint: Option<String>,
    /// `None` where requests are not signed.
    credentials: Option<Arc<Credentials>>,
    way: Way,
}

/// What a request is signed with.
#[derive(Clone)]
pub struct AwsKeys {
    /// The access key's id; no secret.
    pub key_id: String,
    /// The secret access key.
    pub secret_key: String,
    /// Of a session.
    pub token: Option<String>,
}

/// Why an account cannot be used. It never holds a credential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct AwsAccountError {
    why: String,
    hint: String,
}

impl AwsAccountError {
    /// What to do next.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl AwsAccount {
    /// `service` is the name in `AWS_ENDPOINT_URL_{service}`: `CLOUDWATCH`.
    pub(crate) async fn of(
        aws: &Aws,
        options: &StorageOptions,
        service: &str,
    ) -> Result<Self, AwsAccountError> {
        let variable = format!("AWS_ENDPOINT_URL_{service}");
        // Not the endpoint of the options: that is a store's, which knows nothing of other services.
        let endpoint = std::env::var(&variable)
            .ok()
            .filter(|url| !url.is_empty())
            .or_else(|| aws.any_endpoint.clone())
            .map(|url| endpoint::parse(&url))
            .transpose()
            .map_err(|why| AwsAccountError {
                why: format!("the endpoint URL cannot be used: {why}"),
                hint: format!("correct {variable}, AWS_ENDPOINT_URL or the profile's endpoint_url"),
            })?;
        let region = match &aws.region {
            Some(region) => Some(region.clone()),
            // Nobody said it, and there is no bucket to ask.
            None => aws.region_of_instance().await,
        };
        let way = Way {
            region: region.clone(),
            endpoint: endpoint.clone(),
            ..aws.way(options)
        };
        Ok(Self {
            region,
            endpoint,
            credentials: aws.credentials.clone(),
            way,
        })
    }

    /// That of `--region`, the environment, the profile or the instance.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// Another address than Amazon's, without a slash at its end, where the environment or the profile gives one.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// Asks for the keys; they are kept until they are about to end.
    pub async fn keys(&self) -> Result<AwsKeys, AwsAccountError> {
        let Some(credentials) = &self.credentials else {
            return Err(AwsAccountError {
                why: "the request must be signed, and --no-sign-request forbids it".into(),
                hint: "leave --no-sign-request out; it is for public buckets".into(),
            });
        };
        let found = credentials.get_credential().await;
        let found = found.map_err(|error| self.explained(&fault_of(&error)))?;
        Ok(AwsKeys {
            key_id: found.key_id.clone(),
            secret_key: found.secret_key.clone(),
            token: found.token.clone(),
        })
    }

    fn explained(&self, fault: &Fault) -> AwsAccountError {
        let (why, hint) = match fault {
            Fault::NoCredentials => (
                self.way.no_credentials(),
                "name a profile with --profile or AWS_PROFILE, or sign in with `aws sso login`"
                    .to_owned(),
            ),
            _ => (fault.to_string(), self.way.identity_hint()),
        };
        AwsAccountError { why, hint }
    }
}

/// Without credentials.
impl fmt::Debug for AwsAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsAccount")
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// Without the secret.
impl fmt::Debug for AwsKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsKeys")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

impl From<&Fault> for AwsAccountError {
    fn from(fault: &Fault) -> Self {
        Self {
            why: fault.to_string(),
            hint: "correct AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or the profile's endpoint_url"
                .into(),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn account(credentials: Option<Credentials>) -> AwsAccount {
        AwsAccount {
            region: None,
            endpoint: None,
            credentials: credentials.map(Arc::new),
            way: Way {
                profile: Some("prod".into()),
                profile_only: true,
                ..Way::default()
            },
        }
    }

    #[tokio::test]
    async fn what_must_not_be_signed_has_no_keys() {
        let error = account(None).keys().await.unwrap_err();
        assert!(error.to_string().contains("--no-sign-request"));
        assert!(!error.hint().is_empty());
    }

    #[test]
    fn a_missing_credential_names_the_profile_that_was_asked() {
        let error = account(None).explained(&Fault::NoCredentials);
        assert_eq!(
            error.to_string(),
            "no AWS credentials were found in the profile `prod` of ~/.aws"
        );
        let why = "the credential_process of the profile failed".to_owned();
        let error = account(None).explained(&Fault::Credentials { why });
        assert!(error.hint().contains("--profile prod"), "{}", error.hint());
    }

    #[test]
    fn keys_are_shown_without_their_secret() {
        let keys = AwsKeys {
            key_id: "AKIDEXAMPLE".into(),
            secret_key: "sesame".into(),
            token: Some("session".into()),
        };
        let shown = format!("{keys:?}");
        assert!(shown.contains("AKIDEXAMPLE"), "{shown}");
        assert!(
            !shown.contains("sesame") && !shown.contains("session"),
            "{shown}"
        );
    }
}
