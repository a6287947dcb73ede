//! Listing by hour, whatever the store and the order of its answers.

use groundline_store::{Hour, HourListing, Window, list_hours, put_if_changed};

use super::s3_server::{Kind, count};
use super::{content, places};

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
