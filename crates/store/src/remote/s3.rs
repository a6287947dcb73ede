//! A client for one S3 bucket.

use std::sync::Arc;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use object_store::ObjectStore;
use object_store::aws::AmazonS3Builder;
use object_store::client::HttpConnector;

use super::credentials::Credentials;
use super::endpoint;
use super::error::Way;
use super::fault::{Fault, fault_of};
use super::http::{Connector, client_options, retries};
use super::options::StorageOptions;
use super::region;
use super::uploads::Uploads;

/// Where Amazon answers for a bucket of any region.
const AMAZON: &str = "https://s3.amazonaws.com";
/// What services that have no regions take for theirs.
const NO_REGION: &str = "us-east-1";

/// What the chain of credentials speaks with.
const TLS: tls::Provider = tls::Provider::Rustls(CryptoMode::Ring);

/// What the environment and the profile say, read once for all buckets of a run.
#[derive(Debug)]
pub(crate) struct Aws {
    pub(crate) region: Option<String>,
    endpoint: Option<String>,
    /// What the environment and the profile give for every service.
    pub(crate) any_endpoint: Option<String>,
    /// `None` where requests are not signed.
    pub(crate) credentials: Option<Arc<Credentials>>,
}

/// A bucket's client, and how it goes there.
#[derive(Clone)]
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) way: Way,
    /// Of S3 only.
    pub(crate) uploads: Option<Arc<Uploads>>,
}
/// Why there is none.
pub(crate) type Failed = (Fault, Way);

impl Aws {
    /// Reads the environment and the profile; credentials are asked for with the first request.
    pub(crate) async fn load(options: &StorageOptions) -> Result<Self, Fault> {
        let config = sdk_config(options).await;
        let endpoint = options
            .endpoint_url
            .clone()
            .or_else(|| {
                std::env::var("AWS_ENDPOINT_URL_S3")
                    .ok()
                    .filter(|url| !url.is_empty())
            })
            .or_else(|| config.endpoint_url().map(str::to_owned));
        let endpoint = endpoint
            .map(|url| {
                endpoint::parse(&url).map_err(|why| Fault::Config {
                    why: format!("the endpoint URL cannot be used: {why}"),
                })
            })
            .transpose()?;
        Ok(Self {
            region: config.region().map(|region| region.as_ref().to_owned()),
            endpoint,
            any_endpoint: config.endpoint_url().map(str::to_owned),
            credentials: match options.no_sign_request {
                true => None,
                false => Credentials::of(&config).map(Arc::new),
            },
        })
    }

    /// How its services are reached; for messages.
    pub(crate) fn way(&self, options: &StorageOptions) -> Way {
        Way {
            region: self.region.clone(),
            endpoint: self.endpoint.clone(),
            profile: options.profile.clone().or_else(|| {
                std::env::var("AWS_PROFILE")
                    .ok()
                    .filter(|name| !name.is_empty())
            }),
            profile_only: options.profile.is_some(),
        }
    }

    /// The region of the machine, where it is an instance of EC2. Elsewhere nobody answers for seconds.
    pub(crate) async fn region_of_instance(&self) -> Option<String> {
        let client = aws_smithy_http_client::Builder::new()
            .tls_provider(TLS)
            .build_https();
        let config = ProviderConfig::without_region().with_http_client(client);
        let instance = ImdsRegionProvider::builder().configure(&config).build();
        let region = instance.region().await;
        region.map(|region| region.as_ref().to_owned())
    }

    pub(crate) async fn open(
        &self,
        bucket: &str,
        options: &StorageOptions,
        connector: &Connector,
    ) -> Result<Opened, Box<Failed>> {
        let mut way = self.way(options);
        let region = match (&self.region, &self.endpoint) {
            // Says at once, and not after many tries, that nobody is there.
            (known, Some(endpoint)) => {
                match region::ask(endpoint, bucket, false, &connector.0).await {
                    Ok(found) => known
                        .clone()
                        .or(found.region)
                        .unwrap_or_else(|| NO_REGION.to_owned()),
                    Err(fault) => return Err(Box::new((fault, way))),
                }
            }
            (Some(region), None) => region.clone(),
            (None, None) => match region::ask(AMAZON, bucket, true, &connector.0).await {
                Ok(region::Found {
                    region: Some(region),
                }) => region,
                Ok(_) => {
                    let why = "the region of the bucket could not be found out".into();
                    return Err(Box::new((Fault::Other { why }, way)));
                }
                Err(fault) => return Err(Box::new((fault, way))),
            },
        };
        way.region = Some(region.clone());
        let client_options = client_options().with_allow_http(self.endpoint.is_some());
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&region)
            .with_client_options(client_options.clone())
            .with_retry(retries())
            .with_http_connector(connector.clone());
        let mut url = format!("https://s3.{region}.amazonaws.com");
        builder = match &self.endpoint {
            Some(endpoint) => {
                url.clone_from(endpoint);
                builder.with_endpoint(endpoint)
            }
            // Another partition, under another name.
            None if region.starts_with("cn-") => {
                url.push_str(".cn");
                builder.with_endpoint(&url)
            }
            None => builder,
        };
        for (name, value) in encryption(options) {
            match name.parse() {
                Ok(key) => builder = builder.with_config(key, value),
                Err(error) => return Err(Box::new((fault_of(&error), way))),
            }
        }
        builder = match &self.credentials {
            Some(credentials) => builder.with_credentials(Arc::clone(credentials) as _),
            None => builder.with_skip_signature(true),
        };
        let built = builder
            .build()
            .and_then(|store| Ok((Arc::new(store), connector.connect(&client_options)?)));
        let (store, client) = match built {
            Ok(built) => built,
            Err(error) => return Err(Box::new((fault_of(&error), way))),
        };
        let uploads = Uploads {
            store: Arc::clone(&store),
            client,
            url: format!("{url}/{bucket}"),
            region,
            credentials: self.credentials.clone(),
        };
        Ok(Opened {
            store,
            way,
            uploads: Some(Arc::new(uploads)),
        })
    }
}

/// In object_store's words, whose own type for them is not public.
fn encryption(options: &StorageOptions) -> impl Iterator<Item = (&'static str, &str)> {
    let sse = options
        .sse
        .map(|sse| ("aws_server_side_encryption", sse.as_str()));
    let key = options.kms_key_id.as_deref();
    sse.into_iter()
        .chain(key.map(|id| ("aws_sse_kms_key_id", id)))
}

async fn sdk_config(options: &StorageOptions) -> SdkConfig {
    let client = aws_smithy_http_client::Builder::new()
        .tls_provider(TLS)
        .build_https();
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &options.profile {
        profile = profile.profile_name(name);
    }
    // Not of the instance: a bucket need not be where the machine is, and elsewhere nobody answers for seconds.
    let said = RegionProviderChain::first_try(options.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(profile.build());
    let region = said.region().await;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(client.clone())
        .region(region.clone());
    if let Some(name) = &options.profile {
        // Who names a profile means it, whatever keys the environment holds.
        let config = ProviderConfig::without_region()
            .with_http_client(client)
            .with_region(region);
        let credentials = ProfileFileCredentialsProvider::builder()
            .configure(&config)
            .profile_name(name)
            .build();
        loader = loader.profile_name(name).credentials_provider(credentials);
    }
    loader.load().await
}
