//! What is asked of the store grows with the window, not with the bucket.

use super::server::{Kind, S3Server, Seen, count};
use super::{corpus, merge_args, served, words};
use crate::harness::{Scratch, capture, label};

/// LIST and GET calls of captures, then of labels.
fn merged(server: &S3Server, scratch: &Scratch, from: &str, to: &str) -> [usize; 4] {
    server.take_seen();
    let args = merge_args(from, to, "out", true);
    server.run(scratch, &words(&args)).expect_status(0);
    let seen = server.take_seen();
    assert_eq!(count(&seen, Kind::Head, ""), 0);
    assert_eq!(
        count(&seen, Kind::HeadBucket, ""),
        1,
        "the endpoint is looked at once"
    );
    let of = |kind, side| count(&seen, kind, side);
    [
        of(Kind::List, "pre/cap"),
        of(Kind::Get, "pre/cap"),
        of(Kind::List, "pre/gt"),
        of(Kind::Get, "pre/gt"),
    ]
}

#[test]
fn requests_grow_with_the_window_and_not_with_the_bucket() {
    let scratch = corpus(12);
    let server = served(&scratch);
    let two = merged(&server, &scratch, "2026-11-01T02", "2026-11-01T04");
    let four = merged(&server, &scratch, "2026-11-01T02", "2026-11-01T06");
    // Two files an hour; labels of the hours before (the lead of a day), the window's, and one more (the horizon).
    assert_eq!([two[1], two[3]], [4, 2 * 5]);
    assert_eq!([four[1], four[3]], [8, 2 * 7]);
    // One LIST for each further hour.
    assert_eq!(four[0] - two[0], 2);
    assert_eq!(four[2] - two[2], 2);

    // Months of other days.
    for day in 1..=28 {
        for hour in 0..24 {
            for month in [3, 4] {
                let folder = format!("2026/{month:02}/{day:02}/{hour:02}");
                let time = format!("2026-{month:02}-{day:02}T{hour:02}:10:00Z");
                let line = capture(&format!("old-{day}-{hour}"), None, &time, "0.1");
                server.put(&format!("pre/cap/ep/v/{folder}/old.jsonl"), line);
                server.put(&format!("pre/gt/{folder}/old.jsonl"), label("x", "0"));
            }
        }
    }
    assert_eq!(
        merged(&server, &scratch, "2026-11-01T02", "2026-11-01T04"),
        two
    );
}

#[test]
fn a_query_for_an_hour_lists_and_gets_that_hour() {
    let scratch = corpus(12);
    let server = served(&scratch);
    let root = format!("s3://{}/pre/cap", super::BUCKET);
    let asked = |condition: &str| -> Vec<Seen> {
        server.take_seen();
        let statement = format!("select count(*) from captures where {condition}");
        server
            .run(&scratch, &["sql", "--captures", &root, "-c", &statement])
            .expect_status(0);
        server.take_seen()
    };
    let one = asked("hour = '2026-11-01T03:00:00Z'");
    let two = asked("hour >= '2026-11-01T03:00:00Z' and hour < '2026-11-01T05:00:00Z'");
    assert_eq!(count(&one, Kind::Get, ""), 2);
    assert_eq!(count(&two, Kind::Get, ""), 4);
    assert_eq!(count(&two, Kind::List, "") - count(&one, Kind::List, ""), 1);
    let gets = one.iter().filter(|seen| seen.kind == Kind::Get);
    for get in gets {
        assert!(get.what.contains("2026/11/01/03/"), "{}", get.what);
        assert!(
            !get.headers.contains_key("range"),
            "a small object is one whole GET"
        );
    }
}
