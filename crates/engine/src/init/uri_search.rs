//! Where the objects that a manifest names are here: beside the manifests, in folders named as in the bucket.

use groundline_store::{Root, head};

use crate::error::EngineError;

/// Folders above the transforms that are searched.
const LEVELS: usize = 3;
/// Folders of a URI that are looked for.
const MOST_PARTS: usize = 12;

/// An entry for `map` that makes `uri` readable, if the object is found at, or up to two levels above, `given`.
pub(super) async fn find(given: &str, uri: &str) -> Result<Option<String>, EngineError> {
    let Some((scheme, rest)) = uri.split_once("://") else {
        return Ok(None);
    };
    let parts: Vec<&str> = rest.split('/').collect();
    if parts.len() < 2 || parts.len() > MOST_PARTS {
        return Ok(None);
    }
    let mut base = given.trim_end_matches('/').to_owned();
    for level in 0..LEVELS {
        if level > 0 {
            let Some(above) = parent(&base) else {
                break;
            };
            base = above;
        }
        let Ok(root) = Root::open(&base) else {
            break;
        };
        // The longest end of the URI first; the bucket's name may be a folder's too.
        for from in 0..parts.len() {
            let Some(end) = parts.get(from..) else {
                continue;
            };
            let Ok(path) = root.child(&end.join("/")) else {
                continue;
            };
            if head(&root, &path).await?.is_none() {
                continue;
            }
            // The first common folder, so that other jobs beside this one are found too.
            let (kept, folder) = match end {
                [folder, _, ..] => (from + 1, joined(&base, folder)),
                _ => (from, base.clone()),
            };
            let above = parts.get(..kept).unwrap_or_default().join("/");
            if above.is_empty() {
                continue;
            }
            return Ok(Some(format!("{scheme}://{above}={folder}")));
        }
    }
    Ok(None)
}

fn joined(base: &str, folder: &str) -> String {
    if base == "." {
        folder.to_owned()
    } else {
        format!("{base}/{folder}")
    }
}

/// The folder above as the user would write it.
fn parent(path: &str) -> Option<String> {
    if path == "." || path.ends_with("..") {
        return None;
    }
    match path.rsplit_once('/') {
        Some((above, _)) if above.ends_with(":/") => None,
        Some(("", _)) => Some("/".to_owned()),
        Some((above, _)) => Some(above.to_owned()),
        None => Some(".".to_owned()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn outputs_are_found_beside_the_manifests() {
        let temp = tempfile::tempdir().unwrap();
        let base = temp.path().to_str().unwrap();
        for folder in ["capture/output", "transform-output/job-1"] {
            fs::create_dir_all(temp.path().join(folder)).unwrap();
        }
        fs::write(temp.path().join("transform-output/job-1/a.csv.out"), "1").unwrap();
        let given = format!("{base}/capture");
        let uri = "s3://bucket/team/transform-output/job-1/a.csv.out";
        assert_eq!(
            find(&given, uri).await.unwrap().unwrap(),
            format!("s3://bucket/team/transform-output={base}/transform-output")
        );
        let other = "s3://bucket/team/transform-output/job-1/b.csv.out";
        assert_eq!(find(&given, other).await.unwrap(), None);
    }

    #[test]
    fn parents_are_written_as_the_path_was() {
        assert_eq!(parent("a/b").as_deref(), Some("a"));
        assert_eq!(parent("a").as_deref(), Some("."));
        assert_eq!(parent("."), None);
        assert_eq!(parent("s3://bucket"), None);
        assert_eq!(parent("s3://bucket/a").as_deref(), Some("s3://bucket"));
    }
}
