//! What is backfilled, when labels come late, and the trees that must come of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use groundline_capture::LabelId;
use groundline_engine::{
    BackfillOptions, BackfillPlan, BackfillReport, EngineError, LabelSource, Mapping, MaxRejects,
    MergeOptions, Model, Plan, Policy, ProblemType, Resources, Silent, Source, Stop,
    UnmatchedLimits,
};
use groundline_store::Stores;
use tokio::runtime::Builder;

use super::Chance;
use crate::harness::{Scratch, capture, files, label};

/// Files by name, as sha256.
pub(crate) type Tree = BTreeMap<String, String>;

/// Which of the two backfills is disturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nothing is there yet.
    Fresh,
    /// Hours of the fresh one are there; a label file was added, with a broken line, and another was replaced.
    Late,
    /// Hours of the fresh one are there; a file of captures was mended, and its hour has no rejects any more.
    Mended,
}

impl Stage {
    /// The folder of labels that it sees.
    pub(crate) fn labels(self) -> &'static str {
        match self {
            Self::Fresh | Self::Mended => "early",
            Self::Late => "labels",
        }
    }

    /// The folder of captures that it sees.
    pub(crate) fn captures(self) -> &'static str {
        match self {
            Self::Fresh | Self::Late => "captures",
            Self::Mended => "mended",
        }
    }
}

/// How much `synth` makes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Amount {
    pub(crate) records: usize,
    pub(crate) hours: usize,
    pub(crate) files: usize,
    /// Share of the labels that come hours and days after.
    pub(crate) late: f64,
}

/// `captures` and `labels` by `synth`, some lines of both broken, `early` as the labels were before some came late, and
/// `mended` as the captures are without the broken line of an hour.
pub(crate) fn corpus(amount: Amount) -> Scratch {
    let scratch = Scratch::new();
    let Amount {
        records,
        hours,
        files,
        late,
    } = amount;
    let sizes = format!(
        "synth --out made --records {records} --hours {hours} --files-per-hour {files} --late {late} --seed 7 \
         --malformed 0.03 --duplicates 0.05 --start 2025-11-03T00 --no-truth --quiet"
    );
    let words: Vec<&str> = sizes.split_whitespace().collect();
    scratch.run(&words).expect_status(0);
    for folder in ["captures", "labels"] {
        let made = scratch.path("made").join(folder);
        fs::rename(made, scratch.path(folder)).unwrap();
    }
    let early = |below: &str| scratch.path("early/2025/11/03").join(below);
    let added = scratch.path("labels/2025/11/03/02/0.jsonl");
    let lines = fs::read_to_string(&added).unwrap();
    fs::write(&added, lines + "{broken\n").unwrap();
    copy_dated(&scratch.path("labels"), &scratch.path("early"));
    copy_dated(&scratch.path("captures"), &scratch.path("mended"));
    let broken = crate::harness::files(&scratch.path("captures"))
        .into_iter()
        .find(|file| file.parent().unwrap().ends_with("03/00"))
        .unwrap();
    let lines = fs::read_to_string(&broken).unwrap();
    fs::write(&broken, lines + "{broken\n").unwrap();
    fs::remove_file(early("02/0.jsonl")).unwrap();
    fs::rename(early("01/0.jsonl"), early("01/old.jsonl")).unwrap();
    scratch
}

/// One hour whose file is larger than one part of an upload.
pub(crate) fn large_hour() -> Scratch {
    let scratch = Scratch::new();
    let mut chance = Chance(3);
    let mut text = || -> String {
        let digits = (0..1_000_000).map(|_| char::from(b'0' + (chance.share() * 75.0) as u8));
        // Neither quotes nor backslashes, commas nor ends of lines: one field of one row.
        digits.map(|c| if c == '\\' { '_' } else { c }).collect()
    };
    let time = "2025-11-03T00:10:00Z";
    let lines = (0..12).map(|id| {
        let line = capture(&format!("e{id}"), None, time, "0.9");
        line.replace("\"1,2\"", &format!("\"{}\"", text()))
    });
    let lines: String = lines.collect();
    scratch.write("captures/ep/v/2025/11/03/00/0.jsonl", lines);
    scratch.write("early/2025/11/03/00/0.jsonl", label("e1", "1"));
    scratch
}

/// Copies a tree with the times at which its files were written: to runs they are the same files.
pub(crate) fn copy_dated(from: &Path, to: &Path) {
    for file in files(from) {
        let copy = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(&file, &copy).unwrap();
        let written = fs::metadata(&file).unwrap().modified().unwrap();
        let copy = File::options().write(true).open(&copy).unwrap();
        copy.set_modified(written).unwrap();
    }
}

/// A backfill of everything in `folder`, in this process.
pub(crate) fn options(folder: &Path, stage: Stage, out: &str, stores: Stores) -> BackfillOptions {
    let path = |below: &str| folder.join(below).display().to_string();
    let model = Model {
        name: "m".to_owned(),
        source: Source::Captures {
            uri: path(stage.captures()),
        },
        endpoints: Vec::new(),
        variants: Vec::new(),
        labels: LabelSource::GroundTruth {
            uri: path(stage.labels()),
        },
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
    let later = i64::from(i32::MAX) * 1_000_000;
    BackfillOptions {
        merge: MergeOptions {
            models: vec![model],
            window: None,
            out: path(out),
            columns: None,
            as_of_micros: later,
            max_rejects: MaxRejects::Percent(100.0),
            max_absent: MaxRejects::Percent(100.0),
            reject_bytes: true,
            plan: Plan::Fast,
            jsonl: false,
            unmatched: UnmatchedLimits {
                nearest: 0,
                elsewhere: 0,
            },
            sql_dir: None,
            resources: Resources {
                threads: 2,
                stores,
                ..Resources::default()
            },
        },
        now_micros: later,
        settle_micros: 0,
        include_open: false,
        shard: None,
        verify: false,
        jobs: None,
        fail_fast: false,
    }
}

/// Plans and does it.
pub(crate) fn backfill(options: &BackfillOptions) -> Result<BackfillReport, EngineError> {
    let mut runtime = Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut plan = BackfillPlan::list(options).await?;
        plan.look_up(Arc::new(Silent)).await?;
        plan.run(&Stop::default(), Arc::new(Silent)).await
    })
}

/// Everything that a run is to leave in `out`: what it has staged is `gc`'s.
pub(crate) fn tree(scratch: &Scratch, out: &str) -> Tree {
    let mut tree = scratch.hashes(out);
    tree.retain(|name, _| !name.starts_with("_groundline/tmp/"));
    tree
}

/// What a reader may find under each name below `merged/`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Allowed(pub(crate) BTreeMap<String, BTreeSet<String>>);

impl Allowed {
    /// The hour files of any of these.
    pub(crate) fn of(trees: &[&Tree]) -> Self {
        let mut allowed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, hash) in trees.iter().flat_map(|tree| tree.iter()) {
            if let Some(name) = name.strip_prefix("merged/") {
                allowed
                    .entry(name.to_owned())
                    .or_default()
                    .insert(hash.clone());
            }
        }
        Self(allowed)
    }
}
