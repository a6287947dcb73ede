//! Opens roots, local and remote, with one client for each bucket.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use tokio::sync::{Mutex, OnceCell};

use super::account::{AwsAccount, AwsAccountError};
use super::checked::Checked;
use super::error::{Doing, RemoteError, Way};
use super::fault::fault_of;
use super::http::{Connector, client_options, retries};
use super::options::{Sse, StorageOptions};
use super::requests::Requests;
use super::s3::{Aws, Failed, Opened};
use super::uri::{RemoteUri, Service, shown};
use crate::error::StoreError;
use crate::root::Root;

/// Opens what a user names: a local folder, or a prefix in a bucket. Clones share their clients.
#[derive(Clone, Default)]
pub struct Stores(Arc<Inner>);

/// What is put around the store of every root: for tests of faults and crashes, and for counting.
pub type Layer = Arc<dyn Fn(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore> + Send + Sync>;

#[derive(Default)]
struct Inner {
    options: StorageOptions,
    /// The first is the innermost.
    layers: Vec<Layer>,
    connector: Connector,
    aws: OnceCell<Aws>,
    /// By `s3://bucket`.
    clients: Mutex<HashMap<String, Opened>>,
}

impl Stores {
    /// Nothing is looked up before the first remote root is opened.
    pub fn new(options: StorageOptions) -> Self {
        Self(Arc::new(Inner {
            options,
            ..Inner::default()
        }))
    }

    /// These stores with a layer around the store of every root that is opened or made from now on, local ones too.
    /// It sees what the root's reader and writer ask for, and not the requests into which a client divides that.
    /// For tests of faults and crashes, and for counting. Clients are made anew; requests are counted on.
    pub fn with_layer(self, layer: Layer) -> Self {
        let mut layers = self.0.layers.clone();
        layers.push(layer);
        Self(Arc::new(Inner {
            options: self.0.options.clone(),
            layers,
            connector: self.0.connector.clone(),
            ..Inner::default()
        }))
    }

    /// How S3 is asked to encrypt what is written, and with which key: [`StorageOptions::sse`].
    pub fn encryption(&self) -> (Option<Sse>, Option<&str>) {
        let options = &self.0.options;
        (options.sse, options.kms_key_id.as_deref())
    }

    /// These stores with another encryption of what is written. Clients are made anew.
    pub fn with_encryption(&self, sse: Sse, kms_key_id: Option<String>) -> Self {
        Self(Arc::new(Inner {
            options: StorageOptions {
                sse: Some(sse),
                kms_key_id,
                ..self.0.options.clone()
            },
            layers: self.0.layers.clone(),
            connector: self.0.connector.clone(),
            ..Inner::default()
        }))
    }

    /// The requests that were sent to remote stores since these were made.
    pub fn requests(&self) -> Requests {
        self.0.connector.0.read()
    }

    /// A root to read from. A local folder must exist; a bucket is looked at by the first listing.
    pub async fn open(&self, text: &str) -> Result<Root, StoreError> {
        let uri = match RemoteUri::parse(text) {
            None => return Root::open(text).map(|root| self.layered(root)),
            Some(uri) => uri?,
        };
        if uri.service == Service::S3 {
            self.0.options.check_encryption()?;
        }
        // Held while a client is made: roots of one bucket share it, so that they can be compared.
        let mut clients = self.0.clients.lock().await;
        let opened = match clients.get(&uri.base()) {
            Some(opened) => opened.clone(),
            None => {
                let opened = self.client(&uri).await.map_err(|failed| {
                    let (fault, way) = *failed;
                    let error =
                        RemoteError::new(Doing::Open, text.to_owned(), uri.service, &fault, &way);
                    StoreError::Remote(Box::new(error))
                })?;
                clients.insert(uri.base(), opened.clone());
                opened
            }
        };
        Ok(Root::remote(opened, uri))
    }

    /// A root to write to. A local folder is made where it is absent; a bucket must exist, and what may be
    /// written there is found out by the first write.
    pub async fn create(&self, text: &str) -> Result<Root, StoreError> {
        Root::check_output(text)?;
        let Some(uri) = RemoteUri::parse(text) else {
            return Root::create(text).map(|root| self.layered(root));
        };
        // Of a root that is only read the encryption is nobody's concern.
        if let Some(sse) = self.0.options.sse
            && uri?.service != Service::S3
        {
            return Err(StoreError::Encryption {
                why: format!(
                    "`{}` is not in S3, and the encryption {} is S3's own",
                    shown(text),
                    sse.as_str()
                ),
            });
        }
        self.open(text).await
    }

    /// The account for a service other than S3, whose name is that of `AWS_ENDPOINT_URL_{service}` (`CLOUDWATCH`):
    /// region and credentials as for buckets, the instance's region where nobody says another.
    /// Credentials are asked for with [`AwsAccount::keys`].
    pub async fn aws_account(&self, service: &str) -> Result<AwsAccount, AwsAccountError> {
        let options = &self.0.options;
        let aws = self.0.aws.get_or_try_init(|| Aws::load(options)).await;
        let aws = aws.map_err(|fault| AwsAccountError::from(&fault))?;
        AwsAccount::of(aws, options, service).await
    }

    fn layered(&self, root: Root) -> Root {
        root.wrap(|store| self.0.wrap(store))
    }

    async fn client(&self, uri: &RemoteUri) -> Result<Opened, Box<Failed>> {
        let options = &self.0.options;
        let without_way = |fault| Box::new((fault, Way::default()));
        let opened = match uri.service {
            Service::S3 => {
                let aws = self.0.aws.get_or_try_init(|| Aws::load(options)).await;
                let connector = &self.0.connector;
                let aws = aws.map_err(without_way)?;
                aws.open(&uri.bucket, options, connector).await?
            }
            Service::Gcs => {
                let builder = GoogleCloudStorageBuilder::from_env()
                    .with_bucket_name(&uri.bucket)
                    .with_skip_signature(options.no_sign_request)
                    .with_client_options(client_options())
                    .with_retry(retries())
                    .with_http_connector(self.0.connector.clone());
                built(builder.build())?
            }
            Service::Azure => {
                let mut builder = MicrosoftAzureBuilder::from_env()
                    .with_client_options(client_options())
                    .with_retry(retries())
                    .with_http_connector(self.0.connector.clone());
                builder = match uri.bucket.contains('@') {
                    true => builder.with_url(uri.base()),
                    false => builder.with_container_name(&uri.bucket),
                };
                if options.no_sign_request {
                    builder = builder.with_skip_signature(true);
                }
                built(builder.build())?
            }
        };
        Ok(Opened {
            store: self.0.wrap(Arc::new(Checked(opened.store))),
            ..opened
        })
    }
}

impl Inner {
    fn wrap(&self, store: Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore> {
        self.layers.iter().fold(store, |store, layer| layer(store))
    }
}

fn built<S: ObjectStore>(store: object_store::Result<S>) -> Result<Opened, Box<Failed>> {
    match store {
        Ok(store) => Ok(Opened {
            store: Arc::new(store),
            way: Way::default(),
            uploads: None,
        }),
        Err(error) => Err(Box::new((fault_of(&error), Way::default()))),
    }
}

/// Without clients, which know credentials.
impl fmt::Debug for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stores")
            .field("options", &self.0.options)
            .finish_non_exhaustive()
    }
}
