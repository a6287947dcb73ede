use std::fs;

use groundline_synth::{Options, SynthError, generate};

use crate::reading::Made;
use crate::{Case, cases};

#[test]
fn same_options_give_the_same_bytes() {
    for case in cases() {
        let again = Made::new(&case.options);
        assert!(case.made.all() == again.all(), "{}", case.name);
    }
}

#[test]
fn another_seed_gives_other_captures_and_labels() {
    for case in cases() {
        let other = Made::new(&Options {
            seed: case.options.seed + 1,
            ..case.options.clone()
        });
        for root in ["captures", "labels", "transform-output"] {
            let (one, two) = (case.made.files(root), other.files(root));
            assert!(one != two || one.is_empty(), "{} {root}", case.name);
        }
    }
}

#[test]
fn truth_can_be_left_out_without_changing_the_rest() {
    for case in cases() {
        let without = Made::new(&Options {
            truth: false,
            ..case.options.clone()
        });
        assert!(without.files("truth").is_empty(), "{}", case.name);
        for root in ["captures", "labels", "transforms", "transform-output"] {
            let same = case.made.files(root) == without.files(root);
            assert!(same, "{} {root}", case.name);
        }
        assert_eq!(case.made.summary, without.summary, "{}", case.name);
    }
}

#[test]
fn truth_holds_its_files_and_no_spool() {
    for case in cases() {
        let names: Vec<&str> = case.made.files("truth").into_keys().collect();
        assert_eq!(
            names,
            [
                "ledger.json",
                "observations.jsonl",
                "rejects.jsonl",
                "unmatched.jsonl"
            ],
            "{}",
            case.name
        );
    }
}

#[test]
fn summary_counts_what_lies_in_the_folder() {
    for Case { name, made, .. } in cases() {
        let (mut files, mut bytes) = (0, 0);
        for root in [
            "captures",
            "labels",
            "transforms",
            "transform-output",
            "transform-input",
            "neighbour",
        ] {
            for content in made.files(root).values() {
                files += 1;
                bytes += content.len() as u64;
            }
        }
        assert_eq!(made.summary.files, files, "{name}");
        assert_eq!(made.summary.bytes, bytes, "{name}");
        assert_eq!(made.summary.rejects, made.rejects().len() as u64, "{name}");
    }
}

#[test]
fn a_folder_that_holds_something_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine.txt"), "keep").unwrap();
    let outcome = generate(folder.path(), &Options::default());
    assert!(matches!(outcome, Err(SynthError::NotEmpty { .. })));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn more_hours_than_records_leave_hours_out() {
    let options = Options {
        records: 3,
        hours: 30,
        variety: true,
        ..Options::default()
    };
    assert_eq!(Made::new(&options).files("captures").len(), 3);
}

#[test]
fn the_configuration_maps_the_folders_that_are_there_and_no_other() {
    for case in cases() {
        let config = &case.made.all()["groundline.toml"];
        let config = String::from_utf8_lossy(config);
        for root in ["transform-output", "transform-input"] {
            let is_there = !case.made.files(root).is_empty();
            let entry = format!("s3://synth-bucket/{root}={root}");
            assert_eq!(config.contains(&entry), is_there, "{} {root}", case.name);
        }
    }
}
