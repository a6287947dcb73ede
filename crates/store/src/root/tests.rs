//! Roots by themselves, in memory and in temporary folders.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use super::*;
use object_store::memory::InMemory;

fn memory(prefix: &str) -> Root {
    Root::with_store(
        Arc::new(InMemory::new()),
        Path::parse(prefix).unwrap(),
        "mem",
    )
}

#[test]
fn a_key_cannot_leave_its_root() {
    let root = memory("a/b");
    for key in [
        "..",
        "x/../y",
        "/etc/passwd",
        "x//y",
        "",
        "x/",
        "./x",
        "x\u{0}y",
    ] {
        assert!(
            matches!(root.child(key), Err(StoreError::BadKey { .. })),
            "{key}"
        );
    }
    assert_eq!(root.child("c/d e%2F").unwrap().as_ref(), "a/b/c/d e%2F");
}

#[test]
fn key_and_child_are_inverse() {
    for prefix in ["", "a", "a/b"] {
        let root = memory(prefix);
        for key in ["x", "x/y.jsonl", "é/ü", "a%20b", "model=x/p#q"] {
            assert_eq!(root.key(&root.child(key).unwrap()), key);
        }
    }
    let root = memory("a/b");
    assert_eq!(root.key(&Path::from("a/bc/d")), "a/bc/d");
}

#[test]
fn what_is_no_folder_is_refused_by_name() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("x.txt");
    fs::write(&file, "x").unwrap();
    let file = file.to_str().unwrap();
    let absent = temp.path().join("absent");
    let absent = absent.to_str().unwrap();
    let said = |result: Result<Root, StoreError>| result.unwrap_err().to_string();
    assert_eq!(
        said(Root::open(absent)),
        format!("no such folder: `{absent}`")
    );
    assert_eq!(said(Root::open("")), "no such folder: ``");
    let is_a_file = format!("`{file}` is a file; a folder is expected");
    assert_eq!(said(Root::open(file)), is_a_file);
    assert_eq!(said(Root::create(file)), is_a_file);
    assert_eq!(
        said(Root::open("s3://bucket/x")),
        "`s3://bucket/x` is no local folder"
    );
    assert!(said(Root::create(&format!("{file}/out"))).contains("cannot write into"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_refused() {
    // Nobody, root included, can make a file in a process's folder.
    let error = Root::create("/proc/self").unwrap_err();
    assert!(matches!(error, StoreError::NotWritable { .. }), "{error}");
}

#[test]
fn an_output_folder_is_made_and_left_without_traces() {
    let temp = tempfile::tempdir().unwrap();
    let out = temp.path().join("a/b");
    let root = Root::create(out.to_str().unwrap()).unwrap();
    assert_eq!(fs::read_dir(&out).unwrap().count(), 0);
    let above = Root::open(temp.path().to_str().unwrap()).unwrap();
    let uri = format!("file://{}", out.to_str().unwrap());
    assert!(above.contains(&root) && !root.contains(&above));
    assert!(root.contains(&Root::open(&uri).unwrap()));
    assert!(!above.contains(&memory("")));
}

#[test]
fn a_remote_root_holds_what_lies_below_its_prefix_in_its_bucket() {
    let remote = |text: &str| {
        let uri = RemoteUri::parse(text).unwrap().unwrap();
        let opened = Opened {
            store: Arc::new(InMemory::new()),
            way: Way::default(),
            uploads: None,
        };
        Root::remote(opened, uri)
    };
    let root = remote("s3://b/out");
    for text in ["s3://b/out", "s3://b/out/", "s3a://b/out/x/y"] {
        assert!(root.holds(text), "{text}");
    }
    for text in [
        "s3://b/outer",
        "s3://b",
        "s3://c/out",
        "gs://b/out",
        "s3://",
        "out",
        "/out",
    ] {
        assert!(!root.holds(text), "{text}");
    }
    assert!(remote("s3://b").holds("s3://b/any"));
    assert!(!memory("").holds("x"));
}

#[test]
fn output_may_be_remote_and_not_half_typed() {
    for text in ["s3://b/out", "gs://b", "az://c/x", "folder/absent"] {
        Root::check_output(text).unwrap();
    }
    for text in ["s3:/b/out", "s3://", "ftp://b/out", "S3://b"] {
        assert!(Root::check_output(text).is_err(), "{text}");
    }
}

#[test]
fn a_climb_keeps_what_the_user_wrote() {
    let temp = tempfile::tempdir().unwrap();
    let deep = temp.path().join("captures/ep/v");
    fs::create_dir_all(&deep).unwrap();
    let text = format!("{}/", deep.to_str().unwrap());
    let up = Root::open(&text).unwrap().climb(2).unwrap();
    assert_eq!(FsPath::new(up.display()), temp.path().join("captures"));
    assert!(Root::open("/").unwrap().climb(1).is_none());
}
