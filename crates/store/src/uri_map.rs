//! `--map s3://bucket/prefix=FOLDER`: where the URIs of a manifest are to be found (formats.md 2.1).

use object_store::path::Path;

use crate::error::StoreError;
use crate::remote::Stores;
use crate::root::Root;

/// URI prefixes and the roots that stand for them.
#[derive(Clone, Debug, Default)]
pub struct UriMap {
    /// The longest prefix first.
    entries: Vec<(String, Root)>,
}

impl UriMap {
    /// Opens the right side of every entry; a later entry with the same URI replaces an earlier one.
    pub async fn parse(entries: &[String], stores: &Stores) -> Result<Self, StoreError> {
        let mut map = Self::default();
        for entry in entries {
            let (uri, root) = parse_entry(entry, stores).await?;
            map.entries.retain(|(known, _)| *known != uri);
            map.entries.push((uri, root));
        }
        // Who declares a remote root may be sent to what lies in it by its own name.
        let roots: Vec<Root> = map.roots().cloned().collect();
        for root in roots {
            map.add_declared(&root);
        }
        map.sort();
        Ok(map)
    }

    /// URIs inside a remote root that was declared lead into it; a `--map` of the same URI goes before.
    pub fn declare(&mut self, root: &Root) {
        self.add_declared(root);
        self.sort();
    }

    fn add_declared(&mut self, root: &Root) {
        if let Some(uri) = root.uri()
            && !self.entries.iter().any(|(known, _)| *known == uri)
        {
            self.entries.push((uri, root.clone()));
        }
    }

    fn sort(&mut self) {
        self.entries
            .sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    }

    /// The root, the path in its store and the key below it. The longest prefix that ends at a `/` wins;
    /// no match, or a key that would climb out, is [`StoreError::OutsideRoots`].
    pub fn resolve(&self, uri: &str) -> Result<(Root, Path, String), StoreError> {
        let uri = &usual(uri);
        for (prefix, root) in &self.entries {
            let Some(key) = uri
                .strip_prefix(prefix.as_str())
                .and_then(|rest| rest.strip_prefix('/'))
            else {
                continue;
            };
            // Not tried with a shorter prefix: the URI belongs here, and here it has no place.
            let Ok(path) = root.child(key) else {
                break;
            };
            return Ok((root.clone(), path, key.to_owned()));
        }
        Err(StoreError::OutsideRoots {
            uri: uri.to_owned(),
            mapped: self.entries.iter().map(|(uri, _)| uri.clone()).collect(),
        })
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The roots, to be wrapped or checked.
    pub fn roots(&self) -> impl Iterator<Item = &Root> {
        self.entries.iter().map(|(_, root)| root)
    }

    /// The same map with every root changed, e.g. [`Root::wrap`]ped.
    pub fn map_roots(self, mut f: impl FnMut(Root) -> Root) -> Self {
        Self {
            entries: self
                .entries
                .into_iter()
                .map(|(uri, root)| (uri, f(root)))
                .collect(),
        }
    }
}

/// Hadoop's `s3a://` is `s3://`.
fn usual(uri: &str) -> String {
    match uri.strip_prefix("s3a://") {
        Some(rest) => format!("s3://{rest}"),
        None => uri.to_owned(),
    }
}

/// Both sides may hold `=` (`date=2026-11-01`): the first split whose right side opens is meant, and if
/// none does, the first split's error is told.
async fn parse_entry(entry: &str, stores: &Stores) -> Result<(String, Root), StoreError> {
    let bad = || StoreError::BadMap {
        entry: entry.to_owned(),
    };
    let mut first_error = None;
    for (at, _) in entry.match_indices('=') {
        let (Some(uri), Some(local)) = (entry.get(..at), entry.get(at + 1..)) else {
            continue;
        };
        let uri = uri.trim_end_matches('/');
        let (scheme, rest) = uri.split_once("://").ok_or_else(bad)?;
        if scheme.is_empty() || rest.is_empty() || local.is_empty() {
            return Err(bad());
        }
        match stores.open(local).await {
            Ok(root) => return Ok((usual(uri), root)),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or_else(bad))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    async fn parse(entries: &[String]) -> Result<UriMap, StoreError> {
        UriMap::parse(entries, &Stores::default()).await
    }

    fn folders(names: &[&str]) -> tempfile::TempDir {
        let temp = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::create_dir_all(temp.path().join(name)).unwrap();
        }
        temp
    }

    #[tokio::test]
    async fn the_longest_prefix_at_a_slash_wins() {
        let temp = folders(&["a", "b", "c=d"]);
        let local = |name: &str| temp.path().join(name).to_str().unwrap().to_owned();
        let map = parse(&[
            format!("s3://bucket={}", local("a")),
            format!("s3://bucket/out/={}", local("b")),
            format!("s3://hive/date=1={}", local("c=d")),
        ])
        .await
        .unwrap();
        let resolved = |uri: &str| {
            let (root, path, key) = map.resolve(uri).unwrap();
            assert_eq!(root.key(&path), key);
            (root.display().to_owned(), key)
        };
        assert_eq!(
            resolved("s3://bucket/out/x.out"),
            (local("b"), "x.out".into())
        );
        assert_eq!(
            resolved("s3://bucket/outer/x"),
            (local("a"), "outer/x".into())
        );
        assert_eq!(resolved("s3://hive/date=1/y"), (local("c=d"), "y".into()));
    }

    #[tokio::test]
    async fn a_uri_outside_the_map_is_named_with_the_flag_to_add() {
        let temp = folders(&["a"]);
        let local = temp.path().join("a");
        let map = parse(&[format!("s3://bucket/out={}", local.to_str().unwrap())])
            .await
            .unwrap();
        assert_eq!(
            map.resolve("s3://other/in/x.csv").unwrap_err().to_string(),
            "`s3://other/in/x.csv` lies outside the mapped roots (s3://bucket/out); \
             add `--map s3://other/in=LOCAL` if it should be read"
        );
        for uri in [
            "s3://bucket/out/../x",
            "s3://bucket/out",
            "s3://bucket/out/",
            "s3://bucket/out//x",
            "s3://bucket/output/x",
            "s3://bucket",
            "",
        ] {
            let error = map.resolve(uri).unwrap_err();
            assert!(matches!(error, StoreError::OutsideRoots { .. }), "{uri}");
        }
    }

    #[tokio::test]
    async fn an_entry_that_is_no_map_is_refused() {
        for entry in [
            "",
            "x",
            "bucket=local",
            "s3://=x",
            "s3://bucket",
            "s3://bucket=",
        ] {
            let error = parse(&[entry.to_owned()]).await.unwrap_err();
            assert!(
                matches!(error, StoreError::BadMap { .. }),
                "{entry}: {error}"
            );
        }
        let error = parse(&["s3://bucket=no/such/folder".to_owned()])
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "no such folder: `no/such/folder`");
    }
}
