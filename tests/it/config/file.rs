//! Which file is read, and where its paths begin.

use serde_json::json;

use super::shown;
use crate::harness::{Scratch, capture, label};

#[test]
fn groundline_config_names_the_file_and_a_flag_names_another() {
    let scratch = Scratch::new();
    for name in ["here", "there"] {
        scratch.write(
            &format!("{name}.toml"),
            format!("[[model]]\nname = \"{name}\"\n"),
        );
    }
    let model = |arguments: &[&str]| {
        let all = [&["config", "show", "--output", "json"], arguments].concat();
        let run = scratch
            .run_with(&all, &[("GROUNDLINE_CONFIG", "here.toml")])
            .expect_status(0);
        shown(&run).remove("model").unwrap()
    };
    assert_eq!(model(&[]), (json!("here"), "here.toml:2".to_owned()));
    assert_eq!(
        model(&["--config", "there.toml"]),
        (json!("there"), "there.toml:2".to_owned())
    );
}

#[test]
fn groundline_toml_of_the_folder_is_read_unless_flags_say_where_predictions_are() {
    let scratch = Scratch::new();
    scratch.write("groundline.toml", "[[model]]\nname = \"of-file\"\n");
    let model = |arguments: &[&str]| {
        let all = [&["config", "show", "--output", "json"], arguments].concat();
        shown(&scratch.run(&all).expect_status(0))
            .remove("model")
            .unwrap()
            .0
    };
    assert_eq!(model(&[]), "of-file");
    assert_eq!(model(&["--captures", "cap"]), "default");
    assert_eq!(model(&["--transforms", "tr"]), "default");
}

#[test]
fn paths_in_the_file_start_at_its_folder_and_those_of_flags_at_the_working_folder() {
    let scratch = Scratch::new();
    scratch.write(
        "conf/g.toml",
        "[[model]]\ntransforms = \"../tr\"\nlabels = \"/abs/gt\"\nmap = [\"s3://b/p=local\"]\n[output]\nuri = \"s3://b/out\"\n[run]\nsql_dir = \"sql\"\n",
    );
    let all = [
        "config",
        "show",
        "--output",
        "json",
        "--config",
        "conf/g.toml",
    ];
    let found = shown(&scratch.run(&all).expect_status(0));
    let value = |key: &str| found.get(key).unwrap().0.clone();
    assert_eq!(value("transforms"), "conf/../tr");
    assert_eq!(value("labels"), "/abs/gt");
    assert_eq!(value("map"), json!(["s3://b/p=conf/local"]));
    assert_eq!(value("out"), "s3://b/out");
    assert_eq!(value("sql-dir"), "conf/sql");
    let found = shown(
        &scratch
            .run(&[&all[..], &["--labels", "gt"]].concat())
            .expect_status(0),
    );
    assert_eq!(found.get("labels").unwrap().0, "gt");
}

#[test]
fn a_run_from_another_folder_reads_and_writes_beside_the_configuration() {
    let scratch = Scratch::new();
    scratch
        .write("conf/cap/ep/v/2026/11/01/05/a.jsonl", capture("e1", None, "2026-11-01T05:10:00Z", "0.9"))
        .write("conf/gt/2026/11/01/05/l.jsonl", label("e1", "1"))
        .write(
            "conf/g.toml",
            "[[model]]\ncaptures = \"cap\"\nlabels = \"gt\"\n[output]\nuri = \"out\"\n[run]\nall = true\nas_of = 2026-11-02T00:00:00Z\n",
        );
    scratch
        .run(&["merge", "--config", "conf/g.toml"])
        .expect_status(0);
    assert_eq!(scratch.rows("conf/out/merged").len(), 1);
    assert!(!scratch.path("out").exists());
}
