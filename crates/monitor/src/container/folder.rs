//! What lies below a folder of the contract, and bytes from one place to another.

use std::collections::BTreeSet;

use groundline_store::{
    AtomicWriter, Hour, Object, ObjectStore, Root, StoreError, Stores, hour_in_key, list_flat,
    read_error,
};

use super::environment::shown;
use super::error::ContainerError;

/// Bytes that are read at a time.
pub(crate) const PIECE: u64 = 4 << 20;

/// A folder that a variable names, and its files.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) root: Root,
    /// Sorted by key, each with the hour of its folder.
    pub(crate) files: Vec<(Hour, Object)>,
    /// A file in no hour folder, if there is one, and how many.
    stray: Option<(String, usize)>,
    /// Empty, hidden and linked from elsewhere.
    skipped: u64,
    /// Whether batch transforms lie here: outputs, or manifests of them.
    pub(crate) has_transforms: bool,
}

impl Folder {
    /// Lists a folder; one that is not there has no files.
    pub(crate) async fn look(
        stores: &Stores,
        variable: &'static str,
        folder: &str,
    ) -> Result<Self, ContainerError> {
        let root = match stores.open(folder).await {
            Ok(root) => root,
            Err(StoreError::NoSuchFolder { .. }) => {
                return Err(ContainerError::Nothing {
                    what: "folder",
                    variable,
                    folder: folder.to_owned(),
                    found: "is not there".to_owned(),
                    hints: Vec::new(),
                });
            }
            Err(error) => return Err(error.into()),
        };
        let (objects, skipped) = list_flat(&root, root.prefix()).await?;
        let mut found = Self {
            root,
            files: Vec::with_capacity(objects.len()),
            stray: None,
            skipped: skipped.total(),
            has_transforms: objects.iter().any(|object| is_of_transform(&object.key)),
        };
        for object in objects {
            match hour_in_key(&object.key) {
                Some(hour) => found.files.push((hour, object)),
                None => found.stray.get_or_insert((shown(&object.key), 0)).1 += 1,
            }
        }
        Ok(found)
    }

    /// `3 files in 2 hours from … to …`, for messages.
    pub(crate) fn told(&self) -> String {
        let hours: BTreeSet<Hour> = self.files.iter().map(|(hour, _)| *hour).collect();
        let mut told = match (hours.first(), hours.last()) {
            (Some(first), Some(last)) => format!(
                "has {} in {} from {first} to {last}",
                counted(self.files.len(), "file"),
                counted(hours.len(), "hour")
            ),
            _ => "has no file in a yyyy/mm/dd/hh folder".to_owned(),
        };
        if let Some((example, count)) = &self.stray {
            told.push_str(&format!(
                "; {} in no such folder, such as `{example}`",
                counted(*count, "file")
            ));
        }
        if self.skipped > 0 {
            told.push_str(&format!(
                "; {} skipped as empty, hidden or linked from elsewhere",
                counted(usize::try_from(self.skipped).unwrap_or(usize::MAX), "file")
            ));
        }
        told
    }
}

/// An output, or a manifest of outputs (formats.md 2.1).
fn is_of_transform(key: &str) -> bool {
    let plain = key.trim_end_matches(".gz").trim_end_matches(".zst");
    let manifest = || {
        let below = key.strip_prefix("output/");
        below.is_some_and(|below| below.ends_with(".json") && hour_in_key(below).is_some())
    };
    plain.ends_with(".out") || manifest()
}

/// `1 file`, `2 files`
pub(crate) fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// Copies an object; it appears under its new key whole.
pub(crate) async fn copy(
    from: &Root,
    object: &Object,
    to: &Root,
    key: &str,
) -> Result<(), ContainerError> {
    let mut writer = AtomicWriter::create(to, key).await?;
    let mut at = 0;
    while at < object.size {
        let end = object.size.min(at + PIECE);
        let pieces = from
            .store()
            .get_ranges(&object.path, std::slice::from_ref(&(at..end)))
            .await;
        for piece in pieces.map_err(|source| read_error(from, &object.path, source))? {
            writer.write(piece).await?;
        }
        at = end;
    }
    writer.commit().await?;
    Ok(())
}
