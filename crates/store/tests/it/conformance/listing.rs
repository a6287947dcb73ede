//! Listing by hour, whatever the store and the order of its answers.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use groundline_store::{
    Hour, HourListing, ObjectStore, Path, Window, list_flat, list_hours, put_if_changed,
};
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use super::s3_server::{Kind, count};
use super::{content, places};

/// Lists from the last to the first.
#[derive(Debug)]
struct Backwards(Arc<dyn ObjectStore>);

impl fmt::Display for Backwards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Backwards({})", self.0)
    }
}

#[async_trait]
impl ObjectStore for Backwards {
    async fn put_opts(&self, at: &Path, bytes: PutPayload, o: PutOptions) -> Result<PutResult> {
        self.0.put_opts(at, bytes, o).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.0.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> Result<GetResult> {
        self.0.get_opts(at, options).await
    }

    fn delete_stream(
        &self,
        at: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.0.delete_stream(at)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let listed = self.0.list(prefix).collect::<Vec<_>>();
        let backwards = listed.map(|listed| stream::iter(listed.into_iter().rev()));
        backwards.flatten_stream().boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.0.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.0.copy_opts(from, to, options).await
    }
}

/// More than one page of S3's.
const FILES: usize = 1010;

fn keys(listing: &HourListing) -> Vec<(String, String)> {
    listing
        .hours
        .iter()
        .flat_map(|(hour, objects)| {
            objects
                .iter()
                .map(|object| (hour.to_string(), object.key.clone()))
        })
        .collect()
}

#[tokio::test]
async fn an_hour_has_the_same_objects_in_every_store() {
    let window = Window::new(
        Hour::parse("2026-11-01T00").unwrap(),
        Hour::parse("2026-11-01T02").unwrap(),
    )
    .unwrap();
    let odd = ["a b", "a%2Fb", "a+b", "a=b", "é"];
    for place in places().await {
        let root = &place.root;
        // From the last to the first, so that no store gives them in order by chance.
        for name in odd.iter().rev() {
            let key = format!("2026/11/01/01/{name}.jsonl");
            put_if_changed(root, &key, content(3)).await.unwrap();
        }
        for key in [
            "2026/11/01/02/after.jsonl",
            "2026/10/31/23/before.jsonl",
            "2026/11/01/00/_hidden.jsonl",
            "2026/11/01/00/x.jsonl",
        ] {
            put_if_changed(root, key, content(3)).await.unwrap();
        }
        put_if_changed(root, "2026/11/01/00/empty.jsonl", content(0))
            .await
            .unwrap();
        let listing = list_hours(root, root.prefix(), Some(window)).await.unwrap();
        let mut expected = vec!["2026/11/01/00/x.jsonl".to_owned()];
        expected.extend(odd.map(|name| format!("2026/11/01/01/{name}.jsonl")));
        let found: Vec<String> = keys(&listing).into_iter().map(|(_, key)| key).collect();
        assert_eq!(found, expected, "{}", place.name);
        let skipped = listing.skipped;
        assert_eq!((skipped.hidden, skipped.empty), (1, 1), "{}", place.name);
        let all = list_hours(root, root.prefix(), None).await.unwrap();
        assert_eq!(all.hours.len(), 4, "{}", place.name);
    }
}

#[tokio::test]
async fn the_order_of_the_answers_means_nothing() {
    for place in places().await {
        let root = place.root;
        for name in ["b", "a", "a b", "c"] {
            let key = format!("2026/11/01/01/{name}.jsonl");
            put_if_changed(&root, &key, content(3)).await.unwrap();
        }
        let straight = list_hours(&root, root.prefix(), None).await.unwrap();
        let (sorted, _) = list_flat(&root, root.prefix()).await.unwrap();
        let root = root.wrap(|inner| Arc::new(Backwards(inner)));
        let backwards = list_hours(&root, root.prefix(), None).await.unwrap();
        assert_eq!(straight.hours, backwards.hours, "{}", place.name);
        let (flat, _) = list_flat(&root, root.prefix()).await.unwrap();
        assert_eq!(flat, sorted, "{}", place.name);
        assert_eq!(flat.len(), 4, "{}", place.name);
    }
}

#[tokio::test]
async fn an_hour_of_several_pages_is_listed_whole() {
    for place in places().await {
        let root = &place.root;
        for file in 0..FILES {
            let key = format!("2026/11/01/00/{file:05}.jsonl");
            match &place.server {
                // A thousand requests would say no more.
                Some(server) => server.put(&format!("out/{key}"), "1"),
                None => {
                    put_if_changed(root, &key, content(1)).await.unwrap();
                }
            }
        }
        let listing = list_hours(root, root.prefix(), None).await.unwrap();
        let found = keys(&listing);
        assert_eq!(found.len(), FILES, "{}", place.name);
        assert!(found.is_sorted(), "{}", place.name);
        if let Some(server) = &place.server {
            let seen = server.take_seen();
            assert_eq!(count(&seen, Kind::List, "out"), 2, "pages");
        }
    }
}
