//! Where the data is, for a window that has none: the nearest hours that hold objects.

use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;

use crate::error::StoreError;
use crate::hour::{Hour, Window, digits};
use crate::listing::{CONCURRENCY, list_flat, list_folder, year_window};
use crate::root::Root;

/// Folders without objects (deleted hours on a local disk) are passed over, but not for ever: after this
/// many LIST calls the answer is that nothing is near.
const MAX_LISTS: usize = 1_000;

/// The last hour before the window and the first hour at or after its end that have objects.
/// A handful of delimiter listings, from year to month to day to hour.
pub async fn nearest_hours(
    root: &Root,
    prefix: &Path,
    window: Window,
) -> Result<(Option<Hour>, Option<Hour>), StoreError> {
    let before = search(root, prefix, &|span| span.from < window.from, true).await?;
    let after = search(root, prefix, &|span| span.to > window.to, false).await?;
    Ok((before, after))
}

/// The first and the last hour that have objects; `None` where there are none.
pub async fn first_and_last_hour(
    root: &Root,
    prefix: &Path,
) -> Result<Option<(Hour, Hour)>, StoreError> {
    let first = search(root, prefix, &|_| true, false).await?;
    let last = search(root, prefix, &|_| true, true).await?;
    Ok(first.zip(last))
}

/// The days that have a folder, in order; one LIST for the years, one for each year and one for each month.
pub async fn day_folders(root: &Root, prefix: &Path) -> Result<Vec<Window>, StoreError> {
    let mut folders = children(root, prefix, 0, None).await?;
    let mut lists = 1;
    for _ in 0..2 {
        order(&mut folders, false);
        folders.reverse();
        // Years that nobody means are not looked into for ever.
        folders.truncate(MAX_LISTS - lists.min(MAX_LISTS));
        lists += folders.len();
        let below: Vec<Vec<Folder>> = stream::iter(folders)
            .map(|folder| async move {
                children(root, &folder.path, folder.level, Some(folder.span)).await
            })
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        folders = below.into_iter().flatten().collect();
    }
    let mut days: Vec<Window> = folders.into_iter().map(|folder| folder.span).collect();
    days.sort_by_key(|day| day.from);
    Ok(days)
}

/// A date folder: its path, its level (1 year to 4 hour) and its hours.
struct Folder {
    path: Path,
    level: usize,
    span: Window,
}

/// Depth first, so that an empty folder leads on to its neighbour.
async fn search(
    root: &Root,
    prefix: &Path,
    admits: &(dyn Fn(Window) -> bool + Sync),
    latest_first: bool,
) -> Result<Option<Hour>, StoreError> {
    let mut stack = children(root, prefix, 0, None).await?;
    let mut lists = 1;
    order(&mut stack, latest_first);
    stack.retain(|folder| admits(folder.span));
    while let Some(folder) = stack.pop() {
        lists += 1;
        if lists > MAX_LISTS {
            return Ok(None);
        }
        if folder.level == 4 {
            let (objects, _) = list_flat(root, &folder.path).await?;
            if !objects.is_empty() {
                return Ok(Some(folder.span.from));
            }
            continue;
        }
        let mut below = children(root, &folder.path, folder.level, Some(folder.span)).await?;
        order(&mut below, latest_first);
        stack.extend(below.into_iter().filter(|folder| admits(folder.span)));
    }
    Ok(None)
}

/// The next to be looked at comes last: the stack is popped from its end.
fn order(folders: &mut [Folder], latest_first: bool) {
    folders.sort_by_key(|folder| folder.span.from);
    if !latest_first {
        folders.reverse();
    }
}

async fn children(
    root: &Root,
    path: &Path,
    level: usize,
    span: Option<Window>,
) -> Result<Vec<Folder>, StoreError> {
    let listed = list_folder(root, path).await?;
    let folders = listed.common_prefixes.into_iter().filter_map(|path| {
        let span = span_below(level, span, path.filename()?)?;
        let level = level + 1;
        Some(Folder { path, level, span })
    });
    Ok(folders.collect())
}

/// The hours of a folder of this name below a folder of this level and span.
fn span_below(level: usize, span: Option<Window>, name: &str) -> Option<Window> {
    let Some(span) = span else {
        return digits(name, 4).map(|year| year_window(i64::from(year)));
    };
    let number = digits(name, 2)?;
    let (year, month, day, _) = span.from.parts();
    let (from, to) = match level {
        1 => (
            Hour::from_parts(year, number, 1, 0)?,
            Hour::start_of_day(year, number + 1, 1),
        ),
        2 => {
            let from = Hour::from_parts(year, month, number, 0)?;
            (from, from.plus(24))
        }
        _ => {
            let from = Hour::from_parts(year, month, day, number)?;
            (from, from.plus(1))
        }
    };
    Some(Window { from, to })
}

/// The hours of `yyyy`, `yyyy/mm`, `yyyy/mm/dd` or `yyyy/mm/dd/hh`.
pub(crate) fn span_of_parts(parts: &[&str]) -> Option<Window> {
    let mut span = None;
    if parts.is_empty() || parts.len() > 4 {
        return None;
    }
    for (level, part) in parts.iter().enumerate() {
        span = Some(span_below(level, span, part)?);
    }
    span
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_folder_spans_its_hours() {
        let span =
            |parts: &[&str]| span_of_parts(parts).map(|span| format!("{} {}", span.from, span.to));
        for (parts, expected) in [
            (&["2026"][..], "2026-01-01T00 2027-01-01T00"),
            (&["2026", "12"], "2026-12-01T00 2027-01-01T00"),
            (&["2024", "02", "29"], "2024-02-29T00 2024-03-01T00"),
            (&["2026", "11", "01", "23"], "2026-11-01T23 2026-11-02T00"),
        ] {
            assert_eq!(span(parts).as_deref(), Some(expected));
        }
        for parts in [
            &[][..],
            &["26"],
            &["2026", "13"],
            &["2026", "02", "29"],
            &["2026", "11", "01", "24"],
        ] {
            assert_eq!(span(parts), None, "{parts:?}");
        }
    }
}
