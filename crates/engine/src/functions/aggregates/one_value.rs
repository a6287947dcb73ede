//! A metric of SQL is the metric of `groundline quality`, to the bit, however the rows are cut.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::datatypes::Float64Type;
use datafusion::datasource::MemTable;
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::SessionContext;
use groundline_quality::{Measured, ProblemType};

use super::{BINARY, CLASSES, PROBABILITY, RANKS, REGRESSION};
use crate::options::{MaxRejects, Resources};
use crate::quality::{Dataset, Every, QualityOptions, QualitySource, QualityValues, measure};
use crate::session::new_context;

/// Label, prediction, probability and group of a row; the first two may be absent.
type Row = [Option<String>; 4];

/// Rows with ties, nulls, several groups, and numbers whose sum depends on their order.
fn rows(value: impl Fn(u64) -> String) -> Vec<Row> {
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    (0..400)
        .map(|_| {
            let label = (next(10) > 0).then(|| value(next(1000)));
            let prediction = (next(20) > 0).then(|| value(next(1000)));
            let probability = prediction
                .is_some()
                .then(|| format!("{}", next(50) as f64 / 49.0));
            let group = Some(format!("g{}", next(3)));
            [label, prediction, probability, group]
        })
        .collect()
}

/// A session with the rows in so many partitions.
fn context(rows: &[Row], partitions: usize, batch_size: usize) -> SessionContext {
    let resources = Resources {
        threads: partitions,
        batch_size,
        ..Resources::default()
    };
    let context = new_context(&resources, partitions).unwrap();
    let batch = |rows: &[Row]| {
        let names = ["label", "prediction", "probability", "k"];
        let columns = names.into_iter().enumerate().map(|(at, name)| {
            let column: StringArray = rows.iter().map(|row| row[at].as_deref()).collect();
            (name, Arc::new(column) as ArrayRef, true)
        });
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    };
    let parts: Vec<Vec<RecordBatch>> = rows
        .chunks(rows.len().div_ceil(partitions))
        .map(|part| part.chunks(batch_size).map(batch).collect())
        .collect();
    let table = MemTable::try_new(batch(&[]).schema(), parts).unwrap();
    context.register_table("t", Arc::new(table)).unwrap();
    context
}

/// The rows of a batch of numbers, as bits.
fn cells(batch: &RecordBatch) -> Vec<Vec<Option<u64>>> {
    let columns: Vec<_> = (batch.columns().iter())
        .map(|column| column.as_primitive::<Float64Type>())
        .collect();
    let bits = |row: usize, column: &Float64Array| {
        column.is_valid(row).then(|| column.value(row).to_bits())
    };
    (0..batch.num_rows())
        .map(|row| columns.iter().map(|column| bits(row, column)).collect())
        .collect()
}

/// The rows of a query of numbers, as bits.
async fn bits(context: &SessionContext, query: &str) -> Vec<Vec<Option<u64>>> {
    let batches = context.sql(query).await.unwrap().collect().await.unwrap();
    batches.iter().flat_map(cells).collect()
}

/// What `groundline quality` makes of the rows.
async fn measured(rows: &[Row], problem_type: ProblemType) -> Measured {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("label,prediction,probability,k\n");
    for row in rows {
        let cells = row.clone().map(Option::unwrap_or_default);
        writeln!(text, "{}", cells.join(",")).unwrap();
    }
    let file = folder.path().join("rows.csv");
    std::fs::write(&file, text).unwrap();
    let name = |name: &str| Some(name.to_owned());
    let binary = problem_type == ProblemType::BinaryClassification;
    let options = QualityOptions {
        source: QualitySource::Dataset(Dataset {
            files: file.display().to_string(),
            header: Some(true),
            inference_attribute: name("prediction"),
            probability_attribute: name("probability").filter(|_| binary),
            ground_truth_attribute: name("label"),
        }),
        values: QualityValues {
            problem_type: Some(problem_type),
            ..QualityValues::default()
        },
        window: None,
        every: Every::Window,
        by: Vec::new(),
        own: Vec::new(),
        max_rejects: MaxRejects::Count(0),
        curve_points: 100,
        sql_dir: None,
        resources: Resources {
            threads: 1,
            ..Resources::default()
        },
    };
    let mut report = measure(&options).await.unwrap();
    report.groups.remove(0).measured
}

/// Every metric by SQL, cut in every way, against `groundline quality`.
async fn agree(rows: &[Row], problem_type: ProblemType, calls: &[(&str, &str)]) {
    let measured = measured(rows, problem_type).await;
    let expected = calls
        .iter()
        .map(|(metric, _)| measured.figure(metric).unwrap().value.map(f64::to_bits));
    let expected: Vec<Vec<Option<u64>>> = vec![expected.collect()];
    let calls: Vec<String> = calls
        .iter()
        .map(|(metric, arguments)| format!("{metric}({arguments})"))
        .collect();
    let calls = calls.join(", ");
    let whole = format!("SELECT {calls} FROM t");
    let grouped = format!("SELECT {calls} FROM t GROUP BY k ORDER BY k");
    let reference = bits(&context(rows, 1, 8192), &grouped).await;
    assert_eq!(reference.len(), 3);
    for partitions in [1, 2, 7] {
        for batch_size in [1, 8192] {
            let context = context(rows, partitions, batch_size);
            let cut = format!("{partitions} partitions, batches of {batch_size}");
            assert_eq!(bits(&context, &whole).await, expected, "{cut}");
            assert_eq!(bits(&context, &grouped).await, reference, "{cut}");
        }
    }
}

fn calls<'a>(metrics: &[&'a str], arguments: &'a str) -> Vec<(&'a str, &'a str)> {
    metrics.iter().map(|metric| (*metric, arguments)).collect()
}

#[tokio::test]
async fn metrics_of_two_classes_are_those_of_quality_however_rows_are_cut() {
    let rows = rows(|drawn| (drawn % 2).to_string());
    let mut all = calls(&BINARY, "label, prediction");
    all.extend(calls(&["accuracy"], "label, prediction"));
    all.extend(calls(&PROBABILITY, "label, probability"));
    all.extend(calls(&RANKS, "label, probability"));
    agree(&rows, ProblemType::BinaryClassification, &all).await;
}

#[tokio::test]
async fn metrics_of_several_classes_are_those_of_quality_however_rows_are_cut() {
    let rows = rows(|drawn| ["a", "b", "c", "1", "1.0"][(drawn % 5) as usize].to_owned());
    let all = calls(&CLASSES, "label, prediction");
    agree(&rows, ProblemType::MulticlassClassification, &all).await;
}

#[tokio::test]
async fn metrics_of_numbers_are_those_of_quality_however_rows_are_cut() {
    let rows = rows(|drawn| {
        format!(
            "{}",
            (drawn as f64 + 1.0) * 0.1 * 1e3_f64.powi((drawn % 7) as i32)
        )
    });
    let all = calls(&REGRESSION, "label, prediction");
    agree(&rows, ProblemType::Regression, &all).await;
}

#[tokio::test]
async fn no_function_of_datafusion_is_overwritten() {
    let plain = SessionContext::new();
    for function in super::all() {
        let state = plain.state();
        let name = function.name();
        assert!(!state.aggregate_functions().contains_key(name), "{name}");
        assert!(!state.window_functions().contains_key(name), "{name}");
        assert!(!state.scalar_functions().contains_key(name), "{name}");
    }
    assert_eq!(super::all().len(), 31);
}

#[tokio::test]
async fn a_running_window_evaluates_as_it_goes() {
    let row = |label: &str, prediction: &str| {
        [Some(label), Some(prediction), None, None].map(|cell| cell.map(str::to_owned))
    };
    let rows = [row("1", "1"), row("1", "0"), row("1", "1"), row("1", "1")];
    let query = "SELECT recall(label, prediction) OVER (ROWS UNBOUNDED PRECEDING) FROM t";
    let found = bits(&context(&rows, 1, 8192), query).await;
    let expected = [1.0, 0.5, 2.0 / 3.0, 0.75_f64].map(|value| vec![Some(value.to_bits())]);
    assert_eq!(found, expected);
}

/// Spilled files of a plan and all below it.
fn spills(plan: &dyn ExecutionPlan) -> usize {
    let own = plan.metrics().and_then(|metrics| metrics.spill_count());
    let below = plan
        .children()
        .into_iter()
        .map(|child| spills(child.as_ref()));
    own.unwrap_or_default() + below.sum::<usize>()
}

#[tokio::test]
async fn groups_that_were_spilled_have_the_same_values() {
    let query = "SELECT recall(label, prediction), brier_score(label, probability), auc(label, probability) \
                 FROM (SELECT value % 20000 AS k, value % 2 AS label, value % 7 % 2 AS prediction, \
                 (value % 11) / 10.0 AS probability FROM generate_series(1, 40000)) GROUP BY k ORDER BY k";
    let mut found = Vec::new();
    for memory_limit in [4 << 30, 192 << 20] {
        let resources = Resources {
            threads: 2,
            memory_limit,
            ..Resources::default()
        };
        let context = new_context(&resources, 2).unwrap();
        let plan = context.sql(query).await.unwrap();
        let plan = plan.create_physical_plan().await.unwrap();
        let batches = collect(Arc::clone(&plan), context.task_ctx()).await;
        let rows: Vec<_> = batches.unwrap().iter().flat_map(cells).collect();
        assert_eq!(rows.len(), 20_000);
        found.push((rows, spills(plan.as_ref()) > 0));
    }
    let [(whole, false), (spilled, true)] = &found[..] else {
        unreachable!(
            "{:?}",
            found
                .iter()
                .map(|(_, spilled)| *spilled)
                .collect::<Vec<_>>()
        );
    };
    assert!(whole == spilled);
}
