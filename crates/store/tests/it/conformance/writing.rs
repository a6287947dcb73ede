//! What is sent to S3 when something is written.

use std::sync::{Arc, Mutex};

use groundline_store::{
    PART_SIZE, Requests, Sse, StorageOptions, Stores, delete_if_present, head, list_flat,
    put_if_changed,
};

use super::s3_server::{Kind, Seen, When, count};
use super::{content, places, s3, uri, write};

fn of(seen: &[Seen], kind: Kind) -> Vec<&Seen> {
    seen.iter().filter(|seen| seen.kind == kind).collect()
}

#[tokio::test]
#[ignore = "on_s3 runs it"]
async fn every_part_but_the_last_has_the_same_size() {
    for place in places().await {
        let server = place.server.as_ref().unwrap();
        for (size, last) in [
            (PART_SIZE, PART_SIZE),
            (PART_SIZE + 1, 1),
            (3 * PART_SIZE, PART_SIZE),
            (3 * PART_SIZE + 7, 7),
        ] {
            server.take_seen();
            write(&place.root, "x", content(size)).await.unwrap();
            let seen = server.take_seen();
            let mut parts: Vec<usize> = of(&seen, Kind::PutPart)
                .iter()
                .map(|part| part.bytes)
                .collect();
            parts.sort_unstable();
            let mut expected = vec![PART_SIZE; size.div_ceil(PART_SIZE) - 1];
            expected.push(last);
            expected.sort_unstable();
            assert_eq!(parts, expected, "{size}");
            assert_eq!(count(&seen, Kind::Put, ""), 0);
        }
        write(&place.root, "x", content(PART_SIZE - 1))
            .await
            .unwrap();
        let seen = server.take_seen();
        let kinds: Vec<Kind> = seen.iter().map(|seen| seen.kind).collect();
        assert_eq!(kinds, [Kind::Put], "less than a part is one request");
    }
}

#[tokio::test]
#[ignore = "on_s3 runs it"]
async fn the_encryption_is_asked_for_on_put_and_on_the_beginning_of_an_upload() {
    const ALGORITHM: &str = "x-amz-server-side-encryption";
    const KMS_KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";
    for (sse, key) in [
        (None, None),
        (Some(Sse::Aes256), None),
        (Some(Sse::Kms), None),
        (Some(Sse::Kms), Some("alias/k")),
        (Some(Sse::KmsDsse), Some("arn:aws:kms:eu-west-1:1:key/k")),
    ] {
        let (server, stores) = s3(StorageOptions {
            sse,
            kms_key_id: key.map(str::to_owned),
            ..StorageOptions::default()
        });
        let root = stores.create(&uri("out")).await.unwrap();
        write(&root, "small", content(1)).await.unwrap();
        write(&root, "large", content(PART_SIZE + 1)).await.unwrap();
        let seen = server.take_seen();
        for kind in [Kind::Put, Kind::CreateUpload] {
            let asked = of(&seen, kind);
            assert_eq!(asked.len(), 1);
            let header = |name| asked[0].headers.get(name).map(|v| v.to_str().unwrap());
            assert_eq!(header(ALGORITHM), sse.map(Sse::as_str), "{kind:?}");
            assert_eq!(header(KMS_KEY), key, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn an_encryption_that_cannot_be_had_is_refused_before_anything_is_asked() {
    let create = async |options: StorageOptions, text: &str| {
        let made = Stores::new(options).create(text).await;
        made.map(drop).unwrap_err().to_string()
    };
    let kms = |sse| StorageOptions {
        sse,
        kms_key_id: Some("k".into()),
        // Nobody listens there.
        endpoint_url: Some("http://127.0.0.1:1".into()),
        ..StorageOptions::default()
    };
    assert_eq!(
        create(kms(None), "s3://b/out").await,
        "a KMS key is given, and no encryption that uses one"
    );
    assert_eq!(
        create(kms(Some(Sse::Aes256)), "s3://b/out").await,
        "a KMS key is given, and AES256 uses none"
    );
    for (text, service) in [("gs://b/out", "gs://b/out"), ("az://b/out", "az://b/out")] {
        assert_eq!(
            create(kms(Some(Sse::Kms)), text).await,
            format!("`{service}` is not in S3, and the encryption aws:kms is S3's own")
        );
    }
}

#[tokio::test]
#[ignore = "on_s3 runs it"]
async fn every_request_is_counted_as_what_it_is_for() {
    let (server, stores) = s3(StorageOptions::default());
    assert_eq!(stores.requests(), Requests::default());
    let root = stores.create(&uri("out")).await.unwrap();
    write(&root, "x", content(PART_SIZE + 1)).await.unwrap();
    put_if_changed(&root, "y", content(1)).await.unwrap();
    head(&root, &root.child("y").unwrap()).await.unwrap();
    list_flat(&root, root.prefix()).await.unwrap();
    delete_if_present(&root, "y").await.unwrap();
    groundline_store::leftovers(&root, 0).await.unwrap();
    let seen = server.take_seen();
    let sent = |kinds: &[Kind]| {
        let of_kind = seen.iter().filter(|seen| kinds.contains(&seen.kind));
        of_kind.count() as u64
    };
    let expected = Requests {
        list: sent(&[Kind::List, Kind::ListUploads]),
        get: sent(&[Kind::Get]),
        head: sent(&[Kind::Head, Kind::HeadBucket]),
        put: sent(&[
            Kind::Put,
            Kind::CreateUpload,
            Kind::PutPart,
            Kind::CompleteUpload,
        ]),
        delete: sent(&[Kind::Delete, Kind::AbortUpload]),
    };
    assert_eq!(stores.requests(), expected);
    assert_eq!(expected.total(), seen.len() as u64);
    assert_eq!((expected.put, expected.delete), (5, 1));
}

#[tokio::test]
#[ignore = "on_s3 runs it"]
async fn a_test_can_look_before_and_after_each_write() {
    for place in places().await {
        let server = place.server.as_ref().unwrap();
        let file = server.object("out/x");
        let told = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&told);
        server.on_write(move |seen, when| {
            let told = (seen.kind, when, file.exists());
            shared.lock().unwrap().push(told);
        });
        write(&place.root, "x", content(PART_SIZE)).await.unwrap();
        delete_if_present(&place.root, "x").await.unwrap();
        let expected = [
            (Kind::CreateUpload, When::Before, false),
            (Kind::CreateUpload, When::After, false),
            (Kind::PutPart, When::Before, false),
            (Kind::PutPart, When::After, false),
            (Kind::CompleteUpload, When::Before, false),
            (Kind::CompleteUpload, When::After, true),
            (Kind::Delete, When::Before, true),
            (Kind::Delete, When::After, false),
        ];
        assert_eq!(*told.lock().unwrap(), expected);
    }
}
