//! One object: whole or not at all, whatever its size and name.

use bytes::Bytes;
use groundline_store::{
    AtomicWriter, PART_SIZE, StoreError, delete_if_present, head, list_flat, put_if_changed,
};
use sha2::{Digest, Sha256};

use super::{content, places, stored, write};
use crate::counting::counted;

const OBJECT: &str = "merged/model=m/part-0.parquet";

#[tokio::test]
async fn a_reader_between_parts_sees_the_old_object_or_none() {
    for place in places().await {
        let root = &place.root;
        for old in [None, Some(Bytes::from_static(b"old"))] {
            if let Some(old) = &old {
                write(root, OBJECT, old.clone()).await.unwrap();
            }
            let mut writer = AtomicWriter::create(root, OBJECT).await.unwrap();
            for _ in 0..3 {
                writer.write(content(PART_SIZE)).await.unwrap();
                assert_eq!(stored(root, OBJECT).await, old, "{}", place.name);
                let (listed, _) = list_flat(root, &root.child("merged").unwrap())
                    .await
                    .unwrap();
                assert_eq!(listed.len(), usize::from(old.is_some()), "{}", place.name);
            }
            writer.commit().await.unwrap();
            let size = stored(root, OBJECT).await.map(|bytes| bytes.len());
            assert_eq!(size, Some(3 * PART_SIZE), "{}", place.name);
            assert!(delete_if_present(root, OBJECT).await.unwrap());
        }
    }
}

#[tokio::test]
async fn every_size_arrives_whole_with_its_hash_and_etag() {
    for place in places().await {
        let root = &place.root;
        for size in [0, 1, PART_SIZE - 1, PART_SIZE, PART_SIZE + 1, 3 * PART_SIZE] {
            let bytes = content(size);
            let committed = write(root, OBJECT, bytes.clone()).await.unwrap();
            let sha256 = format!("{:x}", Sha256::digest(&bytes));
            assert_eq!((committed.size, committed.sha256), (size as u64, sha256));
            assert!(
                stored(root, OBJECT).await == Some(bytes),
                "{} {size}",
                place.name
            );
            let path = root.child(OBJECT).unwrap();
            let object = head(root, &path).await.unwrap().unwrap();
            assert_eq!(
                (object.size, &object.etag),
                (size as u64, &committed.etag),
                "{}",
                place.name
            );
            assert_eq!(object.etag.is_none(), root.is_local(), "{}", place.name);
        }
    }
}

#[tokio::test]
async fn what_is_put_again_replaces_and_equal_content_is_left_alone() {
    for place in places().await {
        let (root, counts) = counted(place.root);
        let put = |bytes: &'static str| put_if_changed(&root, "r.json", Bytes::from(bytes));
        assert!(put("one").await.unwrap());
        assert!(!put("one").await.unwrap());
        assert!(put("two").await.unwrap());
        assert_eq!(stored(&root, "r.json").await.unwrap(), "two");
        assert!(put("longer").await.unwrap());
        assert_eq!(stored(&root, "r.json").await.unwrap(), "longer");
        let puts = counts.puts.load(std::sync::atomic::Ordering::SeqCst);
        assert_eq!(puts, 3, "{}", place.name);
    }
}

#[tokio::test]
async fn an_abort_leaves_what_was_there_and_nothing_else() {
    for place in places().await {
        let root = &place.root;
        write(root, OBJECT, Bytes::from_static(b"old"))
            .await
            .unwrap();
        for size in [5, 3 * PART_SIZE + 5] {
            let mut writer = AtomicWriter::create(root, OBJECT).await.unwrap();
            writer.write(content(size)).await.unwrap();
            if let (Some(server), true) = (&place.server, size > PART_SIZE) {
                assert_eq!(server.unfinished().len(), 1);
            }
            writer.abort().await;
            assert_eq!(stored(root, OBJECT).await.unwrap(), "old", "{}", place.name);
            if let Some(server) = &place.server {
                assert_eq!(server.unfinished(), []);
            }
            if let Some(folder) = &place.folder {
                // The folder of staged files goes with the root.
                let staged = folder.path().join("out/_groundline/tmp");
                assert_eq!(std::fs::read_dir(staged).unwrap().count(), 0);
            }
        }
    }
}

#[tokio::test]
async fn odd_names_are_taken_literally() {
    let names = [
        "a b",
        "a%2Fb",
        "a%20b",
        "a=b",
        "a+b",
        "é/ü/日本",
        "model=x%2Fy/endpoint=a%20b/p#1&2?.parquet",
        "~'(!)*,;:@$",
    ];
    for place in places().await {
        let root = &place.root;
        for name in names {
            for size in [3, PART_SIZE + 1] {
                let key = format!("odd/{size}/{name}");
                write(root, &key, content(size)).await.unwrap();
                let read = stored(root, &key).await.map(|bytes| bytes.len());
                assert_eq!(read, Some(size), "{} {key}", place.name);
            }
        }
        let (listed, _) = list_flat(root, &root.child("odd/3").unwrap())
            .await
            .unwrap();
        let listed: Vec<&str> = listed.iter().map(|object| object.key.as_str()).collect();
        // What looks like an unfinished file of an earlier version is not listed, and `…#1&2?…` does not.
        let mut expected = names.map(|name| format!("odd/3/{name}"));
        expected.sort();
        assert_eq!(listed, expected, "{}", place.name);
        for name in names {
            assert!(
                delete_if_present(root, &format!("odd/3/{name}"))
                    .await
                    .unwrap(),
                "{} {name}",
                place.name
            );
        }
        let (listed, _) = list_flat(root, &root.child("odd/3").unwrap())
            .await
            .unwrap();
        assert_eq!(listed, []);
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    for place in places().await {
        let root = &place.root;
        write(root, "x", content(1)).await.unwrap();
        assert!(delete_if_present(root, "x").await.unwrap());
        assert!(!delete_if_present(root, "x").await.unwrap());
        assert!(!delete_if_present(root, "no/such/folder").await.unwrap());
        assert_eq!(stored(root, "x").await, None, "{}", place.name);
        let path = root.child("x").unwrap();
        assert_eq!(head(root, &path).await.unwrap(), None, "{}", place.name);
        let error = groundline_store::read(root, &path).await.unwrap_err();
        let said = format!("`x` is not in `{}`", root.display());
        assert_eq!(error.to_string(), said);
    }
}

#[tokio::test]
async fn no_key_leaves_the_root() {
    for place in places().await {
        let root = &place.root;
        for key in ["..", "../x", "a/../../x", "/x", "a//b", "", "a/", "./a"] {
            let written = write(root, key, content(1)).await.map(drop);
            let put = put_if_changed(root, key, content(1)).await.map(drop);
            let deleted = delete_if_present(root, key).await.map(drop);
            for result in [written, put, deleted] {
                assert!(
                    matches!(result, Err(StoreError::BadKey { .. })),
                    "{} {key}",
                    place.name
                );
            }
        }
        #[cfg(unix)]
        if let Some(folder) = &place.folder {
            let outside = folder.path().join("outside");
            std::fs::create_dir(&outside).unwrap();
            std::os::unix::fs::symlink(&outside, folder.path().join("out/link")).unwrap();
            for size in [1, PART_SIZE + 1] {
                let result = write(root, "link/x", content(size)).await;
                assert!(matches!(result, Err(StoreError::Write { .. })));
            }
            assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
        }
    }
}
