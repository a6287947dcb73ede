//! Listing by hour: `{prefix}/yyyy/mm/dd/hh/**` with no more LIST calls than the window needs.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ListResult, ObjectMeta};

use crate::confined::OUTSIDE;
use crate::error::StoreError;
use crate::hour::{Hour, Window, digits};
use crate::object::Object;
use crate::remote::Doing;
use crate::root::{Root, relative};

/// LIST calls in flight.
pub(crate) const CONCURRENCY: usize = 16;

/// A window longer than this first asks which years exist: 32 years of 8784 hours.
const WIDE: i64 = 32 * 8784;

/// What a listing saw and left out.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// A part of the key begins with `.` or `_`, or the name ends in `#<n>`: an upload under way.
    pub hidden: u64,
    /// Objects of no bytes.
    pub empty: u64,
    /// Objects of no bytes that stand for folders, as consoles and Hadoop make them.
    pub folders: u64,
    /// Local links that lead outside the root; one for a linked folder, which is not entered.
    pub outside: u64,
    /// Objects in no `yyyy/mm/dd/hh` folder. Only those under the prefixes that were listed are seen.
    pub misplaced: u64,
}

impl Skipped {
    pub fn total(self) -> u64 {
        [
            self.hidden,
            self.empty,
            self.folders,
            self.outside,
            self.misplaced,
        ]
        .iter()
        .fold(0, |sum, count| sum.saturating_add(*count))
    }
}

impl AddAssign for Skipped {
    fn add_assign(&mut self, other: Self) {
        self.hidden += other.hidden;
        self.empty += other.empty;
        self.folders += other.folders;
        self.outside += other.outside;
        self.misplaced += other.misplaced;
    }
}

/// The objects of each hour that has any, sorted by key.
#[derive(Clone, Debug, Default)]
pub struct HourListing {
    pub hours: BTreeMap<Hour, Vec<Object>>,
    pub skipped: Skipped,
}

/// The objects of `{prefix}/yyyy/mm/dd/hh/**` inside the window; `None` is everything, in one LIST.
///
/// One LIST call for each of the longest whole years, months, days and hours that make up the window:
/// two hours are two calls, a month is one. The result does not depend on the order of the answers.
pub async fn list_hours(
    root: &Root,
    prefix: &Path,
    window: Option<Window>,
) -> Result<HourListing, StoreError> {
    let folders = match window {
        None => vec![prefix.clone()],
        Some(window) => date_folders(root, prefix, window).await?,
    };
    let (objects, skipped) = list_folders(root, prefix, folders).await?;
    let mut listing = HourListing {
        skipped,
        ..HourListing::default()
    };
    for object in objects {
        let hour = relative(&object.path, prefix).and_then(leading_hour);
        match hour {
            Some(hour) if window.is_none_or(|window| window.contains(hour)) => {
                listing.hours.entry(hour).or_default().push(object);
            }
            // A store that answers with more than was asked for.
            Some(_) => {}
            None => listing.skipped.misplaced += 1,
        }
    }
    Ok(listing)
}

/// As [`list_hours`], but each LIST ends after about `most` objects, so that the cost does not grow with what is there.
/// The flag is true where one ended early: then hours are missing and the last of the others may have more objects.
pub async fn list_hours_up_to(
    root: &Root,
    prefix: &Path,
    window: Window,
    most: usize,
) -> Result<(HourListing, bool), StoreError> {
    let mut listing = HourListing::default();
    let mut ended_early = false;
    for folder in date_folders(root, prefix, window).await? {
        let metas: Vec<ObjectMeta> = root
            .store()
            .list(Some(&folder))
            .take(most.saturating_add(1))
            .try_collect()
            .await
            .map_err(|source| list_error(root, &folder, source))?;
        ended_early |= metas.len() > most;
        let (objects, skipped) = sift(root, prefix, metas);
        listing.skipped += skipped;
        for object in objects {
            match relative(&object.path, prefix).and_then(leading_hour) {
                Some(hour) if window.contains(hour) => {
                    listing.hours.entry(hour).or_default().push(object);
                }
                Some(_) => {}
                None => listing.skipped.misplaced += 1,
            }
        }
    }
    Ok((listing, ended_early))
}

/// The first objects below a prefix, in no particular layout and no more than `most`, and whether those are all.
pub async fn list_flat_up_to(
    root: &Root,
    prefix: &Path,
    most: usize,
) -> Result<(Vec<Object>, bool), StoreError> {
    let metas: Vec<ObjectMeta> = root
        .store()
        .list(Some(prefix))
        .take(most.saturating_add(1))
        .try_collect()
        .await
        .map_err(|source| list_error(root, prefix, source))?;
    let all = metas.len() <= most;
    Ok((sift(root, prefix, metas).0, all))
}

/// Whether an object with such a name lies anywhere below a prefix.
pub async fn any_below(root: &Root, prefix: &Path, extension: &str) -> Result<bool, StoreError> {
    let objects = root.store().list(Some(prefix));
    let named = objects.try_filter(|meta| {
        let name = meta.location.filename().unwrap_or_default();
        std::future::ready(!is_hidden_name(name) && name.ends_with(extension))
    });
    let first = std::pin::pin!(named).try_next().await;
    let first = first.map_err(|source| list_error(root, prefix, source))?;
    Ok(first.is_some())
}

/// All objects below a prefix, sorted by key: a folder of outputs in no particular layout.
pub async fn list_flat(root: &Root, prefix: &Path) -> Result<(Vec<Object>, Skipped), StoreError> {
    list_folders(root, prefix, vec![prefix.clone()]).await
}

/// The objects whose key `wanted` accepts, sorted by key: of the root's own folder, or, if `deep`, of all below it.
/// What is skipped is counted of those alone.
pub async fn list_matching(
    root: &Root,
    deep: bool,
    wanted: impl Fn(&str) -> bool,
) -> Result<(Vec<Object>, Skipped), StoreError> {
    let prefix = root.prefix();
    let mut metas = if deep {
        let all = root.store().list(Some(prefix)).try_collect().await;
        all.map_err(|source| list_error(root, prefix, source))?
    } else {
        list_folder(root, prefix).await?.objects
    };
    metas.retain(|meta: &ObjectMeta| relative(&meta.location, prefix).is_some_and(&wanted));
    Ok(sift(root, prefix, metas))
}

/// The hour of `…/yyyy/mm/dd/hh/…` anywhere in a key; the deepest where there are several.
pub fn hour_in_key(key: &str) -> Option<Hour> {
    let parts: Vec<&str> = key.split('/').collect();
    // The last part is the object's name.
    let (_, folders) = parts.split_last()?;
    folders.windows(4).rev().find_map(hour_of_parts)
}

/// What lies directly in a folder.
pub(crate) async fn list_folder(root: &Root, prefix: &Path) -> Result<ListResult, StoreError> {
    root.store()
        .list_with_delimiter(Some(prefix))
        .await
        .map_err(|source| list_error(root, prefix, source))
}

pub(crate) fn is_hidden_name(name: &str) -> bool {
    name.starts_with(['.', '_'])
}

pub(crate) fn hour_of_parts(parts: &[&str]) -> Option<Hour> {
    let [year, month, day, hour] = parts else {
        return None;
    };
    Hour::from_parts(
        i64::from(digits(year, 4)?),
        digits(month, 2)?,
        digits(day, 2)?,
        digits(hour, 2)?,
    )
}

/// The hour of `yyyy/mm/dd/hh/name…`.
fn leading_hour(key: &str) -> Option<Hour> {
    let parts: Vec<&str> = key.splitn(5, '/').collect();
    let (name, folders) = parts.split_last()?;
    if name.is_empty() {
        return None;
    }
    hour_of_parts(folders)
}

async fn list_folders(
    root: &Root,
    prefix: &Path,
    folders: Vec<Path>,
) -> Result<(Vec<Object>, Skipped), StoreError> {
    let answers: Vec<Vec<ObjectMeta>> = stream::iter(folders)
        .map(|folder| async move {
            root.store()
                .list(Some(&folder))
                .try_collect()
                .await
                .map_err(|source| list_error(root, &folder, source))
        })
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    Ok(sift(root, prefix, answers.into_iter().flatten().collect()))
}

/// The objects that are read, in order, and what was left out.
fn sift(root: &Root, prefix: &Path, mut metas: Vec<ObjectMeta>) -> (Vec<Object>, Skipped) {
    // By the text, which is the order of S3 and the same for every store.
    metas.sort_unstable_by(|a, b| a.location.as_ref().cmp(b.location.as_ref()));
    let mut skipped = Skipped::default();
    let mut kept = vec![true; metas.len()];
    for (index, meta) in metas.iter().enumerate() {
        let count = match exclusion(meta, prefix, &metas) {
            None => continue,
            Some(Exclusion::Outside) => &mut skipped.outside,
            Some(Exclusion::Hidden) => &mut skipped.hidden,
            Some(Exclusion::Folder) => &mut skipped.folders,
            Some(Exclusion::Empty) => &mut skipped.empty,
        };
        *count += 1;
        if let Some(kept) = kept.get_mut(index) {
            *kept = false;
        }
    }
    let objects = metas
        .into_iter()
        .zip(kept)
        .filter_map(|(meta, kept)| kept.then(|| Object::new(root, meta)))
        .collect();
    (objects, skipped)
}

enum Exclusion {
    Outside,
    Hidden,
    Folder,
    Empty,
}

/// Hidden is judged below the prefix that was asked for: whoever lists `_groundline/receipts` means it.
fn exclusion(meta: &ObjectMeta, prefix: &Path, sorted: &[ObjectMeta]) -> Option<Exclusion> {
    let key = relative(&meta.location, prefix).unwrap_or(meta.location.as_ref());
    if meta.version.as_deref() == Some(OUTSIDE) {
        Some(Exclusion::Outside)
    } else if key.split('/').any(is_hidden_name) || is_staged(key) {
        Some(Exclusion::Hidden)
    } else if meta.size > 0 {
        None
    } else if is_folder_marker(&meta.location, key, sorted) {
        Some(Exclusion::Folder)
    } else {
        Some(Exclusion::Empty)
    }
}

/// `part-0.parquet#1`: where earlier versions, and object_store's own local store, keep what is not yet committed.
fn is_staged(key: &str) -> bool {
    key.rsplit_once('#').is_some_and(|(_, count)| {
        !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// object_store has cut the slash off a marker's key by now. What is left looks like a date folder, has
/// objects below it, or carries Hadoop's suffix.
fn is_folder_marker(location: &Path, key: &str, sorted: &[ObjectMeta]) -> bool {
    let parts: Vec<&str> = key.split('/').collect();
    let date = parts.len() <= 4
        && parts
            .iter()
            .enumerate()
            .all(|(depth, part)| digits(part, if depth == 0 { 4 } else { 2 }).is_some());
    let below = format!("{location}/");
    let next = sorted.partition_point(|meta| meta.location.as_ref() < below.as_str());
    let has_objects = sorted
        .get(next)
        .is_some_and(|meta| meta.location.as_ref().starts_with(&below));
    date || has_objects || key.ends_with("_$folder$")
}

async fn date_folders(root: &Root, prefix: &Path, window: Window) -> Result<Vec<Path>, StoreError> {
    let mut windows = vec![window];
    if window.to.since(window.from) > WIDE {
        // `--all` in other words: ask for the years that are there, not for every year that could be.
        let listed = list_folder(root, prefix).await?;
        windows = listed
            .common_prefixes
            .iter()
            .filter_map(|folder| digits(folder.filename()?, 4))
            .filter_map(|year| window.intersect(year_window(i64::from(year))))
            .collect();
    }
    let mut folders = Vec::new();
    for window in windows {
        for date in dates(window) {
            let folder = join(prefix, &date).map_err(|source| {
                let source = object_store::Error::InvalidPath { source };
                list_error(root, prefix, source)
            })?;
            folders.push(folder);
        }
    }
    Ok(folders)
}

/// The coarsest date folders that together are exactly the window.
fn dates(window: Window) -> Vec<String> {
    let mut dates = Vec::new();
    let mut at = window.from;
    while at < window.to {
        let (year, month, day, hour) = at.parts();
        let next_year = Hour::start_of_day(year.saturating_add(1), 1, 1);
        let next_month = Hour::start_of_day(year, month + 1, 1);
        let next_day = at.plus(24);
        let (date, next) = if (month, day, hour) == (1, 1, 0) && next_year <= window.to {
            (format!("{year:04}"), next_year)
        } else if (day, hour) == (1, 0) && next_month <= window.to {
            (format!("{year:04}/{month:02}"), next_month)
        } else if hour == 0 && next_day <= window.to {
            (format!("{year:04}/{month:02}/{day:02}"), next_day)
        } else {
            (at.path(), at.plus(1))
        };
        dates.push(date);
        at = next;
    }
    dates
}

pub(crate) fn year_window(year: i64) -> Window {
    Window {
        from: Hour::start_of_day(year, 1, 1),
        to: Hour::start_of_day(year.saturating_add(1), 1, 1),
    }
}

pub(crate) fn join(prefix: &Path, below: &str) -> Result<Path, object_store::path::Error> {
    if prefix.is_root() {
        Path::parse(below)
    } else {
        Path::parse(format!("{prefix}/{below}"))
    }
}

pub(crate) fn list_error(root: &Root, prefix: &Path, source: object_store::Error) -> StoreError {
    root.explain(Doing::List, prefix, source)
        .unwrap_or_else(|source| StoreError::List {
            root: root.display().to_owned(),
            prefix: prefix.to_string(),
            source,
        })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn window(from: &str, to: &str) -> Window {
        Window::new(Hour::parse(from).unwrap(), Hour::parse(to).unwrap()).unwrap()
    }

    #[test]
    fn a_window_is_the_coarsest_whole_folders() {
        for (from, to, expected) in [
            (
                "2026-11-01T00",
                "2026-11-01T02",
                "2026/11/01/00 2026/11/01/01",
            ),
            ("2026-11-01", "2026-12-01", "2026/11"),
            ("2026-01-01", "2028-01-01", "2026 2027"),
            ("2026-02-27", "2026-03-01", "2026/02/27 2026/02/28"),
            (
                "2025-12-30T23",
                "2027-02-01T01",
                "2025/12/30/23 2025/12/31 2026 2027/01 2027/02/01/00",
            ),
        ] {
            assert_eq!(dates(window(from, to)).join(" "), expected, "{from} {to}");
        }
    }

    #[test]
    fn the_folders_of_every_window_cover_each_of_its_hours_once() {
        let start = Hour::parse("2023-12-30T00").unwrap();
        for from in (0..80).map(|hours| start.plus(hours)) {
            for length in (1..60).chain([700, 745, 1500, 8784, 9000, 18_000]) {
                let window = Window::new(from, from.plus(length)).unwrap();
                let mut at = from;
                for date in dates(window) {
                    // Folders come in order, so each must begin where the last one ended.
                    assert!(at.path().starts_with(&date), "{date} at {at}");
                    let inside = |hour: &Hour| hour.path().starts_with(&date);
                    at = (1..)
                        .map(|n| at.plus(n))
                        .find(|hour| !inside(hour))
                        .unwrap();
                }
                assert_eq!(at, window.to);
            }
        }
    }

    #[test]
    fn the_hour_of_a_key_is_its_deepest_date_folder() {
        let hour = |key| hour_in_key(key).map(|hour| hour.to_string());
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(hour("a/2026/11/01/05/x.out"), some("2026-11-01T05"));
        assert_eq!(
            hour("2026/11/01/05/2027/01/01/00/b/x"),
            some("2027-01-01T00")
        );
        for key in [
            "2026/11/01/05",
            "2026/13/01/05/x",
            "2026/11/1/5/x",
            "x",
            "",
            "2026-11-01T05/x",
        ] {
            assert_eq!(hour(key), None, "{key}");
        }
    }
}
