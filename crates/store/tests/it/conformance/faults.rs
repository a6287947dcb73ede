//! What is said, and what is left, when S3 fails.

use std::error::Error;

use groundline_store::{
    PART_SIZE, Root, StoreError, delete_if_present, leftovers, list_flat, put_if_changed, read,
};

use super::s3_server::{Fault, Kind, S3Server, count};
use super::{content, places, stored, write};

/// What an error says, causes, hint and all its insides.
fn said(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text += &format!(": {cause}");
        next = cause.source();
    }
    text += &format!(" — {}", error.hint().unwrap_or_default());
    assert!(!format!("{text}{error:?}").contains("said by the test"));
    assert!(!format!("{text}{error:?}").contains("canary"));
    text
}

async fn one() -> (Root, S3Server) {
    let place = places().await.remove(0);
    (place.root, place.server.unwrap())
}

#[tokio::test]
#[ignore = "on_s3 runs it"]
async fn a_write_that_fails_for_a_moment_succeeds() {
    let (root, server) = one().await;
    for kind in [
        Kind::Put,
        Kind::CreateUpload,
        Kind::PutPart,
        Kind::CompleteUpload,
    ] {
        server.fail(Fault {
            times: 2,
            ..Fault::new(kind, 503, "SlowDown")
        });
    }
    for size in [1, PART_SIZE + 1] {
        write(&root, "x", content(size)).await.unwrap();
        let length = stored(&root, "x").await.map(|bytes| bytes.len());
        assert_eq!(length, Some(size));
    }
    assert_eq!(count(&server.take_seen(), Kind::Put, ""), 3);
    assert_eq!(server.unfinished(), []);
}

#[tokio::test]
#[ignore = "on_s3 runs it"]
async fn a_put_whose_answer_is_lost_is_put_again() {
    let (root, server) = one().await;
    server.fail(Fault {
        times: 1,
        after: true,
        ..Fault::new(Kind::Put, 500, "InternalError")
    });
    assert!(put_if_changed(&root, "x", content(3)).await.unwrap());
    assert_eq!(stored(&root, "x").await.unwrap(), content(3));
    assert_eq!(count(&server.take_seen(), Kind::Put, ""), 2);
}

#[tokio::test]
#[ignore = "on_s3 runs it"]
async fn an_upload_whose_last_answer_is_lost_may_be_tried_once_more() {
    let (root, server) = one().await;
    server.fail(Fault {
        times: 1,
        after: true,
        ..Fault::new(Kind::CompleteUpload, 500, "InternalError")
    });
    // What Amazon says of an upload that is ended.
    server.fail(Fault::new(Kind::CompleteUpload, 404, "NoSuchUpload"));
    let error = write(&root, "x", content(PART_SIZE + 1)).await.unwrap_err();
    assert!(error.is_transient(), "{}", said(&error));
    let text = said(&error);
    assert!(
        text.starts_with(
            "cannot write `s3://captures-bucket/out/x`: the upload is gone (404 NoSuchUpload)"
        ),
        "{text}"
    );
    let length = stored(&root, "x").await.map(|bytes| bytes.len());
    assert_eq!(length, Some(PART_SIZE + 1), "whole all the same");
    server.no_faults();
    write(&root, "x", content(PART_SIZE + 1)).await.unwrap();
}

#[tokio::test]
#[ignore = "on_s3 runs it"]
async fn the_end_of_an_upload_that_fails_after_it_began_well_is_a_failure() {
    let (root, server) = one().await;
    server.fail(Fault::new(Kind::CompleteUpload, 200, "AccessDenied"));
    let error = write(&root, "x", content(PART_SIZE)).await.unwrap_err();
    let text = said(&error);
    assert!(text.contains("access is denied"), "{text}");
    assert!(!error.is_transient());
    assert_eq!(stored(&root, "x").await, None);
    assert_eq!(server.unfinished(), [], "it was given up");
}

#[tokio::test]
#[ignore = "on_s3 runs it"]
async fn a_denied_write_names_the_permission() {
    let (root, server) = one().await;
    server.fail(Fault::new(Kind::Put, 403, "AccessDenied"));
    server.fail(Fault::new(Kind::CreateUpload, 403, "AccessDenied"));
    server.fail(Fault::new(Kind::Delete, 403, "AccessDenied"));
    for size in [1, PART_SIZE] {
        let error = write(&root, "x", content(size)).await.unwrap_err();
        let text = said(&error);
        assert!(
            text.starts_with(
                "cannot write `s3://captures-bucket/out/x`: access is denied (403 AccessDenied)"
            ),
            "{text}"
        );
        assert!(text.contains("s3:PutObject"), "{text}");
        assert!(!error.is_transient() && !error.is_archived());
    }
    server.put("out/x", "1");
    let text = said(&delete_if_present(&root, "x").await.unwrap_err());
    assert!(
        text.starts_with("cannot delete `s3://captures-bucket/out/x`"),
        "{text}"
    );
    assert!(text.contains("s3:DeleteObject"), "{text}");
}

#[tokio::test]
#[ignore = "on_s3 runs it"]
async fn a_denied_key_names_the_permission_and_nothing_else_of_the_message() {
    let (root, server) = one().await;
    let message = |action: &str| {
        format!(
            "User: arn:aws:iam::1:user/canary is not authorized to perform: {action} on resource: arn:aws:kms:x:1:key/canary"
        )
    };
    for (kind, action) in [
        (Kind::Put, "kms:GenerateDataKey"),
        (Kind::Get, "kms:Decrypt"),
    ] {
        server.fail(Fault::saying(kind, 403, "AccessDenied", &message(action)));
        server.put("out/x", "1");
        let error = match kind {
            Kind::Put => write(&root, "x", content(1)).await.map(drop),
            _ => read(&root, &root.child("x").unwrap()).await.map(drop),
        };
        let text = said(&error.unwrap_err());
        let why = format!("access is denied: {action} is not allowed (403 AccessDenied)");
        assert!(text.contains(&why), "{text}");
        let hint = format!("the credentials need {action} on the KMS key");
        assert!(text.contains(&hint), "{text}");
    }
}

#[tokio::test]
#[ignore = "on_s3 runs it"]
async fn one_denied_of_a_deletion_of_many_is_a_failure() {
    let (root, server) = one().await;
    server.put("out/x", "1");
    let mut fault = Fault::new(Kind::Delete, 200, "");
    fault.body = "<DeleteResult><Error><Key>out/x</Key><Code>AccessDenied</Code><Message>said by the test</Message></Error></DeleteResult>".into();
    server.fail(fault);
    let text = said(&delete_if_present(&root, "x").await.unwrap_err());
    assert!(text.contains("access is denied"), "{text}");
}

#[tokio::test]
#[ignore = "on_s3 runs it"]
async fn an_archived_object_is_known_as_such() {
    let (root, server) = one().await;
    server.put("out/x", "1");
    server.fail(Fault::new(Kind::Get, 403, "InvalidObjectState"));
    let error = read(&root, &root.child("x").unwrap()).await.unwrap_err();
    assert!(error.is_archived() && !error.is_transient());
    let text = said(&error);
    assert!(
        text.contains("the object is archived and must be restored first"),
        "{text}"
    );
}

#[tokio::test]
#[ignore = "on_s3 runs it"]
async fn a_body_that_breaks_off_is_no_object() {
    let (root, server) = one().await;
    server.put("out/x", content(100_000));
    let path = root.child("x").unwrap();
    server.fail(Fault {
        times: 1,
        ..Fault::cut(Kind::Get, 1000)
    });
    // The client asks for the rest by itself.
    assert!(read(&root, &path).await.unwrap() == content(100_000));
    let gets = server.take_seen();
    assert_eq!(count(&gets, Kind::Get, "out/x"), 2);
    server.fail(Fault {
        times: 1,
        ..Fault::cut(Kind::List, 100)
    });
    let (listed, _) = list_flat(&root, root.prefix()).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(count(&server.take_seen(), Kind::List, "out"), 2);
}

#[tokio::test]
#[ignore = "on_s3 runs it"]
async fn a_service_that_cannot_list_uploads_is_said_to_be_one() {
    let (root, server) = one().await;
    server.fail(Fault::new(Kind::ListUploads, 501, "NotImplemented"));
    let text = said(&leftovers(&root, 0).await.unwrap_err());
    assert!(text.contains("501 NotImplemented"), "{text}");
    assert_eq!(count(&server.take_seen(), Kind::ListUploads, ""), 1);
    server.no_faults();
    server.fail(Fault {
        times: 2,
        ..Fault::new(Kind::ListUploads, 503, "SlowDown")
    });
    assert_eq!(leftovers(&root, 0).await.unwrap(), []);
}
