//! The same claims of every kind of store: a local folder, memory, and S3.
//!
//! Credentials for S3 come from the environment, which a process cannot safely change for itself. So `on_s3` runs
//! these tests once more in a process of their own, where `places` gives S3 and nothing else.

mod faults;
mod leftovers;
mod listing;
mod objects;
#[expect(clippy::allow_attributes, reason = "another binary uses the rest")]
#[allow(dead_code, reason = "another binary uses the rest")]
#[path = "../../../../tests/s3_server/mod.rs"]
mod s3_server;
mod writing;

use std::process::Command;
use std::sync::Arc;

use bytes::Bytes;
use groundline_store::{
    AtomicWriter, Committed, Path, Root, StorageOptions, StoreError, Stores, read_if_present,
};
use object_store::memory::InMemory;

use s3_server::{BUCKET, KEY, NOBODY, S3Server, SECRET};

const ON_S3: &str = "GROUNDLINE_TEST_ON_S3";

/// An empty root, and what it lives in.
struct Place {
    name: &'static str,
    root: Root,
    folder: Option<tempfile::TempDir>,
    server: Option<S3Server>,
}

/// A root of every kind that this process is to test.
async fn places() -> Vec<Place> {
    if std::env::var_os(ON_S3).is_some() {
        let (server, stores) = s3(StorageOptions::default());
        return vec![Place {
            name: "S3",
            root: stores.create(&uri("out")).await.unwrap(),
            folder: None,
            server: Some(server),
        }];
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let local = Stores::default().create(path.to_str().unwrap()).await;
    let memory = Root::with_store(Arc::new(InMemory::new()), Path::from("out"), "memory");
    vec![
        Place {
            name: "local",
            root: local.unwrap(),
            folder: Some(folder),
            server: None,
        },
        Place {
            name: "memory",
            root: memory,
            folder: None,
            server: None,
        },
    ]
}

/// A server, and the way to it.
fn s3(options: StorageOptions) -> (S3Server, Stores) {
    let server = S3Server::start();
    let stores = Stores::new(StorageOptions {
        endpoint_url: Some(server.endpoint()),
        ..options
    });
    (server, stores)
}

fn uri(prefix: &str) -> String {
    format!("s3://{BUCKET}/{prefix}")
}

#[test]
fn on_s3() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["conformance::", "--include-ignored"])
        .args(["--skip", "conformance::on_s3", "--test-threads", "2"])
        .env(ON_S3, "1")
        .env("AWS_ACCESS_KEY_ID", KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env_remove("AWS_SESSION_TOKEN")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_REGION")
        .env_remove("AWS_DEFAULT_REGION")
        .envs(NOBODY)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    let passed = said.split("test result: ok. ").nth(1).unwrap();
    let passed: u32 = passed.split(' ').next().unwrap().parse().unwrap();
    assert!(passed > 20, "{said}");
}

/// Bytes that differ from place to place, so that parts in the wrong order would show.
fn content(size: usize) -> Bytes {
    (0..size).map(|n| (n / 1000 + n) as u8).collect()
}

async fn write(root: &Root, key: &str, bytes: Bytes) -> Result<Committed, StoreError> {
    let mut writer = AtomicWriter::create(root, key).await?;
    writer.write(bytes).await?;
    writer.commit().await
}

async fn stored(root: &Root, key: &str) -> Option<Bytes> {
    let path = root.child(key).unwrap();
    read_if_present(root, &path).await.unwrap()
}
