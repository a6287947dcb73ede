//! No link leads outside a root, neither in a listing nor in a read or a write.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;

use bytes::Bytes;
use groundline_store::{
    Root, StoreError, Window, capture_layout, list_flat, list_hours, put_if_changed, read,
};

struct Fixture {
    _temp: tempfile::TempDir,
    root: Root,
}

/// `root/2026/11/01/00` with a file, and links: a file and a folder outside, both also by a relative
/// path, a file and a folder inside, a broken one, and circles.
fn fixture() -> Fixture {
    let temp = tempfile::tempdir().unwrap();
    let at = |path: &str| temp.path().join(path);
    let hour = at("root/2026/11/01/00");
    fs::create_dir_all(&hour).unwrap();
    fs::create_dir_all(at("root/shared")).unwrap();
    fs::create_dir_all(at("secret/2026/11/01/01")).unwrap();
    fs::write(at("secret/s.jsonl"), "secret").unwrap();
    fs::write(at("secret/2026/11/01/01/t.jsonl"), "secret").unwrap();
    fs::write(at("root/shared/in.jsonl"), "12").unwrap();
    fs::write(hour.join("a.jsonl"), "1").unwrap();
    symlink(at("secret/s.jsonl"), hour.join("file-out.jsonl")).unwrap();
    symlink("../../../../../secret", hour.join("folder-out")).unwrap();
    symlink(at("secret/2026/11/01/01"), at("root/2026/11/01/01")).unwrap();
    symlink(at("root/shared/in.jsonl"), hour.join("file-in.jsonl")).unwrap();
    symlink(at("root/shared"), hour.join("folder-in")).unwrap();
    symlink(at("absent"), hour.join("broken")).unwrap();
    symlink("..", hour.join("up")).unwrap();
    symlink("self", hour.join("self")).unwrap();
    let root = Root::open(at("root").to_str().unwrap()).unwrap();
    Fixture { _temp: temp, root }
}

#[tokio::test]
async fn links_outside_are_skipped_and_counted_and_links_inside_followed() {
    let fixture = fixture();
    let root = &fixture.root;
    let listing = list_hours(root, root.prefix(), None).await.unwrap();
    let found: Vec<_> = listing
        .hours
        .values()
        .flatten()
        .map(|object| (object.key.as_str(), object.size))
        .collect();
    assert_eq!(
        found,
        [
            ("2026/11/01/00/a.jsonl", 1),
            ("2026/11/01/00/file-in.jsonl", 2),
            ("2026/11/01/00/folder-in/in.jsonl", 2),
        ]
    );
    assert_eq!(listing.skipped.outside, 3);
    assert_eq!(listing.skipped.total(), 4, "shared/in.jsonl is in no hour");
}

#[tokio::test]
async fn an_hour_that_is_itself_a_link_outside_is_skipped_and_counted() {
    let fixture = fixture();
    let root = &fixture.root;
    let hour = groundline_store::Hour::parse("2026-11-01T01").unwrap();
    let window = Window::new(hour, hour.plus(1)).unwrap();
    let listing = list_hours(root, root.prefix(), Some(window)).await.unwrap();
    assert!(listing.hours.is_empty());
    assert_eq!(listing.skipped.outside, 1);
    let below = root.child("2026/11/01/00/folder-out/2026").unwrap();
    let (objects, skipped) = list_flat(root, &below).await.unwrap();
    assert_eq!((objects.len(), skipped.outside), (0, 1));
}

#[tokio::test]
async fn reading_through_a_link_outside_is_refused() {
    let fixture = fixture();
    let root = &fixture.root;
    for key in [
        "2026/11/01/00/file-out.jsonl",
        "2026/11/01/00/folder-out/s.jsonl",
        "2026/11/01/01/t.jsonl",
    ] {
        let error = read(root, &root.child(key).unwrap()).await.unwrap_err();
        let StoreError::Read { source, .. } = &error else {
            panic!("{error}");
        };
        assert!(
            source.to_string().contains("outside the declared root"),
            "{source}"
        );
    }
    let inside = root.child("2026/11/01/00/file-in.jsonl").unwrap();
    assert_eq!(read(root, &inside).await.unwrap(), "12");
}

#[tokio::test]
async fn writing_through_a_link_outside_is_refused() {
    let fixture = fixture();
    let root = &fixture.root;
    for key in ["2026/11/01/00/folder-out/new", "2026/11/01/01/new/deeper"] {
        let result = put_if_changed(root, key, Bytes::from_static(b"x")).await;
        assert!(result.is_err(), "{key}");
    }
    put_if_changed(root, "new/deeper/x", Bytes::from_static(b"x"))
        .await
        .unwrap();
}

#[tokio::test]
async fn nothing_is_staged_through_a_link_outside() {
    let fixture = fixture();
    let outside = fixture._temp.path().join("secret");
    symlink(&outside, fixture._temp.path().join("root/_groundline")).unwrap();
    for size in [1, groundline_store::PART_SIZE] {
        let mut writer = groundline_store::AtomicWriter::create(&fixture.root, "new")
            .await
            .unwrap();
        let bytes = Bytes::from(vec![0; size]);
        let error = match writer.write(bytes).await {
            Ok(()) => writer.commit().await.unwrap_err(),
            Err(error) => error,
        };
        assert!(matches!(error, StoreError::Write { .. }), "{error}");
    }
    assert!(!outside.join("tmp").exists());
}

#[tokio::test]
async fn a_neighbour_of_the_root_is_outside() {
    let fixture = fixture();
    let neighbour =
        groundline_store::Path::parse(format!("{}-2/x", fixture.root.prefix())).unwrap();
    let error = read(&fixture.root, &neighbour).await.unwrap_err();
    assert!(matches!(error, StoreError::Read { .. }), "{error}");
}

#[tokio::test]
async fn a_root_that_was_found_to_begin_higher_reads_all_of_its_layout() {
    let temp = tempfile::tempdir().unwrap();
    let hour = temp.path().join("data/ep/v/2026/11/01/00");
    let other = temp.path().join("data/ep/v/2026/11/01/01");
    for folder in [&hour, &other] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::write(other.join("b.jsonl"), "1").unwrap();
    symlink(other.join("b.jsonl"), hour.join("a.jsonl")).unwrap();
    let given = Root::open(hour.to_str().unwrap()).unwrap();
    let layout = capture_layout(&given).await.unwrap();
    let prefix = &layout.variants[0].prefix;
    let listing = list_hours(&layout.root, prefix, layout.within)
        .await
        .unwrap();
    let keys: Vec<&str> = listing
        .hours
        .values()
        .flatten()
        .map(|o| o.key.as_str())
        .collect();
    assert_eq!(keys, ["ep/v/2026/11/01/00/a.jsonl"]);
}
