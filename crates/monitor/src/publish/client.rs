//! CloudWatch of one account and region.

use std::fmt;
use std::time::Duration;

use groundline_store::{AwsAccount, AwsKeys, Stores, check_endpoint_url};

use super::error::PublishError;
use super::prepared::{Prepared, Publication};
use super::retry::Retries;
use super::send::Sender;

/// How CloudWatch is reached; what is not said is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudWatchOptions {
    /// Another address than Amazon's: a VPC endpoint, or a service that speaks the same; `http` is allowed.
    /// Else `AWS_ENDPOINT_URL_CLOUDWATCH`, `AWS_ENDPOINT_URL` or the profile's `endpoint_url`.
    pub endpoint_url: Option<String>,
    /// Else the stores' region, that of the environment, of the profile, or of the instance.
    pub region: Option<String>,
    pub retries: Retries,
    /// Until a connection stands.
    pub connect_timeout: Duration,
    /// Until a request is answered.
    pub timeout: Duration,
}

impl Default for CloudWatchOptions {
    fn default() -> Self {
        Self {
            endpoint_url: None,
            region: None,
            retries: Retries::default(),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
        }
    }
}

/// CloudWatch of one account and region.
pub struct CloudWatch(Sender);

/// Where the keys come from.
#[derive(Debug)]
pub(super) enum Keys {
    Account(AwsAccount),
    Given(AwsKeys),
}

impl CloudWatch {
    /// Finds region and endpoint; credentials are asked for with the first request.
    pub async fn open(stores: &Stores, options: &CloudWatchOptions) -> Result<Self, PublishError> {
        let account = stores.aws_account("CLOUDWATCH").await?;
        let region = match options.region.as_deref().or(account.region()) {
            Some(region) => region.to_owned(),
            None => return Err(PublishError::NoRegion),
        };
        let endpoint = options.endpoint_url.as_deref().or(account.endpoint());
        let endpoint = endpoint.map(str::to_owned);
        Self::of(Keys::Account(account), region, endpoint, options)
    }

    /// With keys that are at hand. Nothing is looked up: the options must give the region.
    pub fn with_keys(keys: AwsKeys, options: &CloudWatchOptions) -> Result<Self, PublishError> {
        let region = options.region.clone().ok_or(PublishError::NoRegion)?;
        Self::of(
            Keys::Given(keys),
            region,
            options.endpoint_url.clone(),
            options,
        )
    }

    fn of(
        keys: Keys,
        region: String,
        endpoint: Option<String>,
        options: &CloudWatchOptions,
    ) -> Result<Self, PublishError> {
        // It becomes part of the address.
        if !is_region(&region) {
            let region = region.chars().take(64).flat_map(char::escape_debug);
            return Err(PublishError::BadRegion {
                region: region.collect(),
            });
        }
        let endpoint = match endpoint {
            Some(url) => {
                check_endpoint_url(&url).map_err(|why| PublishError::Endpoint { why })?;
                url.trim_end_matches('/').to_owned()
            }
            None => amazons(&region),
        };
        let client = reqwest::Client::builder()
            .connect_timeout(options.connect_timeout)
            .timeout(options.timeout)
            // A signature is for one address.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("groundline/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| PublishError::Client {
                why: error.without_url().to_string(),
            })?;
        Ok(Self(Sender {
            client,
            endpoint,
            region,
            keys,
            retries: options.retries,
        }))
    }

    /// Where requests go.
    pub fn endpoint(&self) -> &str {
        &self.0.endpoint
    }

    /// The region that requests are signed for.
    pub fn region(&self) -> &str {
        &self.0.region
    }

    /// Sends the requests in order, each as often as the options say, and ends at the first that fails for good.
    ///
    /// CloudWatch adds up what it is given: of points that are published twice it keeps two samples. What was perhaps
    /// taken is sent again all the same, for a missing point is worse than a doubled one, and counted in
    /// [`Publication::maybe_twice`].
    pub async fn publish(&self, prepared: Prepared) -> Publication {
        let mut out = Publication {
            published: 0,
            maybe_twice: 0,
            unpublished: prepared.points(),
            refused: prepared.refused().to_vec(),
            requests: 0,
            failure: None,
        };
        for request in &prepared.requests {
            let sent = self.0.send(&request.body).await;
            out.requests += sent.requests;
            match sent.outcome {
                Ok(()) => {
                    let count = request.points.len();
                    out.published += count;
                    out.unpublished -= count;
                    if sent.maybe_taken_before {
                        out.maybe_twice += count;
                    }
                }
                Err(error) => {
                    out.failure = Some(error);
                    break;
                }
            }
        }
        out
    }
}

/// Without credentials.
impl fmt::Debug for CloudWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloudWatch")
            .field("endpoint", &self.0.endpoint)
            .field("region", &self.0.region)
            .finish_non_exhaustive()
    }
}

fn is_region(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=32).contains(&text.len()) && text.chars().all(plain) && !text.starts_with('-')
}

fn amazons(region: &str) -> String {
    let china = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("https://monitoring.{region}.amazonaws.com{china}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_a_part_of_amazons_address() {
        for (region, expected) in [
            ("eu-west-1", "https://monitoring.eu-west-1.amazonaws.com"),
            (
                "cn-north-1",
                "https://monitoring.cn-north-1.amazonaws.com.cn",
            ),
            (
                "us-gov-west-1",
                "https://monitoring.us-gov-west-1.amazonaws.com",
            ),
        ] {
            assert!(is_region(region));
            assert_eq!(amazons(region), expected);
        }
        for text in [
            "",
            "evil.example/",
            "eu-west-1.evil",
            "EU-WEST-1",
            "-",
            "a b",
        ] {
            assert!(!is_region(text), "{text}");
        }
    }
}
