//! Which models, endpoints and variants a run selects.

use super::assert_says;
use crate::harness::{Scratch, capture, label};

#[test]
fn predictions_of_a_higher_layer_replace_those_of_the_file() {
    let config = "--config groundline.toml --model nightly";
    assert_eq!(selected(config), "nightly:t1");
    let captures = format!("{config} --captures cap/fraud");
    assert_eq!(selected(&captures), "nightly:fraud.v1");
}

/// Three models over two endpoints with two variants, and a transform.
fn models() -> Scratch {
    let scratch = Scratch::new();
    for (endpoint, variant) in [
        ("churn-a", "v1"),
        ("churn-a", "v2"),
        ("churn-b", "v1"),
        ("fraud", "v1"),
    ] {
        let id = format!("{endpoint}.{variant}");
        scratch.write(
            &format!("cap/{endpoint}/{variant}/2026/11/01/05/a.jsonl"),
            capture(&id, None, "2026-11-01T05:10:00Z", "0.9"),
        );
    }
    scratch
        .write(
            "tr/2026/11/01/05/a.csv.out",
            "0.9,t1,2026-11-01T05:00:00Z\n",
        )
        .write("gt/2026/11/01/05/l.jsonl", label("t1", "1"))
        .write(
            "groundline.toml",
            r#"
[[model]]
name = "churn"
captures = "cap"
endpoints = ["churn-*"]
labels = "gt"

[[model]]
name = "fraud"
captures = "cap"
endpoints = ["fraud"]
labels = "gt"

[[model]]
name = "nightly"
transforms = "tr"
labels = "gt"

[output]
uri = "out"

[run]
all = true
as_of = "2026-11-02T00"
"#,
        );
    scratch
}

/// `model:key` of the observations that a run with these flags writes.
fn selected(flags: &str) -> String {
    let scratch = models();
    let all: Vec<&str> = std::iter::once("merge")
        .chain(flags.split_whitespace())
        .collect();
    scratch.run(&all).expect_status(0);
    let rows = scratch.rows("out/merged");
    let told: Vec<String> = rows
        .iter()
        .map(|row| {
            let text = |name: &str| row.get(name).cloned().flatten().unwrap_or_default();
            format!("{}:{}", text("model"), text("key"))
        })
        .collect();
    told.join(" ")
}

#[test]
fn globs_select_models_endpoints_and_variants() {
    let churn = "churn:churn-a.v1 churn:churn-a.v2 churn:churn-b.v1";
    assert_eq!(selected(""), format!("{churn} fraud:fraud.v1 nightly:t1"));
    assert_eq!(selected("--model churn"), churn);
    assert_eq!(selected("--model *u*"), format!("{churn} fraud:fraud.v1"));
    assert_eq!(selected("--model ?raud"), "fraud:fraud.v1");
    assert_eq!(selected("--endpoint *-b"), "churn:churn-b.v1");
    assert_eq!(
        selected("--endpoint fraud --endpoint churn-b"),
        "churn:churn-b.v1 fraud:fraud.v1"
    );
    assert_eq!(selected("--endpoint _batch"), "nightly:t1");
    assert_eq!(
        selected("--model churn --endpoint churn-a --variant v2"),
        "churn:churn-a.v2"
    );
}

#[test]
fn an_endpoint_of_one_model_leaves_out_the_others() {
    let scratch = Scratch::new();
    let time = "2026-11-01T05:10:00Z";
    scratch
        .write("a/one/v/2026/11/01/05/a.jsonl", capture("e1", None, time, "0.9"))
        .write("b/two/v/2026/11/01/05/a.jsonl", capture("e2", None, time, "0.9"))
        .write("gt/2026/11/01/05/l.jsonl", label("e2", "1"))
        .write(
            "groundline.toml",
            "[[model]]\nname = \"a\"\ncaptures = \"a\"\nlabels = \"gt\"\n[[model]]\nname = \"b\"\ncaptures = \"b\"\nlabels = \"gt\"\n[output]\nuri = \"out\"\n[run]\nall = true\nas_of = \"2026-11-02T00\"\n",
        );
    scratch
        .run(&["merge", "--endpoint", "two"])
        .expect_status(0);
    assert_eq!(scratch.rows("out/merged").len(), 1);
}

#[test]
fn a_glob_that_selects_nothing_says_what_there_is() {
    let scratch = models();
    for (flags, parts) in [
        (
            &["--model", "chrun"][..],
            &[
                "error: no model matches --model `chrun`",
                "hint: the configuration has churn, fraud, nightly",
            ][..],
        ),
        (
            &["--model", "fraud", "--endpoint", "churn-*"],
            &["error: no model matches --model `fraud` and --endpoint `churn-*`"],
        ),
        (
            &["--model", "churn", "--endpoint", "churn-z"],
            &["no endpoint matches `churn-z`; there are: churn-a, churn-b, fraud"],
        ),
        (
            &["--model", "churn", "--variant", "v9"],
            &["no variant matches `v9`; there are: v1, v2"],
        ),
        (
            &["--endpoint", "[a]"],
            &["error: --endpoint: `[a]` holds `[`; a glob has `*` for any text and `?`"],
        ),
    ] {
        let run = scratch.run(&[&["merge"], flags].concat()).expect_status(2);
        assert_says(&run.stderr, parts);
    }
    assert!(!scratch.path("out").exists());
}
