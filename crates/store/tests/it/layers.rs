//! What is put around the stores of roots sees every root.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use groundline_store::{Layer, Requests, StorageOptions, Stores, put_if_changed};

use crate::counting::{Counting, Counts};

#[tokio::test]
async fn a_layer_is_around_every_local_root_and_sends_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let counts = Arc::new(Counts::default());
    let shared = Arc::clone(&counts);
    let layer: Layer = Arc::new(move |inner| Arc::new(Counting::new(inner, Arc::clone(&shared))));
    let stores = Stores::new(StorageOptions::default()).with_layer(layer);
    let out = temp.path().join("out");
    let root = stores.create(out.to_str().unwrap()).await.unwrap();
    put_if_changed(&root, "x", Bytes::from_static(b"1"))
        .await
        .unwrap();
    let again = stores.open(out.to_str().unwrap()).await.unwrap();
    put_if_changed(&again, "x", Bytes::from_static(b"2"))
        .await
        .unwrap();
    assert_eq!(counts.puts.load(Ordering::SeqCst), 2);
    assert_eq!(counts.gets.load(Ordering::SeqCst), 2);
    assert_eq!(stores.requests(), Requests::default());
}

#[tokio::test]
async fn the_last_layer_is_the_outermost() {
    let temp = tempfile::tempdir().unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let named = |name: &'static str| -> Layer {
        let order = Arc::clone(&order);
        Arc::new(move |inner| {
            order.lock().unwrap().push(name);
            inner
        })
    };
    let stores = Stores::default()
        .with_layer(named("inner"))
        .with_layer(named("outer"));
    stores.open(temp.path().to_str().unwrap()).await.unwrap();
    assert_eq!(*order.lock().unwrap(), ["inner", "outer"]);
}
