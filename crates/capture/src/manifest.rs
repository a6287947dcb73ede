//! Batch transform manifests (formats.md 2.1).

use crate::fault::Detail;
use crate::framing::BOM;
use crate::json::{Kind, Scan, Scanner};
use crate::limits::Limits;
use crate::reject::Reason;

/// The objects that one transform job read or wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// What the keys are relative to, as written: an absolute URI such as `s3://bucket/path/`.
    pub prefix: String,
    /// Keys in the order of the manifest, as written.
    pub keys: Vec<String>,
}

/// A manifest that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// Longer than `Limits::max_record_bytes`.
    #[error("the manifest has {len} bytes, the limit is {limit}")]
    TooLong {
        /// Bytes of the manifest.
        len: usize,
        /// The limit.
        limit: usize,
    },
    /// Not UTF-8.
    #[error("the manifest is not UTF-8 at byte {at}")]
    InvalidUtf8 {
        /// The first byte that is not.
        at: usize,
    },
    /// Not one JSON value.
    #[error("the manifest is not valid JSON: {detail}")]
    NotJson {
        /// What was expected, and where.
        detail: String,
    },
    /// JSON, but not a list of a prefix object and keys.
    #[error("the manifest is not a list of a prefix and keys: {problem} at byte {at}")]
    WrongShape {
        /// What is wrong.
        problem: &'static str,
        /// Where.
        at: usize,
    },
}

/// Reads a manifest: a JSON list of `{"prefix": "…"}` and keys below it, on one line or many.
///
/// # Errors
/// What the manifest is instead, and where.
pub fn parse_manifest(bytes: &[u8], limits: &Limits) -> Result<Manifest, ManifestError> {
    let limits = limits.clamped();
    if bytes.len() > limits.max_record_bytes {
        return Err(ManifestError::TooLong {
            len: bytes.len(),
            limit: limits.max_record_bytes,
        });
    }
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| ManifestError::InvalidUtf8 {
        at: error.valid_up_to(),
    })?;
    let mut scanner = Scanner::new(text, limits.max_depth);
    let mut manifest = Manifest {
        prefix: String::new(),
        keys: Vec::new(),
    };
    let mut problem = None;
    let scanned = read(&mut scanner, &mut manifest, &mut problem);
    match (problem, scanned) {
        (Some((problem, at)), _) => Err(ManifestError::WrongShape { problem, at }),
        (None, Ok(())) => Ok(manifest),
        (None, Err(_)) => {
            let fault = scanner.fault();
            let detail = match (fault.reason, fault.detail) {
                (Reason::Truncated, Detail::Ended { what, at }) => {
                    format!("it ends at byte {at}, expected {what}")
                }
                (_, detail) => detail.to_string().replace("the record", "the manifest"),
            };
            Err(ManifestError::NotJson { detail })
        }
    }
}

/// What is wrong with the shape, and the byte where.
type Problem = Option<(&'static str, usize)>;

fn read(scanner: &mut Scanner<'_>, manifest: &mut Manifest, problem: &mut Problem) -> Scan<()> {
    let mut note = |what: &'static str, at: usize| {
        problem.get_or_insert((what, at));
    };
    if scanner.kind()? != Kind::Array {
        note("the manifest is not a list", scanner.offset());
        return Ok(());
    }
    scanner.open()?;
    let mut first = true;
    let mut index = 0_usize;
    while scanner.element(&mut first)? {
        let at = scanner.offset();
        match (index, scanner.kind()?) {
            (0, Kind::Object) => match read_prefix(scanner)? {
                Some(prefix) => manifest.prefix = prefix,
                None => note("the first element has no text `prefix`", at),
            },
            (0, _) => {
                note("the first element is not an object with `prefix`", at);
                scanner.skip()?;
            }
            (_, Kind::String) => manifest.keys.push(scanner.string()?.cow().into_owned()),
            _ => {
                note("a key is not a string", at);
                scanner.skip()?;
            }
        }
        index += 1;
    }
    if index == 0 {
        note("the list is empty", scanner.offset());
    }
    scanner.end()
}

fn read_prefix(scanner: &mut Scanner<'_>) -> Scan<Option<String>> {
    scanner.open()?;
    let mut first = true;
    let mut prefix = None;
    while let Some(key) = scanner.key(&mut first)? {
        if key.is("prefix") && scanner.kind()? == Kind::String {
            prefix = Some(scanner.string()?.cow().into_owned());
        } else {
            scanner.skip()?;
        }
    }
    Ok(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Manifest, String> {
        parse_manifest(text.as_bytes(), &Limits::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_manifest_is_a_prefix_and_keys_on_one_line_or_many() {
        let expected = Ok(Manifest {
            prefix: "s3://b/out/".to_owned(),
            keys: vec!["a.csv.out".to_owned(), "sub/é.csv.out".to_owned()],
        });
        assert_eq!(
            parse("\u{feff}[{\"prefix\":\"s3://b/out/\"},\"a.csv.out\",\"sub/\\u00e9.csv.out\"]"),
            expected
        );
        assert_eq!(
            parse(
                "[\n {\"x\": 1, \"prefix\": \"s3:\\/\\/b/out/\"},\n \"a.csv.out\",\n \"sub/é.csv.out\"\n]\n"
            ),
            expected
        );
        assert_eq!(parse("[{\"prefix\":\"p\"}]").map(|m| m.keys.len()), Ok(0));
    }

    #[test]
    fn a_wrong_manifest_says_what_and_where() {
        for (text, message) in [
            ("{}", "the manifest is not a list at byte 0"),
            ("[]", "the list is empty at byte 2"),
            (
                "[\"a\"]",
                "the first element is not an object with `prefix` at byte 1",
            ),
            (
                "[{\"prefix\":1}]",
                "the first element has no text `prefix` at byte 1",
            ),
            (
                "[{\"prefix\":\"p\"}, 2]",
                "a key is not a string at byte 17",
            ),
            (
                "[{\"prefix\":\"p\"}",
                "it ends at byte 15, expected `,` or `]`",
            ),
            (
                "[{\"prefix\":\"p\"} \"a\"]",
                "expected `,` or `]` at byte 16 of the manifest",
            ),
        ] {
            let error = parse(text).map_or_else(|error| error, |_| String::new());
            assert!(error.contains(message), "{text}: {error}");
        }
        let limits = Limits {
            max_record_bytes: 1,
            ..Limits::default()
        };
        assert_eq!(
            parse_manifest(b"[]", &limits),
            Err(ManifestError::TooLong { len: 2, limit: 1 })
        );
        assert_eq!(
            parse_manifest(b"[\xff]", &Limits::default()),
            Err(ManifestError::InvalidUtf8 { at: 1 })
        );
    }
}
