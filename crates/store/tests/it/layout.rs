//! Any depth of the layout is understood, or the error prints the right path.

use std::fs;
use std::path::Path as FsPath;

use groundline_store::{
    CaptureLayout, Hour, Root, StoreError, Window, capture_layout, label_layout, list_hours,
};

fn tree(files: &[&str]) -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    for file in files {
        let path = temp.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    temp
}

fn open(temp: &tempfile::TempDir, below: &str) -> Root {
    Root::open(temp.path().join(below).to_str().unwrap()).unwrap()
}

fn names(layout: &CaptureLayout) -> Vec<String> {
    let name = |v: &groundline_store::VariantPrefix| format!("{}/{}", v.endpoint, v.variant);
    layout.variants.iter().map(name).collect()
}

async fn keys(layout: &CaptureLayout) -> Vec<String> {
    let mut keys = Vec::new();
    for variant in &layout.variants {
        let listing = list_hours(&layout.root, &variant.prefix, layout.within)
            .await
            .unwrap();
        keys.extend(
            listing
                .hours
                .into_values()
                .flatten()
                .map(|object| object.key),
        );
    }
    keys
}

#[tokio::test]
async fn captures_have_the_same_keys_from_every_depth() {
    let temp = tree(&[
        "data/ep-a/v1/2026/11/01/00/a.jsonl",
        "data/ep-a/v1/2026/11/01/01/b.jsonl",
        "data/ep-a/v2/2026/11/01/00/c.jsonl",
        "data/ep-b/v1/2027/01/01/00/d.jsonl",
    ]);
    let (a, b, c, d) = (
        "ep-a/v1/2026/11/01/00/a.jsonl",
        "ep-a/v1/2026/11/01/01/b.jsonl",
        "ep-a/v2/2026/11/01/00/c.jsonl",
        "ep-b/v1/2027/01/01/00/d.jsonl",
    );
    for (below, variants, expected) in [
        (
            "data",
            &["ep-a/v1", "ep-a/v2", "ep-b/v1"][..],
            &[a, b, c, d][..],
        ),
        ("data/ep-a", &["ep-a/v1", "ep-a/v2"], &[a, b, c]),
        ("data/ep-a/v1", &["ep-a/v1"], &[a, b]),
        ("data/ep-a/v1/2026", &["ep-a/v1"], &[a, b]),
        ("data/ep-a/v1/2026/11", &["ep-a/v1"], &[a, b]),
        ("data/ep-a/v1/2026/11/01", &["ep-a/v1"], &[a, b]),
        ("data/ep-a/v1/2026/11/01/01", &["ep-a/v1"], &[b]),
    ] {
        let layout = capture_layout(&open(&temp, below)).await.unwrap();
        assert_eq!(names(&layout), variants, "{below}");
        assert_eq!(keys(&layout).await, expected, "{below}");
        assert_eq!(
            FsPath::new(layout.root.display()),
            temp.path().join("data"),
            "{below}"
        );
        assert_eq!(layout.within.is_some(), below.contains("2026"), "{below}");
    }
}

#[tokio::test]
async fn dated_folders_beside_the_endpoints_are_no_variants() {
    let temp = tree(&[
        "ep/v/2026/11/01/00/a.jsonl",
        "labels/2026/11/01/00/l.jsonl",
        "_groundline/x/2026/11/y",
        "README.md",
    ]);
    let layout = capture_layout(&open(&temp, "")).await.unwrap();
    assert_eq!(names(&layout), ["ep/v"]);
}

#[tokio::test]
async fn a_folder_named_like_a_year_above_endpoints_is_no_year() {
    let temp = tree(&["2026/ep/v/2026/11/01/00/a.jsonl"]);
    let layout = capture_layout(&open(&temp, "2026")).await.unwrap();
    assert_eq!(names(&layout), ["ep/v"]);
    assert_eq!(layout.within, None);
}

#[tokio::test]
async fn what_holds_no_captures_says_what_it_holds() {
    let temp = tree(&["a.csv", "b/x.csv", "b/y/z.csv"]);
    let root = open(&temp, "");
    let error = capture_layout(&root).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "`{}` has no {{endpoint}}/{{variant}}/yyyy/mm/dd/hh below it; it has: a.csv, b/",
            root.display()
        )
    );
    let empty = tree(&[]);
    let error = capture_layout(&open(&empty, "")).await.unwrap_err();
    assert!(error.to_string().ends_with("it has: nothing"), "{error}");
}

#[tokio::test]
async fn one_level_too_high_prints_the_right_path() {
    let temp = tree(&[
        "data/captures/ep/v/2026/11/01/00/a.jsonl",
        "data/labels/2026/11/01/00/l.jsonl",
    ]);
    let right = |below: &str| {
        let path = temp.path().join(below);
        format!("did you mean `{}`?", path.display())
    };
    // `labels` is dated, so `data` could be an endpoint; captures one level down are the better guess.
    let said = capture_layout(&open(&temp, "data"))
        .await
        .unwrap_err()
        .to_string();
    assert!(said.ends_with(&right("data/captures")), "{said}");
    let said = label_layout(&open(&temp, "data"))
        .await
        .unwrap_err()
        .to_string();
    assert!(said.ends_with(&right("data/labels")), "{said}");
}

#[tokio::test]
async fn labels_have_the_same_keys_from_every_depth() {
    let temp = tree(&[
        "l/2026/11/01/00/a",
        "l/2026/11/01/05/b",
        "l/2025/12/31/23/c",
    ]);
    let (a, b, c) = ("2026/11/01/00/a", "2026/11/01/05/b", "2025/12/31/23/c");
    for (below, expected) in [
        ("l", &[c, a, b][..]),
        ("l/2026", &[a, b]),
        ("l/2026/11/01", &[a, b]),
        ("l/2026/11/01/05", &[b]),
    ] {
        let layout = label_layout(&open(&temp, below)).await.unwrap();
        let listing = list_hours(&layout.root, layout.root.prefix(), layout.within)
            .await
            .unwrap();
        let found: Vec<String> = listing
            .hours
            .into_values()
            .flatten()
            .map(|o| o.key)
            .collect();
        assert_eq!(found, expected, "{below}");
    }
    let hour = Hour::parse("2026-11-01T05").unwrap();
    let within = label_layout(&open(&temp, "l/2026/11/01/05"))
        .await
        .unwrap()
        .within;
    assert_eq!(within, Window::new(hour, hour.plus(1)).ok());
}

#[tokio::test]
async fn what_holds_no_labels_says_what_it_holds() {
    let temp = tree(&["x.jsonl"]);
    let error = label_layout(&open(&temp, "")).await.unwrap_err();
    assert!(matches!(error, StoreError::NoLabelLayout { .. }));
    assert!(error.to_string().ends_with("it has: x.jsonl"), "{error}");
}

#[tokio::test]
async fn a_stray_date_beside_the_variants_hides_none_of_them() {
    for files in [
        &[
            "shop/v/2026/11/01/10/a.jsonl",
            "shop/2026/11/01/10/stray.jsonl",
        ][..],
        &[
            "other/v/2026/11/01/10/a.jsonl",
            "shop/v/2026/11/01/10/a.jsonl",
            "shop/2026/11/01/10/stray.jsonl",
        ],
    ] {
        let temp = tree(files);
        let layout = capture_layout(&open(&temp, "")).await.unwrap();
        assert!(names(&layout).contains(&"shop/v".to_owned()), "{files:?}");
        assert_eq!(names(&layout).len(), files.len() - 1, "{files:?}");
    }
}
