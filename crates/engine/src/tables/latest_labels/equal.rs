//! The operator gives the rows of `sql/latest_labels.sql`.

use std::path::Path;
use std::sync::Arc;

use arrow::util::pretty::pretty_format_batches;
use datafusion::datasource::ViewTable;
use proptest::prelude::*;

use super::*;
use crate::catalog::Catalog;
use crate::session::{new_context, statement};
use crate::tables::{Guard, HourTable};
use groundline_store::Stores;

/// Labels of a file: numbers of their keys and their values; none for a null label.
type File = Vec<(u8, Option<u8>)>;

/// Lines, or one JSON list.
fn write(root: &Path, hour: usize, name: usize, labels: &File, list: bool) {
    let folder = root.join(format!("2026/11/01/{hour:02}"));
    std::fs::create_dir_all(&folder).unwrap();
    let labels = labels.iter().map(|(key, label)| {
        let data = label.map_or("null".to_owned(), |l| format!("\"{l}\""));
        format!(
            "{{\"groundTruthData\":{{\"data\":{data},\"encoding\":\"CSV\"}},\"eventMetadata\":{{\"eventId\":\"k{key}\"}},\"eventVersion\":\"0\"}}"
        )
    });
    let labels: Vec<String> = labels.collect();
    let text = match list {
        true => format!("[{}]", labels.join(",")),
        false => labels.join("\n"),
    };
    std::fs::write(folder.join(format!("{name}.jsonl")), text).unwrap();
}

async fn rows(root: &Path, columns: &str, room: u64, resources: &Resources) -> String {
    let context = new_context(resources, resources.threads).unwrap();
    let inputs = Inputs::labels(&Stores::default(), root.to_str().unwrap())
        .await
        .unwrap();
    let log = Arc::new(ScanLog::default());
    let labels = HourTable::new(
        TableKind::Labels,
        inputs.clone(),
        resources.limits,
        resources.split_size,
        Arc::clone(&log),
    );
    context.register_table("labels", Arc::new(labels)).unwrap();
    let frame = statement(&context, &Catalog::default(), "latest_labels", &[])
        .await
        .unwrap();
    let definition = ViewTable::new(frame.logical_plan().clone(), None);
    let latest = LatestLabels::new(inputs, definition, resources, log, Guard::Open).with_room(room);
    context
        .register_table("latest_labels", Arc::new(latest))
        .unwrap();
    let frame = context.table("latest_labels").await.unwrap();
    let sorted = frame
        .select_columns(&columns.split(',').collect::<Vec<_>>())
        .unwrap()
        .sort_by(vec![datafusion::prelude::col("key")])
        .unwrap();
    let plan = sorted.clone().create_physical_plan().await.unwrap();
    let shown = datafusion::physical_plan::displayable(plan.as_ref()).indent(false);
    let is_operator = shown.to_string().contains("LatestLabelsExec");
    assert_eq!(is_operator, room > 0, "{shown}");
    let batches = sorted.collect().await.unwrap();
    pretty_format_batches(&batches).unwrap().to_string()
}

/// A list is decoded whole: more labels at once than a batch of the operator holds.
#[test]
fn lists_longer_than_a_batch_keep_every_winner() {
    let folder = tempfile::tempdir().unwrap();
    let long: File = (0..10_000_usize)
        .map(|n| {
            (
                u8::try_from(n % 251).unwrap(),
                Some(u8::try_from(n % 7).unwrap()),
            )
        })
        .collect();
    write(folder.path(), 1, 0, &long, true);
    write(folder.path(), 2, 0, &long, true);
    write(
        folder.path(),
        2,
        1,
        &long.iter().take(100).copied().collect(),
        false,
    );
    let resources = Resources::default();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let columns = "hour,key,label,file,position";
    let fast = runtime.block_on(rows(folder.path(), columns, u64::MAX, &resources));
    let plain = runtime.block_on(rows(folder.path(), columns, 0, &resources));
    assert_eq!(fast, plain);
    assert_eq!(fast.lines().count(), 251 + 4, "each key once");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_operator_and_the_statement_give_the_same_rows(
        hours in prop::collection::vec(
            prop::collection::vec(
                prop::collection::vec((0..12_u8, prop::option::of(0..3_u8)), 0..30),
                0..4,
            ),
            1..4,
        ),
        batch_size in prop::sample::select(vec![1_usize, 7, 8192]),
        split_size in prop::sample::select(vec![100_u64, 1 << 20]),
        columns in prop::sample::select(vec!["key", "key,label", "hour,key,label,label_encoding,file,position"]),
        threads in 1..4_usize,
        lists in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), 9, 0, &vec![(0, Some(0))], false);
        for (hour, files) in hours.iter().enumerate() {
            for (name, labels) in files.iter().enumerate() {
                write(folder.path(), hour, name, labels, lists);
            }
        }
        let resources = Resources { batch_size, split_size, threads, ..Resources::default() };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let fast = runtime.block_on(rows(folder.path(), columns, u64::MAX, &resources));
        let plain = runtime.block_on(rows(folder.path(), columns, 0, &resources));
        prop_assert_eq!(fast, plain);
    }
}
