//! Batch transforms and their manifests.

use super::{assert_nothing_written, assert_says, inputs, merge};
use crate::harness::Scratch;

const TRANSFORMS: [(&str, &str); 2] = [("captures", "-"), ("transforms", "tr")];

#[test]
fn a_transform_without_ids_says_so_once_for_a_file() {
    for (name, text, why) in [
        (
            "a.csv.out",
            "0.9\n0.8\n0.7\n",
            "fewer than two fields, expected SageMaker's id and time as the last two",
        ),
        (
            "a.csv.out",
            "1,2,0.9\n1,2,0.8\n3,4,0.7\n",
            "the last field is no time, expected SageMaker's id and time as the last two",
        ),
        (
            "a.jsonl.out",
            "{\"score\":0.9}\n{\"score\":0.8}\n{\"score\":0.7}\n",
            "SageMakerInferenceId is missing or empty",
        ),
    ] {
        let scratch = inputs();
        scratch.write(&format!("tr/2026/11/01/05/{name}"), text);
        let run = merge(&scratch, &TRANSFORMS).expect_status(1);
        assert_says(
            &run.stderr,
            &[
                &format!("2026/11/01/05/{name}:1: no_inference_id: {why}"),
                "3 prediction records rejected: no_inference_id",
                "hint: run the transform with GenerateInferenceId",
                "hour 2026-11-01T05 of _batch/_batch was not written: 3 of 3 records rejected",
            ],
        );
        for line in 2..=3 {
            assert!(
                !run.stderr.contains(&format!("{name}:{line}:")),
                "{}",
                run.stderr
            );
        }
        assert_eq!(run.stderr.matches("hint: run the transform").count(), 1);
        assert!(!scratch.path("out/merged").exists());
    }
}

#[test]
fn an_output_that_nothing_places_in_time_asks_for_the_hour() {
    let scratch = inputs();
    scratch.write("tr/a.csv.out", "0.9,e1,yesterday\n");
    let run = merge(&scratch, &TRANSFORMS).expect_status(1);
    assert_says(
        &run.stderr,
        &[
            "error: nothing says which hour `a.csv.out` belongs to",
            "hint: give the hour with --transform-hour yyyy-mm-ddThh",
        ],
    );
    assert_nothing_written(&scratch);
}

/// A manifest in `tr`, its outputs in `local`, and a file that it must not reach.
fn manifest(text: &str) -> Scratch {
    let scratch = inputs();
    scratch
        .write("tr/output/2026/11/01/05/m.json", text)
        .write("local/a.csv.out", "0.9,e1,2026-11-01T05:00:00Z\n")
        .write("secret.csv.out", "0.9,secret-id,2026-11-01T05:00:00Z\n");
    scratch
}

const MAPPED: [(&str, &str); 3] = [TRANSFORMS[0], TRANSFORMS[1], ("map", "s3://b/out=local")];

#[test]
fn a_manifest_cannot_name_anything_outside_the_mapped_roots() {
    for (text, uri) in [
        (
            r#"[{"prefix":"s3://b/out/"},"../secret.csv.out"]"#,
            "s3://b/out/../secret.csv.out",
        ),
        (
            r#"[{"prefix":"s3://b/out/"},"x/../../secret.csv.out"]"#,
            "s3://b/out/x/../../secret.csv.out",
        ),
        (
            r#"[{"prefix":"s3://b/out/"},"/secret.csv.out"]"#,
            "s3://b/out//secret.csv.out",
        ),
        (
            r#"[{"prefix":"s3://b/"},"secret.csv.out"]"#,
            "s3://b/secret.csv.out",
        ),
        (
            r#"[{"prefix":"s3://other/out/"},"a.csv.out"]"#,
            "s3://other/out/a.csv.out",
        ),
        (
            r#"[{"prefix":"s3://b/outer/"},"a.csv.out"]"#,
            "s3://b/outer/a.csv.out",
        ),
        (
            r#"[{"prefix":"file:///etc/"},"hostname"]"#,
            "file:///etc/hostname",
        ),
    ] {
        let scratch = manifest(text);
        let run = merge(&scratch, &MAPPED).expect_status(2);
        assert_says(
            &run.stderr,
            &[
                &format!("`{uri}` lies outside the mapped roots (s3://b/out)"),
                "add `--map ",
            ],
        );
        assert_nothing_written(&scratch);
    }
}

#[test]
fn a_manifest_without_map_names_the_map_to_give() {
    let scratch = manifest(r#"[{"prefix":"s3://b/out/"},"a.csv.out"]"#);
    let run = merge(&scratch, &TRANSFORMS).expect_status(2);
    assert_says(
        &run.stderr,
        &["add `--map s3://b/out=LOCAL` if it should be read"],
    );
    merge(&scratch, &MAPPED).expect_status(0);
}

#[test]
fn a_manifest_that_names_what_is_not_there_says_where_it_looked() {
    let scratch = manifest(r#"[{"prefix":"s3://b/out/"},"b.csv.out"]"#);
    let run = merge(&scratch, &MAPPED).expect_status(1);
    assert_says(
        &run.stderr,
        &[
            "manifest `output/2026/11/01/05/m.json` names `s3://b/out/b.csv.out`",
            "there is no `local/b.csv.out`",
            "hint: check the LOCAL part of --map, or copy the file",
        ],
    );
}

#[test]
fn a_manifest_that_is_none_says_what_one_is() {
    for (text, why) in [
        ("{\"prefix\":", "the manifest is not a list at byte 0"),
        (
            "[\"a.csv.out\"]",
            "the first element is not an object with `prefix` at byte 1",
        ),
        (
            "[{\"prefix\":\"s3://b/out/\"},5]",
            "a key is not a string at byte 26",
        ),
    ] {
        let scratch = manifest(text);
        let run = merge(&scratch, &MAPPED).expect_status(1);
        assert_says(
            &run.stderr,
            &["manifest `output/2026/11/01/05/m.json`", why],
        );
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_of_a_mapped_folder_is_refused() {
    let scratch = manifest(r#"[{"prefix":"s3://b/out/"},"l.csv.out"]"#);
    std::os::unix::fs::symlink("../secret.csv.out", scratch.path("local/l.csv.out")).unwrap();
    let run = merge(&scratch, &MAPPED).expect_status(1);
    assert_says(
        &run.stderr,
        &["l.csv.out", "lies outside the declared root"],
    );
    assert!(!run.stderr.contains("secret-id"));
    assert_nothing_written(&scratch);
}
