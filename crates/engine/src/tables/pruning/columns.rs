//! Which columns a scan decodes and fetches.

use std::sync::{Arc, Mutex};

use datafusion::datasource::physical_plan::{FileScanConfig, FileSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, execute_stream};
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use groundline_store::{Hour, Path, Root, head};
use object_store::ObjectStoreExt;
use object_store::memory::InMemory;

use super::super::source::RecordSource;
use super::super::{Input, InputKind, Inputs, TableKind};
use super::{Bucket, Cost, Counting, capture, context, label, table};
use crate::read::ScanLog;

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
