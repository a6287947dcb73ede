//! What a query costs, counted at the store and not by our own metrics: LIST and GET calls, what they
//! answered, and which columns a scan decodes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use datafusion::datasource::physical_plan::{FileScanConfig, FileSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, execute_stream};
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use futures::stream::BoxStream;
use groundline_capture::Limits;
use groundline_store::{Hour, Path, Root, head};
use object_store::memory::InMemory;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};

use super::source::RecordSource;
use super::{HourTable, Input, InputKind, Inputs, TableKind};
use crate::options::Resources;
use crate::read::ScanLog;
use crate::session::new_context;

/// The first hour of every bucket here.
const FIRST: &str = "2025-10-01T00";

/// What a store was asked for, and what it gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Cost {
    lists: usize,
    listed: usize,
    gets: BTreeSet<String>,
    get_calls: usize,
    bytes: u64,
}

#[derive(Debug)]
struct Counting {
    inner: Arc<dyn ObjectStore>,
    cost: Arc<Mutex<Cost>>,
}

impl fmt::Display for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Counting({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for Counting {
    async fn put_opts(
        &self,
        at: &Path,
        bytes: PutPayload,
        options: PutOptions,
    ) -> object_store::Result<PutResult> {
        self.inner.put_opts(at, bytes, options).await
    }

    async fn put_multipart_opts(
        &self,
        at: &Path,
        options: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(at, options).await
    }

    async fn get_opts(&self, at: &Path, options: GetOptions) -> object_store::Result<GetResult> {
        let is_head = options.head;
        let got = self.inner.get_opts(at, options).await?;
        let mut cost = self.cost.lock().unwrap();
        cost.get_calls += 1;
        cost.gets.insert(at.to_string());
        if !is_head {
            cost.bytes += got.range.end - got.range.start;
        }
        Ok(got)
    }

    fn delete_stream(
        &self,
        at: BoxStream<'static, object_store::Result<Path>>,
    ) -> BoxStream<'static, object_store::Result<Path>> {
        self.inner.delete_stream(at)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        self.cost.lock().unwrap().lists += 1;
        let cost = Arc::clone(&self.cost);
        self.inner
            .list(prefix)
            .inspect(move |_| cost.lock().unwrap().listed += 1)
            .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> object_store::Result<ListResult> {
        let answer = self.inner.list_with_delimiter(prefix).await?;
        let mut cost = self.cost.lock().unwrap();
        cost.lists += 1;
        cost.listed += answer.objects.len() + answer.common_prefixes.len();
        Ok(answer)
    }

    async fn copy_opts(
        &self,
        from: &Path,
        to: &Path,
        options: CopyOptions,
    ) -> object_store::Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

/// A session over a bucket in memory whose every call is counted.
struct Bucket {
    context: SessionContext,
    cost: Arc<Mutex<Cost>>,
    log: Arc<ScanLog>,
    /// LIST calls that finding the layout took.
    discovery: usize,
}

impl Bucket {
    /// `captures/{endpoint}/v/yyyy/mm/dd/hh/a.jsonl` of one capture and `labels/yyyy/mm/dd/hh/a.jsonl` of
    /// one label, for each of this many hours.
    async fn new(endpoints: &[&str], hours: i64) -> Self {
        let first = Hour::parse(FIRST).unwrap();
        let mut objects = Vec::new();
        for n in 0..hours {
            let hour = first.plus(n).path();
            for endpoint in endpoints {
                let key = format!("captures/{endpoint}/v/{hour}/a.jsonl");
                objects.push((key, capture(&format!("{endpoint}-{n}"), "1,2")));
            }
            objects.push((format!("labels/{hour}/a.jsonl"), label(&format!("ep-{n}"))));
        }
        Self::of(objects).await
    }

    async fn of(objects: Vec<(String, String)>) -> Self {
        let store = InMemory::new();
        for (key, content) in objects {
            store
                .put(&Path::from(key), content.into_bytes().into())
                .await
                .unwrap();
        }
        let cost = Arc::new(Mutex::new(Cost::default()));
        let root = |prefix: &str| {
            let store = Arc::new(Counting {
                inner: Arc::new(store.clone()),
                cost: Arc::clone(&cost),
            });
            Root::with_store(store, Path::from(prefix), prefix)
        };
        let captures = Inputs::captures_in(&root("captures"), &[], &[])
            .await
            .unwrap();
        let labels = Inputs::labels_in(&root("labels")).await.unwrap();
        let discovery = std::mem::take(&mut *cost.lock().unwrap()).lists;
        let log = Arc::new(ScanLog::default());
        let context = context();
        let tables = [
            (TableKind::Captures, captures.clone()),
            (TableKind::Predictions, captures),
            (TableKind::Labels, labels),
        ];
        for (kind, inputs) in tables {
            let table = table(kind, inputs, &log);
            context.register_table(kind.name(), table).unwrap();
        }
        Self {
            context,
            cost,
            log,
            discovery,
        }
    }

    /// The rows of the first column as text, and what the query cost.
    async fn ask(&self, sql: &str) -> (Vec<String>, Cost) {
        *self.cost.lock().unwrap() = Cost::default();
        let batches = self
            .context
            .sql(sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
            .collect()
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        let mut rows = Vec::new();
        for batch in batches {
            let column = arrow::compute::cast(batch.column(0), &arrow::datatypes::DataType::Utf8);
            let column = column.unwrap();
            let text = arrow::array::AsArray::as_string::<i32>(&column);
            rows.extend(text.iter().map(|value| value.unwrap_or("null").to_owned()));
        }
        rows.sort();
        (rows, self.cost.lock().unwrap().clone())
    }
}

fn context() -> SessionContext {
    let resources = Resources {
        threads: 2,
        ..Resources::default()
    };
    new_context(&resources, 2).unwrap()
}

fn table(kind: TableKind, inputs: Inputs, log: &Arc<ScanLog>) -> Arc<HourTable> {
    let split_size = Resources::default().split_size;
    Arc::new(HourTable::new(
        kind,
        inputs,
        Limits::default(),
        split_size,
        Arc::clone(log),
    ))
}

fn capture(id: &str, input: &str) -> String {
    format!(
        r#"{{"captureData":{{"endpointInput":{{"data":"{input}","encoding":"CSV"}},"endpointOutput":{{"data":"0.5","encoding":"CSV"}}}},"eventMetadata":{{"eventId":"{id}"}}}}"#
    ) + "\n"
}

fn label(key: &str) -> String {
    format!(
        r#"{{"groundTruthData":{{"data":"1","encoding":"CSV"}},"eventMetadata":{{"eventId":"{key}"}}}}"#
    ) + "\n"
}

/// Keys of the captures of some hours.
fn captures(endpoint: &str, hours: &[&str]) -> BTreeSet<String> {
    hours
        .iter()
        .map(|hour| {
            let hour = Hour::parse(hour).unwrap().path();
            format!("captures/{endpoint}/v/{hour}/a.jsonl")
        })
        .collect()
}

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

/// The scan below a plan.
fn scan(plan: &Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    match plan.children().first() {
        Some(child) => scan(child),
        None => Arc::clone(plan),
    }
}

/// Names of the table's columns that the scan of a query reads from the bytes.
async fn decoded(context: &SessionContext, sql: &str) -> Vec<String> {
    let plan = context
        .sql(sql)
        .await
        .unwrap()
        .create_physical_plan()
        .await
        .unwrap();
    let scan = scan(&plan);
    let exec = scan.downcast_ref::<DataSourceExec>().unwrap();
    let (_, source): (&FileScanConfig, &RecordSource) = exec.downcast_to_file_source().unwrap();
    let schema = source.table_schema().file_schema();
    let columns = source.projection().unwrap().column_indices();
    columns
        .into_iter()
        .filter_map(|index| schema.fields().get(index).map(|field| field.name().clone()))
        .collect()
}

#[tokio::test]
async fn a_scan_decodes_the_columns_that_the_query_names() {
    let bucket = Bucket::new(&["ep"], 3).await;
    for (sql, columns) in [
        ("SELECT event_id FROM captures", &["event_id"][..]),
        ("SELECT count(*) FROM captures", &[]),
        ("SELECT hour, endpoint, file FROM captures", &[]),
        (
            "SELECT event_id FROM captures WHERE inference_id = 'x'",
            &["event_id", "inference_id"],
        ),
        ("SELECT length(input) FROM captures", &["input"]),
        ("SELECT count(input) FROM captures", &["input"]),
        (
            "SELECT position, output FROM predictions ORDER BY position",
            &["output", "position"],
        ),
        (
            "SELECT key FROM labels WHERE hour > '2020-01-01T00:00:00Z'",
            &["key"],
        ),
        (
            "SELECT event_id FROM (SELECT * FROM captures) AS q",
            &["event_id"],
        ),
    ] {
        assert_eq!(decoded(&bucket.context, sql).await, columns, "{sql}");
    }
}

/// Rows of each batch that leaves the scan itself.
async fn batches(bucket: &Bucket, sql: &str) -> Vec<usize> {
    let plan = bucket
        .context
        .sql(sql)
        .await
        .unwrap()
        .create_physical_plan()
        .await
        .unwrap();
    let scan = scan(&plan);
    assert_eq!(scan.output_partitioning().partition_count(), 1);
    let mut stream = execute_stream(scan, bucket.context.task_ctx()).unwrap();
    let mut rows = Vec::new();
    while let Some(batch) = stream.next().await {
        rows.push(batch.unwrap().num_rows());
    }
    rows
}

/// A batch ends when the decoder has built 8 MiB of text: how many there are tells what it built.
#[tokio::test]
async fn an_input_that_is_not_named_is_not_built() {
    let input = "1,".repeat(1_500_000);
    let lines: String = (0..5).map(|n| capture(&format!("e{n}"), &input)).collect();
    let objects = vec![
        ("captures/ep/v/2026/11/01/05/a.jsonl".to_owned(), lines),
        ("labels/2026/11/01/05/a.jsonl".to_owned(), label("e0")),
    ];
    let bucket = Bucket::of(objects).await;
    assert_eq!(batches(&bucket, "SELECT input FROM captures").await, [3, 2]);
    assert_eq!(
        batches(&bucket, "SELECT event_id, output FROM captures").await,
        [5]
    );
    assert_eq!(
        batches(&bucket, "SELECT event_id, output FROM predictions").await,
        [5]
    );
}

/// Two rows of input for one of output: whoever cuts the input notices, and counts it.
#[tokio::test]
async fn an_input_that_is_not_named_is_not_cut_into_records() {
    let objects = vec![
        (
            "captures/ep/v/2026/11/01/05/a.jsonl".to_owned(),
            capture("e0", r"1,2\n3,4"),
        ),
        ("labels/2026/11/01/05/a.jsonl".to_owned(), label("e0")),
    ];
    let bucket = Bucket::of(objects).await;
    let noticed = async |sql: &str| {
        bucket.ask(sql).await;
        let logs = bucket.log.take();
        logs.values().map(|log| log.counts.input_whole).sum::<u64>()
    };
    assert_eq!(noticed("SELECT input FROM predictions").await, 1);
    assert_eq!(noticed("SELECT event_id, output FROM predictions").await, 0);
}

/// The input of a batch transform is an object of its own: the store sees whether it is wanted.
#[tokio::test]
async fn the_input_file_of_a_transform_is_fetched_only_for_its_column() {
    let store = InMemory::new();
    let cost = Arc::new(Mutex::new(Cost::default()));
    let counting = Arc::new(Counting {
        inner: Arc::new(store.clone()),
        cost: Arc::clone(&cost),
    });
    let root = Root::with_store(counting, Path::default(), "bucket");
    for (key, text) in [
        ("out/x.csv.out", "0.9,id-1,2026-11-01T05:00:00Z\n"),
        ("in/x.csv", "1,2\n"),
    ] {
        store
            .put(&Path::from(key), text.as_bytes().into())
            .await
            .unwrap();
    }
    let object = async |key: &str| head(&root, &Path::from(key)).await.unwrap().unwrap();
    let input = Input {
        kind: InputKind::Transform,
        root: root.clone(),
        object: object("out/x.csv.out").await,
        hour: Hour::parse("2026-11-01T05").unwrap(),
        endpoint: "_batch".to_owned(),
        variant: "_batch".to_owned(),
        pair: Some((root.clone(), object("in/x.csv").await)),
        ids: Arc::default(),
        staged: None,
    };
    let context = context();
    let inputs = Inputs::Pinned(Arc::new(vec![input]));
    let log = Arc::new(ScanLog::default());
    context
        .register_table("transforms", table(TableKind::Transforms, inputs, &log))
        .unwrap();
    let fetched = async |sql: &str| {
        *cost.lock().unwrap() = Cost::default();
        context.sql(sql).await.unwrap().collect().await.unwrap();
        cost.lock()
            .unwrap()
            .gets
            .clone()
            .into_iter()
            .collect::<Vec<_>>()
    };
    assert_eq!(
        fetched("SELECT inference_id, output FROM transforms").await,
        ["out/x.csv.out"]
    );
    assert_eq!(
        fetched("SELECT input FROM transforms").await,
        ["in/x.csv", "out/x.csv.out"]
    );
}
