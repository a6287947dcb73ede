//! The same inputs give the same hour files, whatever the machine does and however the window is cut.

use std::collections::BTreeMap;
use std::fs;

use groundline_synth::{Options, generate};

use crate::harness::{Scratch, capture, files};

const FLAGS: [&str; 7] = [
    "--all",
    "--as-of",
    "2027-06-01T00",
    "--max-rejects",
    "100%",
    "--config",
    "corpus/groundline.toml",
];

/// Hours of more rows than the writer takes at once (1024), with multi-record events, late and repeated labels,
/// and one hour with three payloads of 2 MB, together more text than it takes at once (4 MiB).
fn corpus() -> Scratch {
    let scratch = Scratch::new();
    let options = Options {
        records: 2_400,
        hours: 2,
        files_per_hour: 2,
        records_per_event: 2,
        late: 0.2,
        duplicates: 0.2,
        malformed: 0.02,
        payload_columns: 60,
        ..Options::default()
    };
    generate(&scratch.path("corpus"), &options).unwrap();
    let large = "x".repeat(2_000_000);
    let lines: String = ["large-1", "large-2", "large-3"]
        .iter()
        .map(|id| capture(id, None, "2026-11-01T01:30:00Z", &format!("0.75,{large}")))
        .collect();
    scratch.write(
        "corpus/captures/endpoint-0/AllTraffic/2026/11/01/01/large.jsonl",
        lines,
    );
    scratch
}

/// Hashes of the hour files of one run.
fn merged(scratch: &Scratch, flags: &[&str]) -> BTreeMap<String, String> {
    let out = scratch.path("out");
    if out.exists() {
        fs::remove_dir_all(&out).unwrap();
    }
    let out = out.display().to_string();
    let mut args = vec!["merge", "--out", &out, "--quiet"];
    args.extend(FLAGS);
    args.extend(flags);
    scratch.run(&args).expect_status(0);
    let hashes = scratch.hashes("out/merged");
    assert!(!hashes.is_empty());
    hashes
}

#[test]
fn hour_files_do_not_depend_on_threads_batches_or_splits() {
    let scratch = corpus();
    let expected = merged(&scratch, &[]);
    assert_eq!(expected.len(), 2);
    let large = scratch
        .rows("out/merged")
        .iter()
        .filter(|row| {
            row["output"]
                .as_ref()
                .is_some_and(|output| output.len() > 2_000_000)
        })
        .count();
    assert_eq!(large, 3);

    let fast: [&[&str]; 7] = [
        &["--threads", "1"],
        &["--threads", "2"],
        &["--threads", "7"],
        &["--batch-size", "1"],
        &["--batch-size", "100"],
        &["--split-size", "64KiB"],
        &["--split-size", "1MiB"],
    ];
    let reference: [&[&str]; 7] = [
        &["--threads", "1", "--split-size", "64KiB"],
        &["--threads", "2", "--split-size", "1MiB"],
        &["--threads", "7", "--split-size", "1GiB"],
        &[
            "--threads",
            "7",
            "--split-size",
            "64KiB",
            "--batch-size",
            "100",
        ],
        &[
            "--threads",
            "1",
            "--split-size",
            "1GiB",
            "--batch-size",
            "8192",
        ],
        &["--threads", "2", "--batch-size", "100"],
        &["--threads", "2", "--batch-size", "1"],
    ];
    for flags in fast {
        assert_eq!(
            merged(&scratch, &[flags, &["--plan", "fast"]].concat()),
            expected,
            "{flags:?}"
        );
    }
    for flags in fast {
        assert_eq!(
            merged(&scratch, &[flags, &["--plan", "spilled"]].concat()),
            expected,
            "spilled {flags:?}"
        );
    }
    for flags in reference {
        assert_eq!(
            merged(&scratch, &[flags, &["--plan", "reference"]].concat()),
            expected,
            "reference {flags:?}"
        );
    }
}

#[test]
fn hour_files_do_not_depend_on_the_order_in_which_inputs_were_made() {
    let options = Options {
        records: 300,
        hours: 3,
        files_per_hour: 12,
        duplicates: 0.5,
        late: 0.3,
        records_per_event: 2,
        endpoints: 2,
        ..Options::default()
    };
    let first = Scratch::new();
    generate(&first.path("corpus"), &options).unwrap();
    let expected = merged(&first, &[]);

    // Two other orders: from the last name to the first, and by a digest of the names.
    let corpus = first.path("corpus");
    let mut paths = files(&corpus);
    let mut orders = Vec::new();
    paths.reverse();
    orders.push(paths.clone());
    paths.sort_by_key(|path| {
        let name = path.strip_prefix(&corpus).unwrap().to_str().unwrap();
        name.bytes().fold(7_u32, |hash, byte| {
            hash.wrapping_mul(31).wrapping_add(u32::from(byte))
        })
    });
    orders.push(paths);
    for order in orders {
        let copy = Scratch::new();
        for path in order {
            let below = path.strip_prefix(first.path("")).unwrap().to_str().unwrap();
            copy.write(below, fs::read(&path).unwrap());
        }
        for plan in ["fast", "reference"] {
            assert_eq!(merged(&copy, &["--plan", plan]), expected);
        }
    }
}

/// Runs over parts of the window, one after the other into one folder.
fn in_runs(
    scratch: &Scratch,
    out: &str,
    cuts: &[(u32, u32)],
    flags: &[&str],
) -> BTreeMap<String, String> {
    for (from, to) in cuts {
        let (from, to) = (
            format!("2026-11-01T{from:02}"),
            format!("2026-11-01T{to:02}"),
        );
        let path = scratch.path(out).display().to_string();
        let mut args = vec![
            "merge", "--out", &path, "--quiet", "--from", &from, "--to", &to,
        ];
        args.extend(&FLAGS[1..]);
        args.extend(flags);
        scratch.run(&args).expect_status(0);
    }
    scratch.hashes(&format!("{out}/merged"))
}

#[test]
fn any_cut_of_the_window_gives_the_same_hour_files() {
    let scratch = Scratch::new();
    let options = Options {
        records: 360,
        hours: 6,
        files_per_hour: 2,
        late: 0.5,
        duplicates: 0.4,
        malformed: 0.05,
        records_per_event: 2,
        endpoints: 2,
        ..Options::default()
    };
    generate(&scratch.path("corpus"), &options).unwrap();
    let hours: Vec<(u32, u32)> = (0..6).map(|hour| (hour, hour + 1)).collect();
    let reversed: Vec<(u32, u32)> = hours.iter().rev().copied().collect();
    let cuts: [(&str, &[(u32, u32)]); 4] = [
        ("hours", &hours),
        ("reversed", &reversed),
        ("uneven", &[(2, 3), (3, 6), (0, 2)]),
        ("overlapping", &[(0, 4), (1, 6), (3, 4)]),
    ];
    // The label window must not come from the run: a short one shows it.
    let policies: [(&str, &[&str]); 3] = [
        ("default", &[]),
        (
            "narrow",
            &["--label-lead", "PT1H", "--label-horizon", "PT2H"],
        ),
        (
            "all",
            &["--duplicate-labels", "all", "--label-horizon", "P1D"],
        ),
    ];
    for (policy, flags) in policies {
        let expected = merged(&scratch, flags);
        assert_eq!(expected.len(), 12);
        for (cut, runs) in cuts {
            let out = format!("{policy}-{cut}");
            assert_eq!(in_runs(&scratch, &out, runs, flags), expected, "{out}");
        }
        let out = format!("{policy}-reference");
        let flags = [flags, &["--plan", "reference"]].concat();
        assert_eq!(
            in_runs(&scratch, &out, &[(2, 3), (3, 6), (0, 2)], &flags),
            expected,
            "{out}"
        );
    }
}

#[test]
fn a_repeated_run_changes_no_file() {
    let scratch = Scratch::new();
    let options = Options {
        records: 60,
        hours: 2,
        malformed: 0.1,
        ..Options::default()
    };
    generate(&scratch.path("corpus"), &options).unwrap();
    let run = || {
        let mut args = vec!["merge", "--out", "out", "--quiet"];
        args.extend(FLAGS);
        scratch.run(&args).expect_status(0);
        scratch.hashes("out")
    };
    assert_eq!(run(), run());
}

#[test]
fn hour_files_do_not_depend_on_where_they_and_their_inputs_are() {
    let options = Options {
        records: 60,
        hours: 2,
        ..Options::default()
    };
    let (here, there) = (Scratch::new(), Scratch::new());
    generate(&here.path("corpus"), &options).unwrap();
    generate(&there.path("deep/er/corpus"), &options).unwrap();
    let expected = merged(&here, &[]);
    let out = there.path("elsewhere").display().to_string();
    let mut args = vec!["merge", "--out", &out, "--quiet"];
    args.extend(&FLAGS[..6]);
    args.push("deep/er/corpus/groundline.toml");
    there.run(&args).expect_status(0);
    assert_eq!(there.hashes("elsewhere/merged"), expected);
}
