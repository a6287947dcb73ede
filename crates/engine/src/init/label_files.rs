//! Whether labels are files of a table, and the glob that names them.

use groundline_store::{Root, StoreError, Stores, label_layout, list_flat_up_to};

use super::kinds;
use crate::error::EngineError;
use crate::warehouse::{kind_name, names_files};

/// Objects of a folder that are listed to see what it holds.
const LISTED: usize = 200;

/// The glob over a table of labels at `uri`: a glob, a file, or a folder of files of one kind that are no records of
/// SageMaker's. `None` for anything else, which has its own errors.
pub(super) async fn files_in(stores: &Stores, uri: &str) -> Result<Option<String>, EngineError> {
    let below = uri.find("://").map_or(0, |at| at + 3);
    let named = uri.get(below..).unwrap_or_default();
    // A folder of this machine may have such a name.
    if named.contains(['*', '?', '[']) && Root::open(uri).is_err() {
        return Ok(Some(uri.to_owned()));
    }
    if kind_name(named).is_some() && names_files(stores, uri).await {
        return Ok(Some(uri.to_owned()));
    }
    let Ok(root) = stores.open(uri).await else {
        return Ok(None);
    };
    let (objects, _) = list_flat_up_to(&root, root.prefix(), LISTED).await?;
    let Some(first) = objects.first() else {
        return Ok(None);
    };
    let Some(kind) = kind_name(&first.key) else {
        return Ok(None);
    };
    if objects.iter().any(|o| kind_name(&o.key) != Some(kind)) || !is_table(&root, kind).await? {
        return Ok(None);
    }
    let folder = uri.trim_end_matches('/');
    let deep = match objects.iter().any(|object| object.key.contains('/')) {
        true => "**/",
        false => "",
    };
    let first_ending = ending(&first.key);
    let ending = match objects.iter().all(|o| ending(&o.key) == first_ending) {
        true => first_ending,
        // Packed and plain ones.
        false => format!("{}*", plain(&first_ending)),
    };
    Ok(Some(format!("{folder}/{deep}*{ending}")))
}

/// Whether the files of a folder are no records of SageMaker's. In hour folders JSON Lines are ground truth, good or bad.
async fn is_table(root: &Root, kind: &str) -> Result<bool, EngineError> {
    if kind == "Parquet" {
        return Ok(true);
    }
    let dated = match label_layout(root).await {
        Ok(_) => true,
        Err(StoreError::NoLabelLayout { .. }) => false,
        Err(error) => return Err(error.into()),
    };
    if kind == "JSON Lines" && dated {
        return Ok(false);
    }
    Ok(kinds::look(root).await?.is_none())
}

/// `.csv.gz` of `a/b.csv.gz`
fn ending(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or(key);
    let mut parts = name.rsplit('.');
    let last = parts.next().unwrap_or_default();
    match (last, parts.next()) {
        ("gz" | "zst", Some(inner)) => format!(".{inner}.{last}"),
        _ => format!(".{last}"),
    }
}

fn plain(ending: &str) -> &str {
    let packed = ending.strip_suffix(".gz").or(ending.strip_suffix(".zst"));
    packed.unwrap_or(ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_keep_how_a_file_is_packed() {
        assert_eq!(ending("a.b/x.y.csv"), ".csv");
        assert_eq!(ending("x.csv.gz"), ".csv.gz");
        assert_eq!(plain(".csv.gz"), ".csv");
        assert_eq!(plain(".parquet"), ".parquet");
    }
}
