//! Roots, listing by hour, atomic commit and receipts over object_store.
//!
//! The invariant: nothing outside a declared [`Root`] is read or written, whatever a link, a manifest
//! or a key says, and an object appears under its final name whole or not at all.
//! This crate knows folders, hours and bytes. It knows neither SageMaker's records nor Arrow nor DataFusion.
//!
//! ```
//! # async fn run() -> Result<(), groundline_store::StoreError> {
//! use groundline_store::{Hour, Root, Window, label_layout, list_hours};
//!
//! let labels = label_layout(&Root::open("labels")?).await?;
//! let window = Window::new(Hour::parse("2026-11-01T00")?, Hour::parse("2026-11-01T02")?)?;
//! // Two LIST calls, whatever else the folder holds.
//! let listing = list_hours(&labels.root, labels.root.prefix(), Some(window)).await?;
//! # drop(listing); Ok(()) }
//! ```

mod commit;
mod confined;
mod duration;
mod error;
mod gc;
mod hour;
mod hour_state;
mod label_change;
mod layout;
mod lease;
mod listing;
mod local;
mod nearest;
mod object;
mod partition;
mod receipt;
mod remote;
mod root;
mod seal;
mod snapshot;
mod staged;
mod stored_hours;
mod uri_map;
mod walk;

pub use commit::{
    AtomicWriter, Committed, PART_SIZE, delete_if_present, put_if_changed, read, read_error,
    read_if_present, remove_empty_folder,
};
pub use duration::{DurationError, parse_duration_hours, parse_duration_minutes};
pub use error::StoreError;
pub use gc::{JOBS, Leftover, LeftoverKind, leftovers, remove_leftover};
pub use hour::{Hour, Window};
pub use hour_state::{Changed, FileCheck, Found, HourFacts, HourState, Why, open_reason, state_of};
pub use label_change::{ChangeWithin, LabelChange};
pub use layout::{CaptureLayout, LabelLayout, VariantPrefix, capture_layout, label_layout};
pub use lease::Lease;
pub use listing::{
    HourListing, Skipped, any_below, hour_in_key, list_flat, list_flat_up_to, list_hours,
    list_hours_up_to, list_matching,
};
pub use nearest::{day_folders, first_and_last_hour, nearest_hours};
pub use object::{Object, head};
pub use object_store::ObjectStore;
pub use object_store::path::Path;
pub use partition::{Partition, decoded_name, encoded_name};
pub use receipt::{InputIdentity, LabelSnapshotRef, RECEIPT_VERSION, Receipt, read_receipt};
pub use remote::{
    AwsAccount, AwsAccountError, AwsKeys, Layer, RemoteError, Requests, Sse, StorageOptions,
    Stores, check_endpoint_url, shown,
};
pub use root::Root;
pub use seal::{FileIdentity, seal};
pub use snapshot::{LabelSnapshot, SnapshotObject};
pub use stored_hours::{StoredHour, sha256_of, stored_hours};
pub use uri_map::UriMap;
