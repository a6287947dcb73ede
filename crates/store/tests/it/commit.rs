//! Objects appear whole or not at all.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use groundline_store::{
    AtomicWriter, PART_SIZE, Path, Root, StoreError, delete_if_present, head, put_if_changed, read,
    read_if_present,
};
use object_store::PutMode;
use object_store::memory::InMemory;
use sha2::{Digest, Sha256};

use crate::counting::counted;

const KEY: &str = "merged/model=m/part-0.parquet";

fn memory() -> Root {
    Root::with_store(Arc::new(InMemory::new()), Path::default(), "mem")
}

fn folder() -> (tempfile::TempDir, Root) {
    let temp = tempfile::tempdir().unwrap();
    let root = Root::create(temp.path().to_str().unwrap()).unwrap();
    (temp, root)
}

/// Bytes that differ from place to place, so that parts in the wrong order would show.
fn content(size: usize) -> Bytes {
    (0..size).map(|n| (n / 1000 + n) as u8).collect()
}

/// Every file and folder below the root, in order, but for the folder of staged files while it is empty: it goes with
/// the root.
fn names(temp: &tempfile::TempDir) -> Vec<String> {
    fn walk(folder: &std::path::Path, below: &str, names: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{below}{}", entry.file_name().into_string().unwrap());
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"), names);
            }
            names.push(name);
        }
    }
    let mut names = Vec::new();
    walk(temp.path(), "", &mut names);
    for staging in ["_groundline/tmp", "_groundline"] {
        let inside = format!("{staging}/");
        if !names.iter().any(|name| name.starts_with(&inside)) {
            names.retain(|name| name != staging);
        }
    }
    names.sort();
    names
}

#[tokio::test]
async fn the_folder_of_staged_files_goes_with_the_last_of_a_root() {
    let (temp, root) = folder();
    let another = root.clone();
    let mut writer = AtomicWriter::create(&root, KEY).await.unwrap();
    writer.write(content(10)).await.unwrap();
    writer.commit().await.unwrap();
    drop(root);
    let staging = temp.path().join("_groundline/tmp");
    assert!(staging.exists());
    drop(another);
    assert!(!staging.exists() && !temp.path().join("_groundline").exists());
    assert!(temp.path().join(KEY).exists());
}

const WRITTEN: [&str; 3] = ["merged", "merged/model=m", KEY];

#[tokio::test]
async fn every_size_arrives_whole_with_its_hash() {
    let (_temp, local) = folder();
    for root in [memory(), local] {
        for size in [
            0,
            1,
            PART_SIZE - 1,
            PART_SIZE,
            PART_SIZE + 1,
            3 * PART_SIZE + 5,
        ] {
            let bytes = content(size);
            let mut writer = AtomicWriter::create(&root, KEY).await.unwrap();
            // Pieces that do not divide a part.
            for start in (0..size).step_by(3_000_001) {
                let end = size.min(start + 3_000_001);
                writer.write(bytes.slice(start..end)).await.unwrap();
            }
            let committed = writer.commit().await.unwrap();
            let sha256 = format!("{:x}", Sha256::digest(&bytes));
            assert_eq!((committed.size, committed.sha256), (size as u64, sha256));
            assert_eq!(committed.key, KEY);
            let path = root.child(KEY).unwrap();
            assert!(read(&root, &path).await.unwrap() == bytes, "{size}");
        }
    }
}

#[tokio::test]
async fn the_old_object_stands_until_the_commit() {
    let (temp, root) = folder();
    put_if_changed(&root, KEY, Bytes::from_static(b"old"))
        .await
        .unwrap();
    let path = root.child(KEY).unwrap();
    let mut writer = AtomicWriter::create(&root, KEY).await.unwrap();
    writer.write(content(2 * PART_SIZE)).await.unwrap();
    assert_eq!(read(&root, &path).await.unwrap(), "old");
    writer.write(content(5)).await.unwrap();
    writer.commit().await.unwrap();
    assert_eq!(read(&root, &path).await.unwrap().len(), 2 * PART_SIZE + 5);
    assert_eq!(names(&temp), WRITTEN);
}

#[tokio::test]
async fn an_abort_leaves_nothing() {
    for size in [5, 3 * PART_SIZE] {
        let (temp, root) = folder();
        let mut writer = AtomicWriter::create(&root, KEY).await.unwrap();
        writer.write(content(size)).await.unwrap();
        assert_eq!(names(&temp).is_empty(), size < PART_SIZE, "staged");
        writer.abort().await;
        assert_eq!(names(&temp), Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_is_not_committed_lies_where_no_reader_looks() {
    let (temp, root) = folder();
    let mut writer = AtomicWriter::create(&root, KEY).await.unwrap();
    writer.write(content(2 * PART_SIZE)).await.unwrap();
    let staged = names(&temp);
    assert_eq!(staged.len(), 3, "{staged:?}");
    assert_eq!(staged[..2], ["_groundline", "_groundline/tmp"]);
    let name = staged[2].strip_prefix("_groundline/tmp/").unwrap();
    let own = format!("{}-", std::process::id());
    assert!(name.starts_with(&own), "{name}");
    let committed = writer.commit().await.unwrap();
    assert_eq!(names(&temp), WRITTEN);
    let object = head(&root, &root.child(KEY).unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((committed.etag, committed.size), (object.etag, object.size));
}

#[tokio::test]
async fn what_a_crash_left_is_in_nobodys_way() {
    let (temp, root) = folder();
    let tmp = temp.path().join("_groundline/tmp");
    std::fs::create_dir_all(&tmp).unwrap();
    // Whatever the counter has come to in this process.
    for count in 0..500 {
        std::fs::write(tmp.join(format!("{}-{count}", std::process::id())), "x").unwrap();
    }
    for size in [5, PART_SIZE + 1] {
        let mut writer = AtomicWriter::create(&root, KEY).await.unwrap();
        writer.write(content(size)).await.unwrap();
        writer.commit().await.unwrap();
        let path = root.child(KEY).unwrap();
        assert_eq!(read(&root, &path).await.unwrap().len(), size);
    }
    assert_eq!(std::fs::read_dir(&tmp).unwrap().count(), 500);
}

#[tokio::test]
async fn an_object_that_must_be_new_is_not_replaced() {
    let (temp, root) = folder();
    let path = root.child(KEY).unwrap();
    let put = |bytes: &'static str| {
        let options = PutMode::Create.into();
        root.store().put_opts(&path, bytes.into(), options)
    };
    put("one").await.unwrap();
    let error = put("two").await.unwrap_err();
    assert!(
        matches!(error, object_store::Error::AlreadyExists { .. }),
        "{error}"
    );
    assert_eq!(read(&root, &path).await.unwrap(), "one");
    assert_eq!(names(&temp), WRITTEN);
}

#[tokio::test]
async fn a_drop_leaves_nothing_for_long() {
    let (temp, root) = folder();
    let mut writer = AtomicWriter::create(&root, KEY).await.unwrap();
    writer.write(content(2 * PART_SIZE)).await.unwrap();
    drop(writer);
    for _ in 0..1000 {
        if names(&temp).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("still there: {:?}", names(&temp));
}

#[tokio::test]
async fn a_failed_write_leaves_what_was_there_and_nothing_else() {
    let (temp, root) = folder();
    // A folder stands where the object should be.
    std::fs::create_dir_all(temp.path().join(KEY).join("x")).unwrap();
    for size in [5, PART_SIZE + 1] {
        let mut writer = AtomicWriter::create(&root, KEY).await.unwrap();
        let error = match writer.write(content(size)).await {
            Ok(()) => writer.commit().await.unwrap_err(),
            Err(error) => error,
        };
        assert!(
            matches!(&error, StoreError::Write { key, .. } if key == KEY),
            "{error}"
        );
        let there = ["merged", "merged/model=m", KEY, &format!("{KEY}/x")];
        assert_eq!(names(&temp), there, "{size}");
    }
}

#[tokio::test]
async fn two_writers_of_one_key_leave_one_whole_object() {
    let (temp, root) = folder();
    let (one, two) = (content(PART_SIZE + 1), content(PART_SIZE + 2));
    let mut first = AtomicWriter::create(&root, KEY).await.unwrap();
    let mut second = AtomicWriter::create(&root, KEY).await.unwrap();
    first.write(one).await.unwrap();
    second.write(two.clone()).await.unwrap();
    first.commit().await.unwrap();
    second.commit().await.unwrap();
    let path = root.child(KEY).unwrap();
    assert!(read(&root, &path).await.unwrap() == two);
    assert_eq!(names(&temp), WRITTEN);
}

#[tokio::test]
async fn equal_content_is_left_alone() {
    let (_temp, local) = folder();
    for root in [memory(), local] {
        let (root, counts) = counted(root);
        let put = |bytes: &'static str| put_if_changed(&root, "r.json", Bytes::from(bytes));
        assert!(put("one").await.unwrap());
        assert!(!put("one").await.unwrap());
        assert!(put("two").await.unwrap());
        assert!(put("longer").await.unwrap());
        assert_eq!(counts.puts.load(Ordering::SeqCst), 3);
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let (_temp, local) = folder();
    for root in [memory(), local] {
        put_if_changed(&root, "x", Bytes::from_static(b"1"))
            .await
            .unwrap();
        assert!(delete_if_present(&root, "x").await.unwrap());
        assert!(!delete_if_present(&root, "x").await.unwrap());
        assert!(!delete_if_present(&root, "no/such/folder").await.unwrap());
        let path = root.child("x").unwrap();
        assert_eq!(read_if_present(&root, &path).await.unwrap(), None);
        let error = read(&root, &path).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`x` is not in `{}`", root.display())
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_writers_do_not_take_each_others_folders_away() {
    let (temp, root) = folder();
    for round in 0..30 {
        let writers = (0..8).map(|writer| {
            let root = root.clone();
            tokio::spawn(async move {
                let key = format!("_groundline/made/{writer}");
                for _ in 0..10 {
                    let bytes = Bytes::from(format!("{round}"));
                    put_if_changed(&root, &key, bytes).await.unwrap();
                    assert!(delete_if_present(&root, &key).await.unwrap());
                    // Now and then the folder is empty, and goes too.
                    let made = root.child("_groundline/made").unwrap();
                    let _ = std::fs::remove_dir(format!("/{made}"));
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        let _ = std::fs::remove_dir(temp.path().join("_groundline"));
        assert_eq!(names(&temp), Vec::<String>::new(), "{round}");
    }
}
