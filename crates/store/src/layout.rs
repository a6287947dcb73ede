//! Where in `{prefix}/{endpoint}/{variant}/yyyy/mm/dd/hh` a user pointed (formats.md 1.1 and 3.1).
//!
//! Any depth is understood. Roots are moved to the same level whatever the depth, so that keys, and with
//! them the columns `file` and `label_file`, do not depend on how the folder was written.

use futures::{StreamExt, TryStreamExt, stream};
use object_store::ListResult;
use object_store::path::Path;

use crate::error::StoreError;
use crate::hour::{Window, digits};
use crate::listing::{CONCURRENCY, is_hidden_name, list_folder};
use crate::nearest::span_of_parts;
use crate::root::Root;

/// Folders of `{endpoint}/{variant}` depth that are looked into before giving up.
const MAX_FOLDERS: usize = 20_000;
/// Names that an error lists.
const NAMED: usize = 8;

/// The folder directly above `yyyy` of one variant of one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantPrefix {
    pub endpoint: String,
    pub variant: String,
    pub prefix: Path,
}

/// Endpoint captures as found under what the user gave.
#[derive(Clone, Debug)]
pub struct CaptureLayout {
    /// The level above `{endpoint}`.
    pub root: Root,
    /// Sorted by endpoint, then variant.
    pub variants: Vec<VariantPrefix>,
    /// The hours that the user pointed at, where that was below a variant.
    pub within: Option<Window>,
}

/// Labels as found under what the user gave.
#[derive(Clone, Debug)]
pub struct LabelLayout {
    /// The level above `yyyy`.
    pub root: Root,
    /// The hours that the user pointed at, where that was below the root.
    pub within: Option<Window>,
}

/// Understands the level above `{endpoint}`, an endpoint, a variant, or a date folder in one.
/// An endpoint or variant that lies above what was given takes its name from the path.
pub async fn capture_layout(given: &Root) -> Result<CaptureLayout, StoreError> {
    let listed = list_folder(given, given.prefix()).await?;
    if has_year(given, &listed).await?
        && let Some(layout) = variant_at(given, 0, None)
    {
        return Ok(layout);
    }
    if let Some((levels, within)) = date_at(given, &listed)
        && let Some(layout) = variant_at(given, levels, Some(within))
    {
        return Ok(layout);
    }
    let children = folders(&listed);
    let suggestion;
    match variants_below(given, &children).await? {
        Below::Endpoints(variants) => {
            return Ok(CaptureLayout {
                root: given.clone(),
                variants,
                within: None,
            });
        }
        Below::Variants(variants) => {
            // A dated folder beside one that holds endpoints is no variant, it is somebody's labels.
            let is_variant = |path: &Path| variants.iter().any(|found| found.prefix == *path);
            let others: Vec<Path> = children.into_iter().filter(|c| !is_variant(c)).collect();
            suggestion = deeper_captures(given, &others).await?;
            if suggestion.is_none()
                && let Some(root) = given.climb(1)
            {
                return Ok(CaptureLayout {
                    root,
                    variants,
                    within: None,
                });
            }
        }
        Below::Nothing => suggestion = deeper_captures(given, &children).await?,
    }
    Err(StoreError::NoCaptureLayout {
        root: given.display().to_owned(),
        found: found(&listed),
        suggestion,
    })
}

/// Understands the level above `yyyy` and every date folder below it.
pub async fn label_layout(given: &Root) -> Result<LabelLayout, StoreError> {
    let listed = list_folder(given, given.prefix()).await?;
    if has_year(given, &listed).await? {
        return Ok(LabelLayout {
            root: given.clone(),
            within: None,
        });
    }
    if let Some((levels, within)) = date_at(given, &listed)
        && let Some(root) = given.climb(levels)
    {
        return Ok(LabelLayout {
            root,
            within: Some(within),
        });
    }
    let mut suggestion = None;
    for (child, inside) in look_into(given, folders(&listed)).await? {
        if has_year(given, &inside).await? {
            suggestion = Some(given.display_of(&child));
            break;
        }
    }
    Err(StoreError::NoLabelLayout {
        root: given.display().to_owned(),
        found: found(&listed),
        suggestion,
    })
}

enum Below {
    Endpoints(Vec<VariantPrefix>),
    Variants(Vec<VariantPrefix>),
    Nothing,
}

/// `{endpoint}/{variant}/yyyy` is preferred to `{variant}/yyyy`: labels and other dated folders often lie
/// beside the endpoints.
async fn variants_below(root: &Root, children: &[Path]) -> Result<Below, StoreError> {
    let endpoint_name = root.prefix().filename().unwrap_or_default().to_owned();
    let mut variants = Vec::new();
    let mut deeper = Vec::new();
    for (child, inside) in look_into(root, children.to_vec()).await? {
        if has_year(root, &inside).await? {
            variants.push(VariantPrefix {
                endpoint: endpoint_name.clone(),
                variant: child.filename().unwrap_or_default().to_owned(),
                prefix: child,
            });
        }
        // A stray date beside an endpoint's variants must not hide them.
        let dated = |path: &Path| path.filename().and_then(|name| digits(name, 4)).is_some();
        deeper.extend(folders(&inside).into_iter().filter(|path| !dated(path)));
    }
    let mut endpoints = Vec::new();
    for (prefix, inside) in look_into(root, deeper).await? {
        if has_year(root, &inside).await? {
            let name = |path: &Path| path.filename().unwrap_or_default().to_owned();
            endpoints.push(VariantPrefix {
                endpoint: prefix.parent().map(|path| name(&path)).unwrap_or_default(),
                variant: name(&prefix),
                prefix,
            });
        }
    }
    for found in [&mut endpoints, &mut variants] {
        found.sort_by(|a, b| (&a.endpoint, &a.variant).cmp(&(&b.endpoint, &b.variant)));
    }
    Ok(if !endpoints.is_empty() {
        Below::Endpoints(endpoints)
    } else if !variants.is_empty() {
        Below::Variants(variants)
    } else {
        Below::Nothing
    })
}

/// A layout whose one variant is this many levels above what was given.
fn variant_at(given: &Root, levels: usize, within: Option<Window>) -> Option<CaptureLayout> {
    let parts: Vec<_> = given.prefix().parts().collect();
    let kept = parts.len().checked_sub(levels)?;
    let [endpoint, variant] = parts.get(kept.checked_sub(2)?..kept)? else {
        return None;
    };
    let (endpoint, variant) = (endpoint.as_ref().to_owned(), variant.as_ref().to_owned());
    let prefix = given.climb(levels)?.prefix().clone();
    Some(CaptureLayout {
        root: given.climb(levels + 2)?,
        variants: vec![VariantPrefix {
            endpoint,
            variant,
            prefix,
        }],
        within,
    })
}

/// How many levels below the layout's `{variant}` or label root the given folder is, if it is a date
/// folder, and its hours. A folder that merely has a date's name (`2026` above endpoints) is not one:
/// what it holds must go on with the date.
fn date_at(given: &Root, listed: &ListResult) -> Option<(usize, Window)> {
    let parts: Vec<_> = given.prefix().parts().collect();
    let names: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    (1..=4).rev().find_map(|levels| {
        let date = names.get(names.len().checked_sub(levels)?..)?;
        let span = span_of_parts(date)?;
        let goes_on = levels == 4
            || listed.common_prefixes.iter().any(|child| {
                child
                    .filename()
                    .is_some_and(|name| span_of_parts(&[date, &[name]].concat()).is_some())
            });
        goes_on.then_some((levels, span))
    })
}

/// True if the folder that was listed holds a `yyyy` that holds a `mm`.
async fn has_year(root: &Root, listed: &ListResult) -> Result<bool, StoreError> {
    for child in &listed.common_prefixes {
        if child.filename().and_then(|name| digits(name, 4)).is_none() {
            continue;
        }
        let months = list_folder(root, child).await?.common_prefixes;
        let month = |path: &Path| {
            path.filename()
                .and_then(|name| digits(name, 2))
                .is_some_and(|month| (1..=12).contains(&month))
        };
        if months.iter().any(month) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn look_into(root: &Root, folders: Vec<Path>) -> Result<Vec<(Path, ListResult)>, StoreError> {
    if folders.len() > MAX_FOLDERS {
        return Err(StoreError::TooManyFolders {
            root: root.display().to_owned(),
            limit: MAX_FOLDERS,
        });
    }
    stream::iter(folders)
        .map(|folder| async move {
            let listed = list_folder(root, &folder).await?;
            Ok((folder, listed))
        })
        .buffered(CONCURRENCY)
        .try_collect()
        .await
}

/// The first child under which the whole layout begins: the user pointed one level too high.
async fn deeper_captures(given: &Root, children: &[Path]) -> Result<Option<String>, StoreError> {
    for (child, inside) in look_into(given, children.to_vec()).await? {
        if let Below::Endpoints(_) = variants_below(given, &folders(&inside)).await? {
            return Ok(Some(given.display_of(&child)));
        }
    }
    Ok(None)
}

/// Folders that are not hidden, in order.
fn folders(listed: &ListResult) -> Vec<Path> {
    let mut folders: Vec<Path> = listed
        .common_prefixes
        .iter()
        .filter(|path| path.filename().is_some_and(|name| !is_hidden_name(name)))
        .cloned()
        .collect();
    folders.sort();
    folders
}

/// The first names in a folder, folders with a slash.
fn found(listed: &ListResult) -> Vec<String> {
    let folders = listed
        .common_prefixes
        .iter()
        .filter_map(|path| path.filename().map(|name| format!("{name}/")));
    let files = listed
        .objects
        .iter()
        .filter_map(|meta| meta.location.filename().map(str::to_owned));
    let mut names: Vec<String> = folders.chain(files).collect();
    names.sort();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    names
}
