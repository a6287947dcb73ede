//! Stores that are reached over the network: S3, Google Cloud Storage, Azure Blob Storage.
//!
//! [`Stores`] opens roots in them and keeps one client for each bucket. What an answer says of a failure is read
//! where it arrives (`http.rs`), and only its code and our own words go on: what services write into the
//! bodies of their errors can hold session tokens and signatures.

mod account;
mod checked;
mod credentials;
mod endpoint;
mod error;
mod fault;
mod http;
mod options;
mod region;
mod requests;
mod s3;
mod stores;
mod uploads;
mod uploads_xml;
mod uri;

pub(crate) use error::{Doing, Way, remote_error};
pub(crate) use s3::Opened;
pub(crate) use uploads::Uploads;
pub use uri::shown;
pub(crate) use uri::{RemoteUri, Service, half_typed};

pub use account::{AwsAccount, AwsAccountError, AwsKeys};
pub use endpoint::check_endpoint_url;
pub use error::RemoteError;
pub use options::{Sse, StorageOptions};
pub use requests::Requests;
pub use stores::{Layer, Stores};
