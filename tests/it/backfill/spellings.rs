//! What makes no hour stale, and what makes only some so.

use std::os::unix::fs::symlink;

use crate::harness::{Scratch, capture, label};

use super::{backfill, done, run, three_hours, untouched};

#[test]
fn threads_memory_batches_and_jobs_make_no_hour_stale() {
    let scratch = three_hours();
    backfill(&scratch, &[]);
    let before = untouched(&scratch, "out");
    for flags in [
        &["--threads", "1"][..],
        &["--threads", "5", "--jobs", "1"],
        &["--memory-limit", "300MB"],
        &["--batch-size", "7", "--split-size", "64KiB"],
        &["--plan", "reference"],
        &["--plan", "spilled"],
        &["--settle", "PT2H"],
        &["--max-rejects", "7", "--no-reject-bytes"],
        &["--capture-percentage", "50%"],
        &["--as-of", "2025-12-02T00"],
        &["--endpoint", "e*", "--variant", "v"],
        &["--verify"],
    ] {
        let of: Vec<&str> = flags.iter().step_by(2).copied().collect();
        // A flag is given once.
        let args: Vec<&str> = super::FLAGS
            .chunks(2)
            .filter(|pair| !of.contains(&pair[0]))
            .flatten()
            .copied()
            .collect();
        let out = ["--out", "out", "--output", "json", "--quiet"];
        let report = scratch.run(&[&["backfill"], &args[..], flags, &out].concat());
        let report = report.expect_status(0).json();
        assert!(done(&report).is_empty(), "{flags:?}: {report}");
    }
    assert_eq!(untouched(&scratch, "out"), before);
    // Another window has accounts of its own, over the same hours.
    let merged = untouched(&scratch, "out/merged");
    let (roots, window) = (
        &super::FLAGS[..4],
        ["--from", "2025-11-01T06", "--to", "2025-11-01T07"],
    );
    let more = [
        "--out",
        "out",
        "--output",
        "json",
        "--probability-attribute",
        "0",
    ];
    let run = scratch.run(&[&["backfill"], roots, &window, &more].concat());
    assert!(done(&run.expect_status(0).json()).is_empty());
    assert_eq!(untouched(&scratch, "out/merged"), merged);
}

#[test]
fn another_spelling_of_a_root_makes_no_hour_stale() {
    let scratch = three_hours();
    backfill(&scratch, &[]);
    let before = untouched(&scratch, "out");
    symlink(scratch.path("."), scratch.path("link")).unwrap();
    let absolute = |name: &str| scratch.path(name).display().to_string();
    let spellings: [&dyn Fn(&str) -> String; 6] = [
        &|name| format!("{name}/"),
        &|name| format!("./{name}"),
        &|name| format!("x/../{name}//"),
        &absolute,
        &|name| format!("link/{name}"),
        &|name| format!("file://{}", absolute(name)),
    ];
    std::fs::create_dir(scratch.path("x")).unwrap();
    for spelling in spellings {
        for name in ["cap", "gt", "out"] {
            let spelt = |of: &str| match of == name {
                true => spelling(of),
                false => of.to_owned(),
            };
            let (cap, gt, out) = (spelt("cap"), spelt("gt"), spelt("out"));
            let roots = ["--captures", &cap, "--labels", &gt, "--out", &out];
            let more = ["--output", "json", "--quiet"];
            let run = scratch.run(&[&["backfill"], &roots[..], &super::FLAGS[4..], &more].concat());
            let report = run.expect_status(0).json();
            assert!(done(&report).is_empty(), "{roots:?}: {report}");
        }
    }
    assert_eq!(untouched(&scratch, "out"), before);
}

/// Two models of two hours each over one configuration; `more` is added to the first.
fn two_models(scratch: &Scratch, more: &str) {
    let model = |name: &str, more: &str| {
        format!(
            "[[model]]\nname = \"{name}\"\ncaptures = \"{name}-cap\"\nlabels = \"{name}-gt\"\n\
             probability_attribute = \"0\"\n{more}\n"
        )
    };
    let run = "[output]\nuri = \"out\"\n[run]\nall = true\nas_of = 2025-12-01T00:00:00Z\n";
    let text = model("one", more) + &model("two", "") + run;
    scratch.write("groundline.toml", text);
    for name in ["one", "two"] {
        for hour in ["05", "06"] {
            let time = format!("2025-11-01T{hour}:10:00Z");
            scratch
                .write(
                    &format!("{name}-cap/ep/v/2025/11/01/{hour}/a.jsonl"),
                    capture(&format!("e{hour}"), None, &time, "0.6,0.2"),
                )
                .write(
                    &format!("{name}-gt/2025/11/01/{hour}/l.jsonl"),
                    label(&format!("e{hour}"), "1"),
                );
        }
    }
}

/// `one 05 stale` and so on.
fn states(scratch: &Scratch) -> Vec<String> {
    let run = scratch.run(&["status", "--output", "json"]);
    let status = run.expect_status(0).json();
    let models = status["models"].as_array().unwrap().iter();
    models
        .flat_map(|model| {
            let name = model["model"].as_str().unwrap();
            let hours = model["hours"].as_array().unwrap().iter();
            hours.map(move |hour| {
                let (at, state) = (
                    hour["hour"].as_str().unwrap(),
                    hour["state"].as_str().unwrap(),
                );
                format!("{name} {} {state}", &at[11..])
            })
        })
        .collect()
}

#[test]
fn a_changed_mapping_leaves_the_other_model_alone() {
    let scratch = Scratch::new();
    two_models(&scratch, "");
    scratch.run(&["backfill", "--quiet"]).expect_status(0);
    let all_done = ["one 05 done", "one 06 done", "two 05 done", "two 06 done"];
    assert_eq!(states(&scratch), all_done);

    let mapping = "probability_threshold = 0.7";
    config(&scratch, mapping);
    let stale = ["one 05 stale", "one 06 stale", "two 05 done", "two 06 done"];
    assert_eq!(states(&scratch), stale);
    let others = untouched(&scratch, "out/merged/model=two");
    let report = scratch.run(&["backfill", "--output", "json"]);
    let report = report.expect_status(0).json();
    assert_eq!(done(&report), ["05 built", "06 built"]);
    assert_eq!(untouched(&scratch, "out/merged/model=two"), others);
    assert_eq!(states(&scratch), all_done);

    // From an hour on: those before it keep what they have.
    let later = "probability_threshold = 0.7\n[[model.mapping]]\nfrom = \"2025-11-01T06\"\n\
                 probability_attribute = \"1\"";
    config(&scratch, later);
    let stale = ["one 05 done", "one 06 stale", "two 05 done", "two 06 done"];
    assert_eq!(states(&scratch), stale);
    scratch.run(&["backfill", "--quiet"]).expect_status(0);
    let rows = scratch.rows("out/merged/model=one");
    let probabilities: Vec<Option<&str>> = rows
        .iter()
        .map(|row| row["probability"].as_deref())
        .collect();
    assert_eq!(probabilities, [Some("0.6"), Some("0.2")]);
}

/// Writes the configuration anew and leaves inputs, whose times count.
fn config(scratch: &Scratch, more: &str) {
    let other = Scratch::new();
    two_models(&other, more);
    let text = std::fs::read(other.path("groundline.toml")).unwrap();
    scratch.write("groundline.toml", text);
}

#[test]
fn globs_choose_what_is_done() {
    let scratch = Scratch::new();
    two_models(&scratch, "");
    let args = ["backfill", "--model", "t*", "--output", "json"];
    let report = scratch.run(&args).expect_status(0).json();
    assert_eq!(done(&report), ["05 built", "06 built"]);
    assert!(!scratch.path("out/merged/model=one").exists());
    let missing = [
        "one 05 missing",
        "one 06 missing",
        "two 05 done",
        "two 06 done",
    ];
    assert_eq!(states(&scratch), missing);

    let scratch = three_hours();
    let refused = run(&scratch, "backfill", &["--endpoint", "other*"]);
    assert_ne!(refused.status, 0);
    assert!(refused.stderr.contains("other*"), "{}", refused.stderr);
    assert!(!scratch.path("out").exists());
}
