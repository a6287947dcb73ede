//! Labels that come late, change or go: whatever happens to them, a backfill leaves what a merge from scratch leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use groundline_synth::{Hour, Options, generate};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use serde_json::Value;

use crate::harness::{Run, Scratch, files, label};

/// Settings that decide which labels count, or whether hours can be patched at all.
const SETTINGS: [&[&str]; 19] = [
    &[],
    &["--label-horizon", "PT6H"],
    &["--duplicate-labels", "first"],
    &[
        "--duplicate-labels",
        "first",
        "--label-horizon",
        "PT3H",
        "--label-lead",
        "PT2H",
    ],
    &["--label-layout", "rows"],
    &["--label-layout", "columns", "--label-type", "string"],
    &["--duplicate-labels", "all"],
    &["--duplicate-labels", "error"],
    &["--match", "either"],
    &["--join", "inner"],
    &["--id-attribute", "1"],
    &["--where", "inference_id like '%1'"],
    &[
        "--columns",
        "key,file,position,record_index,label_hour,label_file,label_position,label",
    ],
    &["--columns", "key,label,output"],
    &["--no-reject-bytes", "--max-rejects", "60%"],
    &["--config", "own.toml"],
    &["--config", "own-of-labels.toml"],
    &["--format", "jsonl"],
    &["--sql", "own.sql"],
];

const OWN_SQL: &str = "
    select p.endpoint, p.variant, coalesce(p.inference_id, p.event_id) as key, p.hour, p.file,
        p.position, p.record_index, l.labels
    from predictions p
    left join (select key, count(*) as labels from labels group by key) l
        on l.key = coalesce(p.inference_id, p.event_id)";

/// What happens to label files; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
enum Change {
    /// A file that was held back comes.
    Arrives(usize),
    /// A file of other labels: its hour, and (key, records, value) of each.
    Adds(usize, Vec<(usize, usize, u8)>),
    /// A file gets the content of such labels.
    Replaces(usize, Vec<(usize, usize, u8)>),
    /// Every value in a file is turned over.
    Corrects(usize),
    Deletes(usize),
    /// Its time changes and its bytes do not.
    Touches(usize),
    /// A line that is none comes at its end.
    Breaks(usize),
    /// A capture file goes: its hour is stale, whatever the labels are.
    LosesCapture(usize),
}

#[derive(Clone, Debug)]
struct Case {
    seed: u64,
    records_per_event: u32,
    malformed: f64,
    flags: &'static [&'static str],
    rounds: Vec<Vec<Change>>,
}

fn changes() -> impl Strategy<Value = Change> {
    let labels = || prop::collection::vec((0..500_usize, 1..4_usize, 0..2_u8), 1..6);
    let hour = 0..16_usize;
    prop_oneof![
        3 => any::<usize>().prop_map(Change::Arrives),
        3 => (hour, labels()).prop_map(|(hour, labels)| Change::Adds(hour, labels)),
        1 => (any::<usize>(), labels()).prop_map(|(file, labels)| Change::Replaces(file, labels)),
        1 => any::<usize>().prop_map(Change::Corrects),
        1 => any::<usize>().prop_map(Change::Deletes),
        1 => any::<usize>().prop_map(Change::Touches),
        1 => any::<usize>().prop_map(Change::Breaks),
        1 => any::<usize>().prop_map(Change::LosesCapture),
    ]
}

fn cases() -> impl Strategy<Value = Case> {
    (
        any::<u64>(),
        prop_oneof![Just(1), Just(3)],
        prop_oneof![Just(0.0), Just(0.03)],
        0..SETTINGS.len(),
        prop::collection::vec(prop::collection::vec(changes(), 1..4), 1..4),
    )
        .prop_map(|(seed, records_per_event, malformed, flags, rounds)| Case {
            seed,
            records_per_event,
            malformed,
            flags: SETTINGS[flags],
            rounds,
        })
}

struct World {
    scratch: Scratch,
    flags: &'static [&'static str],
    keys: Vec<String>,
    added: usize,
}

impl World {
    fn new(case: &Case) -> Self {
        let scratch = Scratch::new();
        let options = Options {
            records: 60,
            hours: 4,
            files_per_hour: 2,
            seed: case.seed,
            label_rate: 0.7,
            late: 0.5,
            duplicates: 0.3,
            malformed: case.malformed,
            records_per_event: case.records_per_event,
            payload_columns: 2,
            start: "2025-11-01T00".parse::<Hour>().unwrap(),
            ..Options::default()
        };
        generate(&scratch.path("corpus"), &options).unwrap();
        let own = |columns: &str| {
            format!(
                "[[model]]\nname = \"m\"\ncaptures = \"corpus/captures\"\nlabels = \"corpus/labels\"\n\
                 probability_attribute = \"0\"\n[model.columns]\n{columns}\n"
            )
        };
        scratch
            .write("own.sql", OWN_SQL)
            .write(
                "own.toml",
                own("first = { from = \"input\", select = \"0\" }"),
            )
            .write("own-of-labels.toml", own("hit = \"label = prediction\""));
        let mut world = Self {
            keys: keys(&scratch),
            scratch,
            flags: case.flags,
            added: 0,
        };
        // Every third label file comes late. Under `error` only labels that agree with each other may come.
        let all = world.label_files();
        let held_back = |number: usize| world.is_error() || number % 3 == 1;
        for (_, file) in all
            .iter()
            .enumerate()
            .filter(|(number, _)| held_back(*number))
        {
            let to = world
                .scratch
                .path("held")
                .join(file.strip_prefix(world.labels()).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::rename(file, to).unwrap();
        }
        world.change(&Change::Adds(1, vec![(1, 1, 1), (2, 2, 1), (3, 3, 1)]));
        world
    }

    fn is_error(&self) -> bool {
        self.flags.contains(&"error")
    }

    fn labels(&self) -> PathBuf {
        self.scratch.path("corpus/labels")
    }

    fn label_files(&self) -> Vec<PathBuf> {
        files(&self.labels())
    }

    fn lines(&self, labels: &[(usize, usize, u8)]) -> String {
        let line = |(key, records, value): &(usize, usize, u8)| {
            let number = key % self.keys.len();
            // Labels that agree follow from their key alone.
            let (records, value) = match self.is_error() {
                true => (1 + number % 3, 1),
                false => (*records, *value),
            };
            label(
                &self.keys[number],
                &vec![value.to_string(); records].join("\n"),
            )
        };
        labels.iter().map(line).collect()
    }

    fn change(&mut self, change: &Change) {
        let all = self.label_files();
        let pick = |number: &usize| all.get(number % all.len().max(1));
        match change {
            Change::Arrives(number) => {
                let held = files(&self.scratch.path("held"));
                if let (Some(file), false) = (held.get(number % held.len().max(1)), self.is_error())
                {
                    let below = file.strip_prefix(self.scratch.path("held")).unwrap();
                    let to = self.labels().join(below);
                    fs::create_dir_all(to.parent().unwrap()).unwrap();
                    fs::rename(file, to).unwrap();
                }
            }
            Change::Adds(hour, labels) => {
                // From an hour before the window to hours after it.
                let (day, hour) = match hour {
                    0 => ("2025/10/31", 23),
                    after => ("2025/11/01", after - 1),
                };
                let name = format!("corpus/labels/{day}/{hour:02}/added-{}.jsonl", self.added);
                self.scratch.write(&name, self.lines(labels));
                self.added += 1;
            }
            Change::Replaces(number, labels) => {
                if let Some(file) = pick(number) {
                    fs::write(file, self.lines(labels)).unwrap();
                }
            }
            Change::Corrects(number) => {
                if let (Some(file), false) = (pick(number), self.is_error()) {
                    let text = fs::read_to_string(file).unwrap();
                    fs::write(file, text.replace(r#""data":"1"#, r#""data":"0"#)).unwrap();
                }
            }
            Change::Deletes(number) => {
                if let Some(file) = pick(number) {
                    fs::remove_file(file).unwrap();
                }
            }
            Change::Touches(number) => {
                if let Some(file) = pick(number) {
                    let text = fs::read(file).unwrap();
                    fs::write(file, text).unwrap();
                }
            }
            Change::Breaks(number) => {
                if let Some(file) = pick(number) {
                    let text = fs::read_to_string(file).unwrap();
                    fs::write(file, text + "{\"groundTruthData\"\n").unwrap();
                }
            }
            Change::LosesCapture(number) => {
                let captures = files(&self.scratch.path("corpus/captures"));
                // Hours keep their folders: one without objects is another matter.
                if let (true, Some(file)) =
                    (captures.len() > 7, captures.get(number % captures.len()))
                {
                    fs::remove_file(file).unwrap();
                }
            }
        }
    }

    fn run(&self, command: &str, out: &str) -> Run {
        let roots = [
            "--captures",
            "corpus/captures",
            "--labels",
            "corpus/labels",
            "--probability-attribute",
            "0",
        ];
        let roots: &[&str] = match self.flags.contains(&"--config") {
            true => &[],
            false => &roots,
        };
        let common = [
            command,
            "--from",
            "2025-11-01T00",
            "--to",
            "2025-11-01T04",
            "--as-of",
            "2025-12-01T00",
            "--output",
            "json",
            "--quiet",
            "--out",
            out,
        ];
        let accepting: &[&str] = match self.flags.contains(&"--max-rejects") {
            true => &[],
            false => &["--max-rejects", "100%"],
        };
        self.scratch
            .run(&[&common, roots, self.flags, accepting].concat())
    }
}

/// Ids of all predictions, sorted.
fn keys(scratch: &Scratch) -> Vec<String> {
    let captures = files(&scratch.path("corpus/captures")).into_iter();
    let texts = captures.map(|file| String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned());
    let mut keys = BTreeSet::new();
    for text in texts {
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        for line in lines {
            let metadata = &line["eventMetadata"];
            let id = metadata["inferenceId"].as_str().filter(|id| !id.is_empty());
            keys.extend(id.or(metadata["eventId"].as_str()).map(str::to_owned));
        }
    }
    keys.into_iter().collect()
}

/// Everything below the output but listings of labels: receipts hold, in place of the name of one, what it says of
/// their window. An hour whose window is as it was keeps the name that it has.
fn tree(scratch: &Scratch, out: &str) -> BTreeMap<String, String> {
    let mut tree = scratch.hashes(out);
    tree.retain(|name, _| !name.starts_with("_groundline/snapshots/"));
    for (name, content) in &mut tree {
        if name.starts_with("_groundline/receipts/") {
            let mut receipt = read(scratch, &format!("{out}/{name}"));
            let labels = &mut receipt["labels"];
            let snapshot = labels["snapshot"].as_str().unwrap();
            let snapshot = read(
                scratch,
                &format!("{out}/_groundline/snapshots/{snapshot}.json"),
            );
            let (from, to) = (labels["from"].as_str(), labels["to"].as_str());
            let objects = snapshot["objects"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|object| {
                    let hour = object["hour"].as_str();
                    hour >= from && (to.is_none() || hour < to)
                });
            labels["snapshot"] = objects.cloned().collect();
            *content = receipt.to_string();
        }
    }
    tree
}

fn read(scratch: &Scratch, file: &str) -> Value {
    serde_json::from_slice(&fs::read(scratch.path(file)).unwrap()).unwrap()
}

/// Fails with the names of what differs.
#[track_caller]
fn expect_same(
    is: &BTreeMap<String, String>,
    should_be: &BTreeMap<String, String>,
    case: &Case,
    round: usize,
) {
    let names: BTreeSet<&String> = is.keys().chain(should_be.keys()).collect();
    let differ = names
        .into_iter()
        .filter(|name| is.get(*name) != should_be.get(*name));
    let differ: Vec<_> = differ
        .map(|name| (name, is.get(name), should_be.get(name)))
        .collect();
    assert!(differ.is_empty(), "round {round}: {differ:#?}\n{case:?}");
}

/// After each round of changes the output is that of a merge, and of a backfill, that never saw another state.
fn holds(case: &Case) {
    let mut world = World::new(case);
    world.run("backfill", "out").expect_status(0);
    for (round, changes) in case.rounds.iter().enumerate() {
        changes.iter().for_each(|change| world.change(change));
        world.run("backfill", "out").expect_status(0);
        let scratch = &world.scratch;
        scratch
            .run(&["gc", "--out", "out", "--older-than", "PT0H", "--yes"])
            .expect_status(0);
        let is = tree(scratch, "out");
        let fresh = format!("fresh-{round}");
        world.run("backfill", &fresh).expect_status(0);
        expect_same(&is, &tree(scratch, &fresh), case, round);
        let merged = format!("merge-{round}");
        world.run("merge", &merged).expect_status(0);
        // A merge says more of labels in its ledger, and which of them match nothing.
        let of_both = |mut tree: BTreeMap<String, String>| {
            tree.retain(|name, _| !name.starts_with("ledger/") && !name.starts_with("unmatched/"));
            tree
        };
        expect_same(&of_both(is), &of_both(tree(scratch, &merged)), case, round);
    }
}

#[test]
fn label_files_that_come_change_or_go_leave_what_a_rebuild_leaves() {
    let mut config = ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 60,
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 24;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(20_261_122);
    }
    let outcome = TestRunner::new(config).run(&cases(), |case| {
        holds(&case);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn under_every_setting_late_labels_leave_what_a_rebuild_leaves() {
    for (number, flags) in SETTINGS.into_iter().enumerate() {
        holds(&Case {
            seed: number as u64,
            records_per_event: 3,
            malformed: 0.02,
            flags,
            rounds: vec![
                vec![Change::Arrives(0), Change::Arrives(1)],
                vec![
                    Change::Adds(4, vec![(3, 1, 0), (9, 2, 1), (11, 3, 0), (12, 1, 1)]),
                    Change::Corrects(2),
                ],
                vec![Change::Deletes(0), Change::Breaks(3), Change::Arrives(2)],
            ],
        });
    }
}
