//! How stores are reached.

/// What a user may say of the way to a store; what is not said is looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StorageOptions {
    /// An S3 service other than Amazon's. Buckets are then part of the path, and `http` is allowed.
    pub endpoint_url: Option<String>,
    /// The region of every S3 bucket of the run; else that of the environment, of the profile, or of the bucket.
    pub region: Option<String>,
    /// The profile of `~/.aws` whose credentials and region are used, before those of the environment.
    pub profile: Option<String>,
    /// Ask for public objects, without credentials.
    pub no_sign_request: bool,
}
