//! Keys land on disk exactly as they are written, and come back so.

use bytes::Bytes;
use groundline_store::{AtomicWriter, Hour, Partition, Root, list_flat, read};

#[tokio::test]
async fn partition_names_are_the_names_on_disk() {
    let temp = tempfile::tempdir().unwrap();
    let root = Root::create(temp.path().to_str().unwrap()).unwrap();
    for (endpoint, encoded) in [
        ("a b", "a%20b"),
        ("é", "%C3%A9"),
        ("x%2Fy", "x%252Fy"),
        ("a/b", "a%2Fb"),
        ("..", ".."),
        ("#1?*", "%231%3F%2A"),
    ] {
        let partition = Partition {
            model: "m".into(),
            endpoint: endpoint.into(),
            variant: "v".into(),
            hour: Hour::from_micros(0),
        };
        let key = partition.hour_file();
        let mut writer = AtomicWriter::create(&root, &key).await.unwrap();
        writer.write(Bytes::from_static(b"rows")).await.unwrap();
        writer.commit().await.unwrap();
        let file = format!(
            "merged/model=m/endpoint={encoded}/variant=v/date=1970-01-01/hh=00/part-0.parquet"
        );
        assert_eq!(std::fs::read(temp.path().join(&file)).unwrap(), b"rows");
        let folder = root
            .child(&format!("merged/model=m/endpoint={encoded}"))
            .unwrap();
        let (objects, _) = list_flat(&root, &folder).await.unwrap();
        assert_eq!(objects[0].key, file);
        assert_eq!(read(&root, &objects[0].path).await.unwrap(), "rows");
    }
}

#[tokio::test]
async fn names_that_object_store_would_encode_are_read_as_they_are() {
    let temp = tempfile::tempdir().unwrap();
    let names = [
        "a%20b.jsonl",
        "a b.jsonl",
        "[x]{y}~.jsonl",
        "ü\\z.jsonl",
        "q?*|.jsonl",
    ];
    for name in names {
        std::fs::write(temp.path().join(name), name).unwrap();
    }
    let root = Root::open(temp.path().to_str().unwrap()).unwrap();
    let (objects, _) = list_flat(&root, root.prefix()).await.unwrap();
    assert_eq!(objects.len(), names.len());
    for object in objects {
        assert_eq!(read(&root, &object.path).await.unwrap(), object.key);
        assert_eq!(root.child(&object.key).unwrap(), object.path);
    }
}

#[tokio::test]
async fn a_root_whose_own_path_needs_encoding_works() {
    let temp = tempfile::tempdir().unwrap();
    let odd = temp.path().join("a b/50%/é");
    let root = Root::create(odd.to_str().unwrap()).unwrap();
    std::fs::write(odd.join("x"), "1").unwrap();
    let (objects, _) = list_flat(&root, root.prefix()).await.unwrap();
    assert_eq!(objects[0].key, "x");
    assert_eq!(read(&root, &objects[0].path).await.unwrap(), "1");
}
