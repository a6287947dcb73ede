//! `s3://bucket/prefix` and its like, read strictly: a typing error should not look for a folder of that name.

use object_store::path::Path;

use crate::error::StoreError;

/// Which service a URI is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Service {
    S3,
    Gcs,
    Azure,
}

/// A bucket and a prefix in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteUri {
    pub(crate) service: Service,
    /// `s3`, whichever of its names was written, `gs`, `az` or `abfss`.
    pub(crate) scheme: &'static str,
    /// What stands between `://` and the next slash: a bucket or container, for `abfss` with its account.
    pub(crate) bucket: String,
    pub(crate) prefix: Path,
}

/// Every scheme that is read, the service, and its usual name.
const SCHEMES: &[(&str, Service, &str)] = &[
    ("s3", Service::S3, "s3"),
    ("s3a", Service::S3, "s3"),
    ("gs", Service::Gcs, "gs"),
    ("az", Service::Azure, "az"),
    ("abfs", Service::Azure, "abfss"),
    ("abfss", Service::Azure, "abfss"),
];

/// The longest name that a service gives to a bucket, with account and host.
const LONGEST_BUCKET: usize = 255;

impl RemoteUri {
    /// `None` for a local path; what only looks like a URI is an error.
    pub(crate) fn parse(text: &str) -> Option<Result<Self, StoreError>> {
        let (scheme, rest) = text.split_once("://")?;
        let named = !scheme.is_empty()
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
        if !named || scheme.eq_ignore_ascii_case("file") {
            return None;
        }
        let bad = |why: String, right: Option<String>| StoreError::BadUri {
            uri: shown(text),
            why,
            right,
        };
        let lower = scheme.to_ascii_lowercase();
        let Some((_, service, scheme)) = SCHEMES.iter().find(|(name, ..)| *name == lower) else {
            return Some(Err(StoreError::UnknownScheme { uri: shown(text) }));
        };
        if !SCHEMES
            .iter()
            .any(|(name, ..)| text.starts_with(&format!("{name}://")))
        {
            let right = (shown(text) == text).then(|| format!("{lower}://{rest}"));
            return Some(Err(bad(
                "the scheme is written in lower case".into(),
                right,
            )));
        }
        Some(Self::parse_rest(*service, scheme, rest).map_err(|why| {
            let right = match rest.trim_start_matches('/') {
                "" => Some(format!("{scheme}://bucket/prefix")),
                _ => None,
            };
            bad(why, right)
        }))
    }

    fn parse_rest(service: Service, scheme: &'static str, rest: &str) -> Result<Self, String> {
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err("no bucket is named".into());
        }
        let account = service == Service::Azure && scheme == "abfss";
        if bucket.contains('@') && !account {
            return Err("credentials do not belong into a URI".into());
        }
        let strange = bucket.chars().find(|c| {
            !(c.is_ascii_alphanumeric()
                || matches!(c, '.' | '-' | '_' | '$')
                || (account && *c == '@'))
        });
        if let Some(c) = strange {
            return Err(format!(
                "the name of a bucket has letters, digits, `.`, `-` and `_`, and no `{}`",
                c.escape_default()
            ));
        }
        if bucket.len() > LONGEST_BUCKET {
            return Err(format!(
                "a bucket's name of {} letters is none",
                bucket.len()
            ));
        }
        // Whoever pastes a signed URL must not find its signature in a message.
        if prefix.contains('?') {
            return Err("a query does not belong into it; credentials are found as the AWS command line finds them".into());
        }
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        if prefix.split('/').any(str::is_empty) && !prefix.is_empty() {
            return Err("the prefix has an empty part (`//`)".into());
        }
        let prefix = Path::parse(prefix)
            .map_err(|_| "the prefix has a `.` or `..` part, or control characters".to_owned())?;
        Ok(Self {
            service,
            scheme,
            bucket: bucket.to_owned(),
            prefix,
        })
    }

    /// `s3://bucket`
    pub(crate) fn base(&self) -> String {
        format!("{}://{}", self.scheme, self.bucket)
    }
}

/// A URI for messages: without a query, which may hold a signature, and without a password.
pub fn shown(uri: &str) -> String {
    let plain = match uri.split_once('?') {
        Some((plain, _)) if uri.contains("://") => format!("{plain}?…"),
        _ => uri.to_owned(),
    };
    let Some((scheme, rest)) = plain.split_once("://") else {
        return plain;
    };
    let host = rest.split('/').next().unwrap_or(rest);
    // `abfss://container@account` is the usual form; a password has a colon before it, and may hold slashes.
    if host.contains(':') && (rest.contains('@') || !has_port(host)) {
        return match rest.rsplit_once('@') {
            Some((_, after)) => format!("{scheme}://…@{after}"),
            None => format!("{scheme}://…"),
        };
    }
    match host.rsplit_once('@') {
        Some((user, _)) if !scheme.starts_with("abfs") => {
            format!("{scheme}://…{}", rest.get(user.len()..).unwrap_or_default())
        }
        _ => plain,
    }
}

/// `localhost:9000`: what stands after the colon is no password.
fn has_port(host: &str) -> bool {
    host.rsplit_once(':').is_some_and(|(name, port)| {
        let digits = (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
        digits && !name.is_empty() && !name.contains(':')
    })
}

/// What was probably meant by a path that begins almost like a URI: `s3:/bucket`, `s3//bucket`.
pub(crate) fn half_typed(text: &str) -> Option<String> {
    // A configuration puts its folder before what it takes for a path.
    let starts = text.match_indices('/').map(|(at, _)| at + 1);
    std::iter::once(0).chain(starts).find_map(|at| {
        let here = text.get(at..)?;
        let end = here.find([':', '/'])?;
        let (name, rest) = here.split_at_checked(end)?;
        let lower = name.to_ascii_lowercase();
        SCHEMES.iter().find(|(known, ..)| *known == lower)?;
        let colon = rest.starts_with(':');
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        // `s3/bucket` is a good path.
        if !colon && !rest.starts_with("//") {
            return None;
        }
        let rest = rest.trim_start_matches('/');
        let rest = if rest.is_empty() {
            "bucket/prefix"
        } else {
            rest
        };
        Some(shown(&format!("{lower}://{rest}")))
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, String) {
        let uri = RemoteUri::parse(text).unwrap().unwrap();
        (uri.base(), uri.prefix.to_string())
    }

    #[test]
    fn buckets_and_prefixes_are_taken_literally() {
        for (text, base, prefix) in [
            ("s3://bucket", "s3://bucket", ""),
            ("s3://bucket/", "s3://bucket", ""),
            ("s3a://b.u-c/a/b/", "s3://b.u-c", "a/b"),
            (
                "s3://bucket/a%20b/date=1/é",
                "s3://bucket",
                "a%20b/date=1/é",
            ),
            ("gs://bucket/x", "gs://bucket", "x"),
            ("az://container/x", "az://container", "x"),
            (
                "abfss://c@account.dfs.core.windows.net/x",
                "abfss://c@account.dfs.core.windows.net",
                "x",
            ),
        ] {
            assert_eq!(parsed(text), (base.to_owned(), prefix.to_owned()), "{text}");
        }
        for local in ["x", "/a/b", "file:///x", "://x", "a b://x"] {
            assert!(RemoteUri::parse(local).is_none(), "{local}");
        }
    }

    #[test]
    fn what_is_no_whole_uri_is_refused_with_the_reason() {
        for (text, message) in [
            ("s3://", "`s3://` is not a whole URI: no bucket is named"),
            (
                "s3:///x",
                "`s3:///x` is not a whole URI: no bucket is named",
            ),
            (
                "s3://bu cket/",
                "`s3://bu cket/` is not a whole URI: the name of a bucket has letters, digits, `.`, `-` and `_`, and no ` `",
            ),
            (
                "S3://b/x",
                "`S3://b/x` is not a whole URI: the scheme is written in lower case",
            ),
            (
                "s3://b//x",
                "`s3://b//x` is not a whole URI: the prefix has an empty part (`//`)",
            ),
            (
                "s3://b/../x",
                "`s3://b/../x` is not a whole URI: the prefix has a `.` or `..` part, or control characters",
            ),
            (
                "s3://AKIA:secret@bucket/x",
                "`s3://…@bucket/x` is not a whole URI: credentials do not belong into a URI",
            ),
            (
                "s3://AKIA:sec/ret@bucket/x",
                "`s3://…@bucket/x` is not a whole URI: the name of a bucket has letters, digits, `.`, `-` and `_`, and no `:`",
            ),
            (
                "https://b.s3.amazonaws.com/x?X-Amz-Signature=abc",
                "`https://b.s3.amazonaws.com/x?…`: groundline reads s3://, gs://, az://, abfss:// and local paths",
            ),
        ] {
            let error = RemoteUri::parse(text).unwrap().unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn what_is_shown_of_a_uri_has_no_password_and_keeps_a_port() {
        for (uri, expected) in [
            ("s3://bucket/a@b", "s3://bucket/a@b"),
            ("http://localhost:9000", "http://localhost:9000"),
            ("http://127.0.0.1:9000/x", "http://127.0.0.1:9000/x"),
            ("https://x:y@host:9000/p", "https://…@host:9000/p"),
            ("https://x:1234@host", "https://…@host"),
            ("https://x:12/34@host", "https://…@host"),
            ("https://x@host/p", "https://…@host/p"),
            ("s3://AKIA:secret", "s3://…"),
            ("s3://AKIA:12?34@bucket", "s3://…"),
            ("abfss://c@account/x", "abfss://c@account/x"),
            ("folder/a:b@c?d", "folder/a:b@c?d"),
        ] {
            assert_eq!(shown(uri), expected, "{uri}");
        }
    }

    #[test]
    fn a_path_that_begins_almost_like_a_uri_is_seen() {
        let meant = |text| half_typed(text);
        assert_eq!(meant("s3:/bucket/x").as_deref(), Some("s3://bucket/x"));
        assert_eq!(meant("s3//bucket").as_deref(), Some("s3://bucket"));
        assert_eq!(meant("s3:bucket").as_deref(), Some("s3://bucket"));
        assert_eq!(meant("S3:/").as_deref(), Some("s3://bucket/prefix"));
        assert_eq!(meant("conf/s3:/bucket").as_deref(), Some("s3://bucket"));
        for path in ["s3/bucket", "a/s3/b", "s3", "data", "", "s3x:/b"] {
            assert_eq!(meant(path), None, "{path}");
        }
    }
}
