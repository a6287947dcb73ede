//! Whole merges of a `synth` corpus: rows and bytes per second for columns that cost more and more to write.
//!
//! `key` is decoding and the join; each group of columns after it adds what its writing costs.
//! `cargo bench --bench merge`; `GROUNDLINE_BENCH_ROWS` scales the data (default 100,000 captures in 4 hours).

#![expect(clippy::expect_used, reason = "a bench may fail loudly")]

use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use groundline_capture::LabelId;
use groundline_engine::{
    LabelSource, Mapping, MaxRejects, MergeOptions, Model, Plan, Policy, ProblemType, Resources,
    Silent, Source, UnmatchedLimits, merge,
};

/// As in the command, which is what users run.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const COLUMNS: &[(&str, &[&str])] = &[
    ("key", &["key"]),
    (
        "key_time_probability_label",
        &["key", "inference_time", "probability", "label"],
    ),
    (
        "with_payloads",
        &[
            "key",
            "inference_time",
            "input",
            "output",
            "probability",
            "label",
        ],
    ),
];

fn options(corpus: &Path, out: &Path, columns: &[&str]) -> MergeOptions {
    let uri = |name: &str| corpus.join(name).display().to_string();
    let model = Model {
        name: "bench".to_owned(),
        source: Source::Captures {
            uri: uri("captures"),
        },
        endpoints: Vec::new(),
        variants: Vec::new(),
        labels: LabelSource::GroundTruth { uri: uri("labels") },
        label_id: LabelId::default(),
        id_attribute: None,
        filter: None,
        capture_percentage: None,
        mapping: Mapping {
            problem_type: Some(ProblemType::BinaryClassification),
            probability_attribute: Some("0".to_owned()),
            ..Mapping::default()
        },
        sql: None,
        columns: Vec::new(),
        later_mappings: Vec::new(),
        policy: Policy::default(),
    };
    MergeOptions {
        models: vec![model],
        window: None,
        out: out.display().to_string(),
        columns: Some(columns.iter().map(|c| (*c).to_owned()).collect()),
        as_of_micros: i64::from(i32::MAX) * 1_000_000,
        max_rejects: MaxRejects::Count(0),
        max_absent: MaxRejects::Percent(1.0),
        reject_bytes: false,
        plan: Plan::Fast,
        jsonl: false,
        unmatched: UnmatchedLimits::default(),
        sql_dir: None,
        resources: Resources::default(),
    }
}

fn bytes_below(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).expect("the corpus is there");
    let sizes = entries.map(|entry| {
        let entry = entry.expect("a readable folder");
        match entry.path().is_dir() {
            true => bytes_below(&entry.path()),
            false => entry.metadata().map_or(0, |m| m.len()),
        }
    });
    sizes.sum()
}

fn benches(criterion: &mut Criterion) {
    let records = std::env::var("GROUNDLINE_BENCH_ROWS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(100_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (corpus, out) = (folder.path().join("corpus"), folder.path().join("out"));
    let made = groundline_synth::Options {
        records,
        hours: 4,
        truth: false,
        ..groundline_synth::Options::default()
    };
    groundline_synth::generate(&corpus, &made).expect("a corpus");
    let bytes = bytes_below(&corpus.join("captures")) + bytes_below(&corpus.join("labels"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let run = |columns| {
        let options = options(&corpus, &out, columns);
        let report = runtime.block_on(merge(&options, Arc::new(Silent)));
        let report = report.expect("a merge");
        report
            .models
            .iter()
            .map(|m| m.ledger.predictions.read)
            .sum::<u64>()
    };

    let mut group = criterion.benchmark_group("merge");
    group.throughput(Throughput::ElementsAndBytes {
        elements: records,
        bytes,
    });
    group.sample_size(10);
    for (name, columns) in COLUMNS {
        assert_eq!(run(columns), records, "every capture is accounted for");
        group.bench_function(*name, |b| b.iter(|| run(columns)));
    }
    group.finish();
}

criterion_group!(merging, benches);
criterion_main!(merging);
