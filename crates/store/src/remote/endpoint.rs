//! The address of an S3 service that is not Amazon's.

use url::Url;

/// Says what is wrong with an endpoint's URL, in words without the URL: it may hold a password.
pub fn check_endpoint_url(text: &str) -> Result<(), String> {
    parse(text).map(|_| ())
}

/// The address without a slash at its end.
pub(crate) fn parse(text: &str) -> Result<String, String> {
    let example = "write it like https://s3.example.com or http://127.0.0.1:9000";
    let url = Url::parse(text).map_err(|error| format!("it is no URL ({error}); {example}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(format!("it is no http or https address; {example}"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "it holds a user or password; credentials come from the environment or a profile"
                .into(),
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("it has more than an address; {example}"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_an_address_and_no_more() {
        for (text, expected) in [
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
            ("https://S3.example.com/", "https://s3.example.com"),
            ("https://host/storage/v1/s3/", "https://host/storage/v1/s3"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(expected));
        }
        for text in [
            "",
            "localhost:9000",
            "ftp://host",
            "https://",
            "http://host:99999",
            "http://user:secret@host",
            "http://host/?X-Amz-Signature=secret",
        ] {
            let why = parse(text);
            assert!(
                why.as_ref().is_err_and(|why| !why.contains("secret")),
                "{text}: {why:?}"
            );
        }
    }
}
