//! Listing by hour: what it finds, what it leaves out, and how many calls it makes.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use groundline_store::{
    Hour, ObjectStore, Path, Root, Skipped, Window, day_folders, first_and_last_hour, list_flat,
    list_hours, list_hours_up_to, list_matching, nearest_hours,
};
use object_store::ObjectStoreExt;
use object_store::memory::InMemory;

use crate::counting::counted;

fn hour(text: &str) -> Hour {
    Hour::parse(text).unwrap()
}

fn window(from: &str, to: &str) -> Window {
    Window::new(hour(from), hour(to)).unwrap()
}

async fn put(root: &Root, key: &str, bytes: &'static str) {
    let path = root.child(key).unwrap();
    root.store().put(&path, bytes.into()).await.unwrap();
}

/// The same keys in memory and in a folder.
async fn both(keys: &[(&str, &'static str)]) -> (tempfile::TempDir, Vec<Root>) {
    let temp = tempfile::tempdir().unwrap();
    let roots = vec![
        memory(),
        Root::create(temp.path().to_str().unwrap()).unwrap(),
    ];
    for root in &roots {
        for (key, bytes) in keys {
            put(root, key, bytes).await;
        }
    }
    (temp, roots)
}

fn memory() -> Root {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    Root::with_store(store, Path::parse("bucket").unwrap(), "mem")
}

/// `hours` folders with one object each, from 2026-01-01T00 on.
async fn hourly(hours: i64) -> Root {
    let root = memory();
    for n in 0..hours {
        let folder = hour("2026-01-01").plus(n).path();
        put(&root, &format!("ep/v/{folder}/a.jsonl"), "{}").await;
    }
    root
}

#[tokio::test]
async fn two_hours_of_ten_thousand_are_two_lists() {
    let (root, counts) = counted(hourly(10_000).await);
    let prefix = root.child("ep/v").unwrap();
    let listing = list_hours(
        &root,
        &prefix,
        Some(window("2026-05-05T23", "2026-05-06T01")),
    )
    .await
    .unwrap();
    let found: Vec<String> = listing
        .hours
        .values()
        .flatten()
        .map(|o| o.key.clone())
        .collect();
    assert_eq!(
        found,
        ["ep/v/2026/05/05/23/a.jsonl", "ep/v/2026/05/06/00/a.jsonl"]
    );
    assert_eq!(
        (counts.all_lists(), counts.gets.load(Ordering::SeqCst)),
        (2, 0)
    );
}

#[tokio::test]
async fn a_month_and_everything_are_one_list_each() {
    let (root, counts) = counted(hourly(10_000).await);
    let prefix = root.child("ep/v").unwrap();
    let month = window("2026-02-01", "2026-03-01");
    let listing = list_hours(&root, &prefix, Some(month)).await.unwrap();
    assert_eq!((listing.hours.len(), counts.all_lists()), (28 * 24, 1));
    let all = list_hours(&root, &prefix, None).await.unwrap();
    assert_eq!((all.hours.len(), counts.all_lists()), (10_000, 2));
}

#[tokio::test]
async fn a_window_of_centuries_asks_only_for_the_years_that_are_there() {
    let (root, counts) = counted(hourly(10_000).await);
    let prefix = root.child("ep/v").unwrap();
    let wide = window("0000-01-01", "9999-12-31");
    let listing = list_hours(&root, &prefix, Some(wide)).await.unwrap();
    // One for the years, then 2026 and 2027.
    assert_eq!((listing.hours.len(), counts.all_lists()), (10_000, 3));
    let endless = Window {
        from: hour("2026-01-01").plus(i64::MIN),
        to: hour("2026-01-01").plus(i64::MAX),
    };
    let listing = list_hours(&root, &prefix, Some(endless)).await.unwrap();
    assert_eq!(listing.hours.len(), 10_000);
}

#[tokio::test]
async fn every_window_lists_what_a_filter_of_everything_leaves() {
    let root = memory();
    // Every 7th hour around the turns of a leap-year February and of a year.
    for start in ["2024-02-27", "2024-12-30"] {
        for n in (0..96).step_by(7) {
            let folder = hour(start).plus(n).path();
            put(&root, &format!("{folder}/x.jsonl"), "1").await;
        }
    }
    let all = list_hours(&root, root.prefix(), None).await.unwrap();
    assert_eq!(all.hours.len(), 28);
    for start in ["2024-02-27", "2024-12-30"] {
        for from in (-3..96).step_by(5).map(|n| hour(start).plus(n)) {
            for length in [1, 2, 23, 24, 25, 48, 72, 100, 800, 9_000] {
                let window = Window::new(from, from.plus(length)).unwrap();
                let listed = list_hours(&root, root.prefix(), Some(window))
                    .await
                    .unwrap();
                let mut expected = all.hours.clone();
                expected.retain(|hour, _| window.contains(*hour));
                assert_eq!(listed.hours, expected, "{window:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_data_is_skipped_and_counted() {
    let (_temp, roots) = both(&[
        ("2026/11/01/00/a.jsonl", "1"),
        ("2026/11/01/00/deep/b.jsonl", "1"),
        ("2026/11/01/00/.DS_Store", "1"),
        ("2026/11/01/00/_SUCCESS", "1"),
        ("2026/11/01/00/_temporary/0/c.jsonl", "1"),
        ("2026/11/01/00/empty.jsonl", ""),
        ("2026/11/01/00/sub_$folder$", ""),
        ("2026/11/01/late.jsonl", "1"),
        ("2026/11/31/00/no-such-day.jsonl", "1"),
        ("README.md", "1"),
    ])
    .await;
    for root in roots {
        let listing = list_hours(&root, root.prefix(), None).await.unwrap();
        let keys: Vec<&str> = listing
            .hours
            .values()
            .flatten()
            .map(|o| o.key.as_str())
            .collect();
        assert_eq!(
            keys,
            ["2026/11/01/00/a.jsonl", "2026/11/01/00/deep/b.jsonl"]
        );
        let expected = Skipped {
            hidden: 3,
            empty: 1,
            folders: 1,
            outside: 0,
            misplaced: 3,
        };
        assert_eq!(listing.skipped, expected, "{root:?}");
        assert_eq!(listing.skipped.total(), 8);
    }
}

#[tokio::test]
async fn folder_markers_are_not_empty_files() {
    // On S3 a marker's key ends in a slash, which object_store cuts off. No disk can hold these.
    let root = memory();
    for key in ["2026/11", "2026/11/01/00", "2026/11/01/00/deep"] {
        put(&root, key, "").await;
    }
    put(&root, "2026/11/01/00/deep-er", "1").await;
    put(&root, "2026/11/01/00/deep/a.jsonl", "1").await;
    let listing = list_hours(&root, root.prefix(), None).await.unwrap();
    assert_eq!(listing.hours.values().flatten().count(), 2);
    assert_eq!(
        listing.skipped,
        Skipped {
            folders: 3,
            ..Skipped::default()
        }
    );
}

#[tokio::test]
async fn an_upload_under_way_is_hidden() {
    let temp = tempfile::tempdir().unwrap();
    for name in ["part-0.parquet", "part-0.parquet#1", "a#b.parquet"] {
        std::fs::write(temp.path().join(name), "x").unwrap();
    }
    let root = Root::open(temp.path().to_str().unwrap()).unwrap();
    let (objects, skipped) = list_flat(&root, root.prefix()).await.unwrap();
    let keys: Vec<&str> = objects.iter().map(|object| object.key.as_str()).collect();
    assert_eq!(keys, ["a#b.parquet", "part-0.parquet"]);
    assert_eq!(skipped.hidden, 1);
}

#[tokio::test]
async fn a_hidden_folder_that_is_asked_for_is_listed() {
    let (_temp, roots) = both(&[("_groundline/receipts/a.json", "1"), ("b", "1")]).await;
    for root in roots {
        let (objects, _) = list_flat(&root, &root.child("_groundline/receipts").unwrap())
            .await
            .unwrap();
        assert_eq!(objects.len(), 1);
        let (objects, skipped) = list_flat(&root, root.prefix()).await.unwrap();
        assert_eq!((objects.len(), skipped.hidden), (1, 1));
    }
}

#[tokio::test]
async fn a_prefix_that_is_not_there_is_empty() {
    let (_temp, roots) = both(&[("a", "1")]).await;
    for root in roots {
        for key in ["absent", "absent/deeper", "a", "a/b"] {
            let prefix = root.child(key).unwrap();
            let (objects, _) = list_flat(&root, &prefix).await.unwrap();
            assert!(objects.is_empty(), "{key}");
        }
    }
}

#[tokio::test]
async fn the_nearest_hours_lie_on_both_sides_of_the_window() {
    let (temp, roots) = both(&[
        ("2025/12/31/23/a", "1"),
        ("2026/01/02/05/a", "1"),
        ("2026/11/01/00/a", "1"),
        ("2026/11/01/03/empty", ""),
        ("2027/02/01/00/a", "1"),
    ])
    .await;
    // Folders without objects are no hours.
    for empty in ["2026/01/02/09", "2026/03", "2030/01/01/00", "1999"] {
        std::fs::create_dir_all(temp.path().join(empty)).unwrap();
    }
    for root in roots {
        for (from, to, before, after) in [
            (
                "2026-02-01",
                "2026-10-01",
                Some("2026-01-02T05"),
                Some("2026-11-01T00"),
            ),
            (
                "2026-11-01T01",
                "2026-11-01T09",
                Some("2026-11-01T00"),
                Some("2027-02-01T00"),
            ),
            (
                "2026-01-01",
                "2026-01-02T05",
                Some("2025-12-31T23"),
                Some("2026-01-02T05"),
            ),
            ("2020-01-01", "2020-01-02", None, Some("2025-12-31T23")),
            ("2028-01-01", "2028-01-02", Some("2027-02-01T00"), None),
        ] {
            let near = nearest_hours(&root, root.prefix(), window(from, to))
                .await
                .unwrap();
            assert_eq!(near, (before.map(hour), after.map(hour)), "{from} {to}");
        }
        let ends = first_and_last_hour(&root, root.prefix()).await.unwrap();
        assert_eq!(ends, Some((hour("2025-12-31T23"), hour("2027-02-01T00"))));
        let nowhere = root.child("absent").unwrap();
        assert_eq!(first_and_last_hour(&root, &nowhere).await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_nearest_hours_of_ten_thousand_take_few_lists() {
    let (root, counts) = counted(hourly(10_000).await);
    let prefix = root.child("ep/v").unwrap();
    let near = nearest_hours(&root, &prefix, window("2030-01-01", "2030-01-02"))
        .await
        .unwrap();
    assert_eq!(near, (Some(hour("2026-01-01").plus(9_999)), None));
    assert!(counts.all_lists() <= 6, "{}", counts.all_lists());
}

#[tokio::test]
async fn the_days_that_are_there_are_found_without_asking_for_those_that_are_not() {
    let root = memory();
    for folder in [
        "2021/02/05/04",
        "2021/05/18/00",
        "2021/05/18/23",
        "2023/01/01/00",
    ] {
        put(&root, &format!("gt/{folder}/a.jsonl"), "{}").await;
    }
    put(&root, "gt/readme/05/18/a", "no date").await;
    let (root, counts) = counted(root);
    let days = day_folders(&root, &root.child("gt").unwrap())
        .await
        .unwrap();
    let days: Vec<String> = days.iter().map(|day| day.from.date()).collect();
    assert_eq!(days, ["2021-02-05", "2021-05-18", "2023-01-01"]);
    // The years; two years; three months.
    assert_eq!(counts.all_lists(), 6);
}

#[tokio::test]
async fn a_bounded_listing_says_that_it_ended_early() {
    let root = hourly(3).await;
    for n in 0..5 {
        put(&root, &format!("ep/v/2026/01/01/00/b{n}.jsonl"), "{}").await;
    }
    let prefix = root.child("ep/v").unwrap();
    let day = window("2026-01-01T00", "2026-01-02T00");
    let count = |listing: &groundline_store::HourListing| -> usize {
        listing.hours.values().map(Vec::len).sum()
    };
    let (all, early) = list_hours_up_to(&root, &prefix, day, 8).await.unwrap();
    assert_eq!((count(&all), early), (8, false));
    let (some, early) = list_hours_up_to(&root, &prefix, day, 4).await.unwrap();
    assert!(early && count(&some) >= 4, "{some:?}");
}

#[tokio::test]
async fn a_matching_listing_counts_only_what_was_asked_for() {
    let keys = [
        ("a.csv", "1"),
        ("b.parquet", "1"),
        ("_tmp.csv", "1"),
        ("_other", "1"),
        ("empty.csv", ""),
        ("deep/c.csv", "1"),
    ];
    let (_temp, roots) = both(&keys).await;
    for root in roots {
        let csv = |key: &str| key.ends_with(".csv");
        let (objects, skipped) = list_matching(&root, false, csv).await.unwrap();
        let found: Vec<_> = objects.iter().map(|o| o.key.as_str()).collect();
        assert_eq!(found, ["a.csv"]);
        assert_eq!((skipped.hidden, skipped.empty, skipped.total()), (1, 1, 2));
        let (objects, _) = list_matching(&root, true, csv).await.unwrap();
        let found: Vec<_> = objects.iter().map(|o| o.key.as_str()).collect();
        assert_eq!(found, ["a.csv", "deep/c.csv"]);
    }
}
