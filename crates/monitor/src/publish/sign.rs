//! Signature Version 4 of a form.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use groundline_store::AwsKeys;

use super::error::PublishError;

/// The type of every body of the Query protocol.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// Whom a request is signed for, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'a> {
    pub(super) service: &'a str,
    pub(super) region: &'a str,
    pub(super) time: SystemTime,
}

/// The headers that sign a `POST` of a form; the form's own `Content-Type` is signed with them.
pub(super) fn signed_headers(
    url: &str,
    body: &str,
    keys: &AwsKeys,
    scope: Scope<'_>,
) -> Result<Vec<(String, String)>, PublishError> {
    let identity = Credentials::new(
        &keys.key_id,
        &keys.secret_key,
        keys.token.clone(),
        None,
        "groundline",
    )
    .into();
    let failed = |why: &dyn std::fmt::Display| PublishError::Signing {
        why: why.to_string(),
    };
    let params = SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(scope.time)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| failed(&error))?
        .into();
    let form = [("content-type", FORM)].into_iter();
    let body = SignableBody::Bytes(body.as_bytes());
    let request = SignableRequest::new("POST", url, form, body).map_err(|error| failed(&error))?;
    let (instructions, _) = sign(request, &params)
        .map_err(|error| failed(&error))?
        .into_parts();
    let headers = instructions.headers();
    Ok(headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use std::time::Duration;

    use super::*;

    fn header(headers: &[(String, String)], name: &str) -> Option<String> {
        let found = headers.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.clone())
    }

    /// `post-x-www-form-urlencoded` of the test suite that AWS publishes of Signature Version 4.
    #[test]
    fn awss_own_test_vector_is_signed_as_awss() {
        let keys = AwsKeys {
            key_id: "AKIDEXAMPLE".into(),
            secret_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
            token: None,
        };
        let scope = Scope {
            service: "service",
            region: "us-east-1",
            // 2015-08-30T12:36:00Z
            time: SystemTime::UNIX_EPOCH + Duration::from_secs(1_440_938_160),
        };
        let url = "https://example.amazonaws.com/";
        let headers = signed_headers(url, "Param1=value1", &keys, scope).unwrap();
        assert_eq!(
            header(&headers, "authorization").as_deref(),
            Some(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date, \
                 Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
            )
        );
        assert_eq!(
            header(&headers, "x-amz-date").as_deref(),
            Some("20150830T123600Z")
        );

        let session = AwsKeys {
            token: Some("a session's".into()),
            ..keys
        };
        let headers = signed_headers(url, "Param1=value1", &session, scope).unwrap();
        assert_eq!(
            header(&headers, "x-amz-security-token").as_deref(),
            Some("a session's")
        );
        let authorization = header(&headers, "authorization").unwrap();
        assert!(authorization.contains("x-amz-date;x-amz-security-token"));
    }
}
