//! Which of the folders that a user named holds what, where they were mixed up or name too much: for the command to
//! type instead.

use groundline_store::{Path, Root};

use super::InitOptions;
use super::kinds::{self, RecordKind};

/// Folders directly below a named one that are looked into.
const FOLDERS: usize = 16;

/// The prefix of each kind of records, as far as one was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whereabouts {
    pub captures: Option<String>,
    pub transforms: Option<String>,
    pub labels: Option<String>,
}

/// Looks for each kind of records in everything that was named and directly below it. What cannot be opened holds
/// nothing: this only helps to say what is wrong.
pub async fn whereabouts(options: &InitOptions) -> Whereabouts {
    let mut found = Whereabouts::default();
    for uri in [&options.captures, &options.transforms, &options.labels] {
        let Some(uri) = uri else { continue };
        let Ok(root) = options.stores.open(uri).await else {
            continue;
        };
        for folder in folders(&root).await {
            if let Ok(Some((kind, file))) = kinds::look_below(&root, &folder).await {
                found.note(kind, prefix(uri, &root.key(&folder), &file, kind));
            }
        }
    }
    found
}

impl Whereabouts {
    fn note(&mut self, kind: RecordKind, prefix: String) {
        let slot = match kind {
            RecordKind::Captures => &mut self.captures,
            RecordKind::Transforms | RecordKind::Manifests => &mut self.transforms,
            RecordKind::Labels => &mut self.labels,
            RecordKind::Merged | RecordKind::Parquet => return,
        };
        slot.get_or_insert(prefix);
    }
}

/// The folder itself and those below it, but for dates and hidden ones.
async fn folders(root: &Root) -> Vec<Path> {
    let mut folders = vec![root.prefix().clone()];
    if let Ok(listed) = root.store().list_with_delimiter(Some(root.prefix())).await {
        let mut below = listed.common_prefixes;
        below.sort();
        let named = below.into_iter().filter(|path| {
            let name = path.filename().unwrap_or_default();
            !name.starts_with(['.', '_']) && !name.bytes().all(|byte| byte.is_ascii_digit())
        });
        folders.extend(named.take(FOLDERS));
    }
    folders
}

/// What the flag of a kind should name, for a file below `uri`: what stands above the layout, or, where no layout is
/// seen in its key, the folder that was looked into.
fn prefix(uri: &str, folder: &str, file: &str, kind: RecordKind) -> String {
    let parts: Vec<&str> = file.split('/').collect();
    let inside = |count: usize| {
        let above = parts.get(..count).unwrap_or_default().join("/");
        match above.as_str() {
            "" => uri.to_owned(),
            above => format!("{}/{above}", uri.trim_end_matches('/')),
        }
    };
    // Endpoint and variant, or `input` and `output`, belong to the layout.
    let levels = match kind {
        RecordKind::Captures => 2,
        RecordKind::Manifests => 1,
        _ => 0,
    };
    match (date(&parts), kind) {
        (_, RecordKind::Transforms) => match folder {
            "" => uri.to_owned(),
            folder => format!("{}/{folder}", uri.trim_end_matches('/')),
        },
        (Some(at), _) => at
            .checked_sub(levels)
            .map_or_else(|| uri.to_owned(), inside),
        // The user is inside the date already.
        (None, _) => uri.to_owned(),
    }
}

/// Where `yyyy/mm/dd/hh` begins.
fn date(parts: &[&str]) -> Option<usize> {
    let digits =
        |part: &str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    parts.windows(5).position(|window| match window {
        [year, rest @ .., _] => digits(year, 4) && rest.iter().all(|part| digits(part, 2)),
        _ => false,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use std::fs;

    use super::*;

    const CAPTURE: &str = r#"{"captureData":{},"eventMetadata":{}}"#;
    const LABEL: &str = r#"{"groundTruthData":{"data":"1"}}"#;

    /// A bucket of everything.
    fn bucket() -> (tempfile::TempDir, String) {
        let temp = tempfile::tempdir().unwrap();
        for (file, text) in [
            ("capture/a/v/2026/11/01/05/x.jsonl", CAPTURE),
            ("labels/team/2026/11/01/05/x.jsonl", LABEL),
            ("other/readme.txt", "hello"),
            (
                "batch/output/2026/11/01/05/m.json",
                r#"[{"prefix":"s3://b/o/"},"a.csv.out"]"#,
            ),
        ] {
            let path = temp.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let base = temp.path().to_str().unwrap().to_owned();
        (temp, base)
    }

    async fn found(captures: Option<String>, labels: Option<String>) -> Whereabouts {
        let options = InitOptions {
            captures,
            labels,
            ..InitOptions::default()
        };
        whereabouts(&options).await
    }

    #[tokio::test]
    async fn of_a_whole_bucket_the_prefix_of_each_kind_is_named() {
        let (_temp, base) = bucket();
        let found = found(None, Some(base.clone())).await;
        assert_eq!(found.captures.unwrap(), format!("{base}/capture"));
        assert_eq!(found.labels.unwrap(), format!("{base}/labels/team"));
        assert_eq!(found.transforms.unwrap(), format!("{base}/batch"));
    }

    #[tokio::test]
    async fn folders_that_were_mixed_up_change_places() {
        let (_temp, base) = bucket();
        let (labels, captures) = (format!("{base}/labels/team"), format!("{base}/capture/a"));
        let found = found(Some(labels.clone()), Some(captures.clone())).await;
        assert_eq!(found.captures, Some(captures));
        assert_eq!(found.labels, Some(labels));
        assert_eq!(found.transforms, None);
    }

    #[test]
    fn a_prefix_is_what_stands_above_the_layout() {
        for (folder, file, kind, expected) in [
            ("", "e/v/2026/11/01/05/a", RecordKind::Captures, "s3://b"),
            (
                "x",
                "x/e/v/2026/11/01/05/a",
                RecordKind::Captures,
                "s3://b/x",
            ),
            ("", "v/2026/11/01/05/a", RecordKind::Captures, "s3://b"),
            ("", "05/a", RecordKind::Labels, "s3://b"),
            ("x", "x/y/2026/11/01/05/a", RecordKind::Labels, "s3://b/x/y"),
            ("x", "x/job/a.csv.out", RecordKind::Transforms, "s3://b/x"),
        ] {
            assert_eq!(prefix("s3://b", folder, file, kind), expected, "{file}");
        }
    }
}
