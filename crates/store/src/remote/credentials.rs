//! AWS credentials as the AWS command line finds them: environment, profile (SSO, assumed roles, `credential_process`),
//! web identity, container, instance.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use object_store::CredentialProvider;
use object_store::aws::AwsCredential;
use tokio::sync::Mutex;

use super::fault::{Fault, short};

/// Credentials that end sooner than this are asked for anew: a request may be tried again for two minutes.
const LEFT: Duration = Duration::from_secs(300);

/// The chain, for every bucket of a run; what it gives is kept until it is about to end.
pub(crate) struct Credentials {
    chain: SharedCredentialsProvider,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    credential: Arc<AwsCredential>,
    expires: Option<SystemTime>,
}

impl Credentials {
    pub(crate) fn of(config: &SdkConfig) -> Option<Self> {
        Some(Self {
            chain: config.credentials_provider()?,
            kept: Mutex::new(None),
        })
    }
}

/// Without the credentials.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

#[async_trait]
impl CredentialProvider for Credentials {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        // Held while the chain is asked, so that many requests ask it once.
        let mut kept = self.kept.lock().await;
        if let Some(kept) = &*kept
            && kept.expires.is_none_or(is_far)
        {
            return Ok(Arc::clone(&kept.credential));
        }
        let found = self.chain.provide_credentials().await.map_err(failed)?;
        let credential = Arc::new(AwsCredential {
            key_id: found.access_key_id().to_owned(),
            secret_key: found.secret_access_key().to_owned(),
            token: found.session_token().map(str::to_owned),
        });
        *kept = Some(Kept {
            credential: Arc::clone(&credential),
            expires: found.expiry(),
        });
        Ok(credential)
    }
}

fn is_far(expires: SystemTime) -> bool {
    expires
        .duration_since(SystemTime::now())
        .is_ok_and(|left| left > LEFT)
}

fn failed(error: CredentialsError) -> object_store::Error {
    let fault = match &error {
        CredentialsError::CredentialsNotLoaded(_) => match undefined_profile(&error) {
            Some(why) => Fault::Credentials { why },
            None => Fault::NoCredentials,
        },
        // The instance is asked last, and most machines are none, whatever answers at its address.
        _ if why(&error).contains("IMDS") => Fault::NoCredentials,
        _ => Fault::Credentials { why: why(&error) },
    };
    object_store::Error::Generic {
        store: "S3",
        source: Box::new(fault),
    }
}

/// A profile that was asked for by name and is not there is why nothing was found.
fn undefined_profile(error: &CredentialsError) -> Option<String> {
    let why = why(error);
    let at = why.find("profile `")?;
    let text = why.get(at..)?;
    let (text, _) = text.split_once("` was not defined")?;
    // `default` need not be there.
    (text != "profile `default").then(|| format!("{text}` is not defined"))
}

/// The causes in one line. What another program wrote is left out: it can be anything.
fn why(error: &dyn Error) -> String {
    let mut text = String::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if said.contains("external process") {
            return "the credential_process of the profile failed".into();
        }
        if !said.is_empty() && !text.contains(&said) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&said);
        }
        next = cause.source();
    }
    if text.is_empty() {
        text = error.to_string();
    }
    short(&text)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use aws_credential_types::provider::future;

    use super::*;
    use crate::remote::fault::fault_of;

    /// Gives credentials that live so many seconds, and counts.
    #[derive(Debug)]
    struct Chain {
        seconds: u64,
        asked: Arc<AtomicU64>,
    }

    impl ProvideCredentials for Chain {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let asked = self.asked.fetch_add(1, Ordering::Relaxed);
            let expiry = SystemTime::now() + Duration::from_secs(self.seconds);
            future::ProvideCredentials::ready(Ok(aws_credential_types::Credentials::new(
                format!("key-{asked}"),
                "secret",
                Some("token".to_owned()),
                Some(expiry),
                "test",
            )))
        }
    }

    fn credentials(seconds: u64) -> (Credentials, Arc<AtomicU64>) {
        let asked = Arc::new(AtomicU64::new(0));
        let chain = Chain {
            seconds,
            asked: Arc::clone(&asked),
        };
        let credentials = Credentials {
            chain: SharedCredentialsProvider::new(chain),
            kept: Mutex::new(None),
        };
        (credentials, asked)
    }

    #[tokio::test]
    async fn credentials_are_kept_until_they_are_about_to_end() {
        let (lasting, asked) = credentials(3600);
        for _ in 0..3 {
            let credential = lasting.get_credential().await.unwrap();
            assert_eq!(credential.key_id, "key-0");
            assert_eq!(credential.token.as_deref(), Some("token"));
        }
        assert_eq!(asked.load(Ordering::Relaxed), 1);

        let (ending, asked) = credentials(60);
        ending.get_credential().await.unwrap();
        assert_eq!(ending.get_credential().await.unwrap().key_id, "key-1");
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        assert!(!format!("{ending:?}").contains("secret"));
    }

    #[test]
    fn what_a_credential_process_wrote_is_not_repeated() {
        let error = CredentialsError::provider_error(
            "Error retrieving credentials: external process exited with code 1. Stderr: SECRET",
        );
        let fault = fault_of(&failed(error));
        assert_eq!(
            fault.to_string(),
            "no credentials could be had: the credential_process of the profile failed"
        );
    }

    #[test]
    fn a_profile_that_is_not_there_is_named() {
        let missing = |name: &str| {
            let text = format!("profile `{name}` was not defined: could not find source profile");
            fault_of(&failed(CredentialsError::not_loaded(text)))
        };
        assert_eq!(
            missing("prod").to_string(),
            "no credentials could be had: profile `prod` is not defined"
        );
        assert_eq!(missing("default"), Fault::NoCredentials);
    }
}
