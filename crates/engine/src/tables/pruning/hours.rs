//! Which hours a filter lists and reads.

use super::{Bucket, capture, captures};

const TWO: [&str; 2] = ["2026-11-01T05", "2026-11-01T06"];

#[tokio::test]
async fn two_hours_of_ten_thousand_cost_two_lists_and_two_objects() {
    let large = Bucket::new(&["ep"], 10_000).await;
    let sql = "SELECT event_id FROM captures \
               WHERE hour >= '2026-11-01T05:00:00Z' AND hour < '2026-11-01T07:00:00Z'";
    let (rows, cost) = large.ask(sql).await;
    // 2025-10-01T00 is hour 0.
    assert_eq!(rows, ["ep-9509", "ep-9510"]);
    assert_eq!(cost.gets, captures("ep", &TWO));
    assert_eq!((cost.lists, cost.listed), (2, 2));
    assert_eq!(cost.bytes, 2 * capture("ep-9509", "1,2").len() as u64);
    // Captures: the root, its endpoint, its variant; labels: the root; and a look into a year where
    // a name alone does not tell.
    assert!(large.discovery <= 12, "{} LIST calls", large.discovery);

    let (rows, cost) = large
        .ask(&sql.replace("event_id FROM captures", "key FROM labels"))
        .await;
    assert_eq!(rows, ["ep-9509", "ep-9510"]);
    assert_eq!((cost.lists, cost.listed, cost.gets.len()), (2, 2, 2));
}

#[tokio::test]
async fn the_cost_of_a_window_does_not_depend_on_what_else_the_bucket_holds() {
    let ask = async |hours| {
        let bucket = Bucket::new(&["ep"], hours).await;
        let sql = "SELECT event_id FROM captures \
                   WHERE hour >= '2025-10-02T23:00:00Z' AND hour < '2025-10-03T01:00:00Z'";
        (bucket.ask(sql).await, bucket.discovery)
    };
    let small = ask(60).await;
    assert_eq!(small.0.1.lists, 2);
    assert_eq!(small.0.1.gets.len(), 2);
    assert_eq!(small, ask(10_000).await);
}

#[tokio::test]
async fn whole_days_and_months_are_one_list() {
    let bucket = Bucket::new(&["ep"], 2_400).await;
    for (from, to, lists, hours) in [
        ("2025-10-02", "2025-10-03", 1, 24),
        ("2025-11-01", "2025-12-01", 1, 720),
        ("2025-10-31", "2025-12-01", 2, 744),
    ] {
        let sql = format!(
            "SELECT event_id FROM captures WHERE hour >= '{from}T00:00:00Z' AND hour < '{to}T00:00:00Z'"
        );
        let (rows, cost) = bucket.ask(&sql).await;
        let counted = (cost.lists, cost.listed, cost.gets.len(), rows.len());
        assert_eq!(counted, (lists, hours, hours, hours), "{sql}");
    }
}

/// Every way to say "these hours" that a user may think of.
#[tokio::test]
async fn every_form_of_an_hour_filter_lists_only_its_hours() {
    let bucket = Bucket::new(&["ep"], 10_000).await;
    for (filter, hours) in [
        ("hour = '2026-11-01T05:00:00Z'", &TWO[..1]),
        ("'2026-11-01T05:00:00Z' = hour", &TWO[..1]),
        ("hour = TIMESTAMP '2026-11-01 05:00:00'", &TWO[..1]),
        ("hour = TIMESTAMPTZ '2026-11-01 05:00:00Z'", &TWO[..1]),
        ("hour = '2026-11-01 05:00:00'", &TWO[..1]),
        ("hour = to_timestamp('2026-11-01T05:00:00Z')", &TWO[..1]),
        (
            "hour = to_timestamp_seconds('2026-11-01T05:00:00Z')",
            &TWO[..1],
        ),
        (
            "hour = arrow_cast('2026-11-01T05:00:00Z', 'Timestamp(Millisecond, Some(\"UTC\"))')",
            &TWO[..1],
        ),
        (
            "hour BETWEEN '2026-11-01T05:00:00Z' AND '2026-11-01T06:00:00Z'",
            &TWO,
        ),
        (
            "hour > '2026-11-01T04:00:00Z' AND '2026-11-01T06:00:00Z' >= hour",
            &TWO,
        ),
        (
            "hour >= TIMESTAMP '2026-11-01 05:00:00' AND hour < TIMESTAMP '2026-11-01 07:00:00'",
            &TWO,
        ),
        (
            "hour >= '2026-11-01T05:00:00Z' AND hour < '2026-11-01T05:00:00Z'::timestamp + INTERVAL '2 hours'",
            &TWO,
        ),
        // Written with the offset of a clock on the wall.
        (
            "hour >= '2026-11-01T07:00:00+02:00' AND hour < '2026-11-01T09:00:00+02:00'",
            &TWO,
        ),
        // Bounds inside an hour: only hours that begin between them.
        (
            "hour >= '2026-11-01T04:30:00Z' AND hour <= '2026-11-01T06:59:59.999Z'",
            &TWO,
        ),
    ] {
        assert_lists_only(&bucket, filter, hours).await;
    }
}

/// DataFusion writes a short IN list as a chain of OR.
#[tokio::test]
async fn a_list_of_hours_lists_only_those_between_the_first_and_the_last() {
    let bucket = Bucket::new(&["ep"], 10_000).await;
    for filter in [
        "hour IN ('2026-11-01T05:00:00Z', '2026-11-01T06:00:00Z')",
        "hour = '2026-11-01T05:00:00Z' OR hour = '2026-11-01T06:00:00Z'",
    ] {
        assert_lists_only(&bucket, filter, &TWO).await;
    }
}

/// Four values and more stay a list.
#[tokio::test]
async fn a_long_list_of_hours_lists_only_those_between_the_first_and_the_last() {
    let bucket = Bucket::new(&["ep"], 10_000).await;
    let hours = [
        "2026-11-01T02",
        "2026-11-01T03",
        "2026-11-01T04",
        "2026-11-01T05",
        "2026-11-01T06",
    ];
    let list: Vec<String> = hours
        .iter()
        .map(|hour| format!("'{hour}:00:00Z'"))
        .collect();
    let filter = format!("hour IN ({})", list.join(", "));
    assert_lists_only(&bucket, &filter, &hours).await;
}

async fn assert_lists_only(bucket: &Bucket, filter: &str, hours: &[&str]) {
    let sql = format!("SELECT event_id FROM captures WHERE {filter}");
    let (rows, cost) = bucket.ask(&sql).await;
    assert_eq!(rows.len(), hours.len(), "{filter}");
    assert_eq!(cost.gets, captures("ep", hours), "{filter}");
    // A bound that is not the start of an hour may look into one hour more.
    assert!(cost.listed <= hours.len() + 1, "{filter}: {cost:?}");
    assert!(cost.lists <= hours.len() + 1, "{filter}: {cost:?}");
}

#[tokio::test]
async fn an_alias_a_join_and_a_subquery_prune_like_the_table_itself() {
    let bucket = Bucket::new(&["ep"], 10_000).await;
    let both = "hour >= '2026-11-01T05:00:00Z' AND {}hour < '2026-11-01T07:00:00Z'";
    let of = |table: &str| format!("{table}{}", both.replace("{}", table));
    for (sql, lists) in [
        (
            format!("SELECT c.event_id FROM captures AS c WHERE {}", of("c.")),
            2,
        ),
        (
            format!(
                "SELECT event_id FROM (SELECT * FROM captures) AS q WHERE {}",
                of("")
            ),
            2,
        ),
        (
            format!(
                "SELECT c.event_id FROM captures AS c JOIN labels AS l ON c.event_id = l.key WHERE {} AND {}",
                of("c."),
                of("l.")
            ),
            4,
        ),
        (
            format!(
                "WITH c AS (SELECT * FROM predictions WHERE {}) SELECT event_id FROM c",
                of("")
            ),
            2,
        ),
    ] {
        let (rows, cost) = bucket.ask(&sql).await;
        assert_eq!(rows, ["ep-9509", "ep-9510"], "{sql}");
        assert_eq!((cost.lists, cost.listed), (lists, lists), "{sql}");
        assert_eq!(cost.gets.len(), lists, "{sql}");
    }
}

#[tokio::test]
async fn a_filter_on_what_the_path_says_reads_only_those_objects() {
    let bucket = Bucket::new(&["churn", "fraud"], 1_000).await;
    let hours = "hour >= '2025-10-05T05:00:00Z' AND hour < '2025-10-05T07:00:00Z'";
    for filter in [
        "endpoint = 'fraud'",
        "endpoint IN ('fraud', 'nothing')",
        "endpoint LIKE 'fr%'",
        "NOT endpoint = 'churn'",
        "file LIKE 'fraud/%'",
    ] {
        let sql = format!("SELECT event_id FROM captures WHERE {hours} AND {filter}");
        let (rows, cost) = bucket.ask(&sql).await;
        assert_eq!(rows, ["fraud-101", "fraud-102"], "{filter}");
        let expected = captures("fraud", &["2025-10-05T05", "2025-10-05T06"]);
        assert_eq!(cost.gets, expected, "{filter}");
    }
    let sql = format!("SELECT event_id FROM captures WHERE {hours} AND variant = 'w'");
    let (rows, cost) = bucket.ask(&sql).await;
    assert!(rows.is_empty() && cost.gets.is_empty(), "{cost:?}");
}

#[tokio::test]
async fn a_window_that_no_hour_is_in_reads_nothing() {
    let bucket = Bucket::new(&["ep"], 100).await;
    for filter in [
        "hour = '2030-01-01T00:00:00Z'",
        "hour > '2025-10-02T00:00:00Z' AND hour < '2025-10-01T00:00:00Z'",
        "hour < '1960-01-01T00:00:00Z'",
        "hour >= '2250-01-01T00:00:00Z'",
        "hour = '2025-10-02T00:30:00Z'",
        "hour IS NULL",
    ] {
        let sql = format!("SELECT event_id FROM captures WHERE {filter}");
        let (rows, cost) = bucket.ask(&sql).await;
        assert!(rows.is_empty(), "{filter}: {rows:?}");
        assert_eq!(cost.get_calls, 0, "{filter}");
    }
}

#[tokio::test]
async fn pruning_never_drops_a_row() {
    let bucket = Bucket::new(&["ep"], 100).await;
    for (filter, expected) in [
        ("hour <> '2025-10-01T00:00:00Z'", 99),
        (
            "hour NOT IN ('2025-10-01T00:00:00Z', '2025-10-01T01:00:00Z')",
            98,
        ),
        (
            "hour NOT BETWEEN '2025-10-01T00:00:00Z' AND '2025-10-01T09:00:00Z'",
            90,
        ),
        ("hour < '2025-10-01T02:00:00Z' OR event_id = 'ep-50'", 3),
        (
            "hour < '2025-10-01T02:00:00Z' OR hour >= '2025-10-05T00:00:00Z'",
            6,
        ),
        ("NOT (hour >= '2025-10-01T02:00:00Z')", 2),
        ("hour <= '2025-10-01T02:30:00Z'", 3),
        ("hour >= '2025-10-05T02:30:00Z'", 1),
        (
            "hour > '1969-01-01T00:00:00Z' AND hour < '2262-01-01T00:00:00Z'",
            100,
        ),
        ("date_trunc('day', hour) = '2025-10-02T00:00:00Z'", 24),
        ("hour + INTERVAL '1 hour' = '2025-10-02T00:00:00Z'", 1),
        ("event_id IN ('ep-3', 'ep-77')", 2),
    ] {
        let sql = format!("SELECT event_id FROM captures WHERE {filter}");
        let (rows, _) = bucket.ask(&sql).await;
        assert_eq!(rows.len(), expected, "{filter}");
    }
}
