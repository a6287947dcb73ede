//! How stores are reached, and how what is written there is encrypted.

use crate::error::StoreError;

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
    /// How S3 encrypts what is written; else as the bucket says.
    pub sse: Option<Sse>,
    /// The KMS key that encrypts what is written; else the account's own for S3.
    pub kms_key_id: Option<String>,
}

/// Server-side encryption of S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sse {
    /// With keys of S3's own.
    Aes256,
    /// With a key of KMS.
    Kms,
    /// Twice, with a key of KMS.
    KmsDsse,
}

impl Sse {
    /// Reads the words of the AWS command line.
    pub fn parse(text: &str) -> Result<Self, String> {
        [Self::Aes256, Self::Kms, Self::KmsDsse]
            .into_iter()
            .find(|sse| sse.as_str() == text)
            .ok_or_else(|| {
                format!("`{text}` is no encryption of S3: AES256, aws:kms or aws:kms:dsse")
            })
    }

    /// The word that S3 knows it by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aes256 => "AES256",
            Self::Kms => "aws:kms",
            Self::KmsDsse => "aws:kms:dsse",
        }
    }
}

impl StorageOptions {
    /// Refuses a KMS key that nothing would use.
    pub fn check_encryption(&self) -> Result<(), StoreError> {
        let Some(key) = &self.kms_key_id else {
            return Ok(());
        };
        let refuse = |why: &str| Err(StoreError::Encryption { why: why.into() });
        if !matches!(self.sse, Some(Sse::Kms | Sse::KmsDsse)) {
            return refuse(match self.sse {
                None => "a KMS key is given, and no encryption that uses one",
                Some(_) => "a KMS key is given, and AES256 uses none",
            });
        }
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refuse("the KMS key is no id, alias or ARN");
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    #[test]
    fn encryptions_are_named_as_s3_names_them() {
        for word in ["AES256", "aws:kms", "aws:kms:dsse"] {
            assert_eq!(Sse::parse(word).unwrap().as_str(), word);
        }
        for word in ["", "aes256", "kms", "sse-c"] {
            assert!(Sse::parse(word).is_err(), "{word}");
        }
    }

    #[test]
    fn a_kms_key_needs_an_encryption_that_uses_it() {
        let options = |sse, key: &str| StorageOptions {
            sse,
            kms_key_id: (key != "none").then(|| key.to_owned()),
            ..StorageOptions::default()
        };
        for (sse, key) in [
            (None, "none"),
            (Some(Sse::Aes256), "none"),
            (Some(Sse::Kms), "none"),
            (Some(Sse::Kms), "alias/x"),
            (Some(Sse::KmsDsse), "arn:aws:kms:eu-west-1:1:key/a-b"),
        ] {
            options(sse, key).check_encryption().unwrap();
        }
        for (sse, key) in [
            (None, "alias/x"),
            (Some(Sse::Aes256), "alias/x"),
            (Some(Sse::Kms), ""),
            (Some(Sse::Kms), "a\nb"),
        ] {
            let error = options(sse, key).check_encryption().unwrap_err();
            assert!(error.is_user_error() && error.hint().is_some(), "{error}");
        }
    }
}
