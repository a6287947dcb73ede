//! Names and values of strangers.

use super::{rows, run, section, seen};
use crate::harness::{Scratch, capture, label};

const TIME: &str = "2026-11-01T05:10:00Z";
const NAME: &str = "</title><script>alert(1)</script>/é '%\\\"";

/// Classes that would be markup, a model and an endpoint too; forty rows.
fn hostile() -> Scratch {
    let scratch = Scratch::new();
    let classes = ["</script><img src=x onerror=1>", "b & c", "\u{202e}evil"];
    let (mut captures, mut labels) = (String::new(), String::new());
    for row in 0..40_usize {
        let id = format!("<b>{row}");
        let output = serde_json::json!({"label": classes[row % 3]}).to_string();
        let line = capture(&id, None, TIME, &output);
        let line = line.replacen(
            "\"encoding\":\"CSV\"}},\"eventMetadata\"",
            "\"encoding\":\"JSON\"}},\"eventMetadata\"",
            1,
        );
        captures += &line;
        labels += &label(&id, classes[row * 7 % 2 + usize::from(row % 5 == 0)]);
    }
    labels += &label("<i>nobody</i>", "x");
    let model = serde_json::Value::from(NAME).to_string();
    scratch
        .write("cap/<shop>/v&w/2026/11/01/05/a.jsonl", captures)
        .write("gt/2026/11/01/05/a.jsonl", labels)
        .write(
            "groundline.toml",
            format!(
                "[[model]]\nname = {model}\ncaptures = \"cap\"\nlabels = \"gt\"\n\
                 problem_type = \"MulticlassClassification\"\ninference_attribute = \"label\"\n[output]\nuri = \"out\"\n"
            ),
        );
    run(&scratch, "merge --all").expect_status(0);
    scratch
}

#[test]
fn names_and_classes_stay_text() {
    let scratch = hostile();
    run(&scratch, "report --by label --by endpoint -o page.html").expect_status(0);
    let page = std::fs::read_to_string(scratch.path("page.html")).unwrap();
    for markup in [
        "<script",
        "<img",
        "<i>",
        "<b>",
        "onerror=1 ",
        "http:",
        "https:",
    ] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(seen(&page).contains("alert(1)"));
    let records = section(&page, "records");
    let unknown = rows(records)
        .into_iter()
        .find(|row| row[0] == "unknown id")
        .unwrap();
    assert!(unknown[2].contains("<i>nobody</i>"), "{unknown:?}");
    // All forty are there: the name finds its hours, its ledger and its delays.
    assert!(seen(section(&page, "labels")).contains("of 40 predictions"));
    assert!(seen(section(&page, "labels")).contains("0 h to 1 h"));
    let read = rows(records)
        .into_iter()
        .find(|row| row[0] == "read")
        .unwrap();
    assert_eq!(read[2], "40");
    let markdown = run(&scratch, "report --format markdown")
        .expect_status(0)
        .stdout;
    assert!(!markdown.contains("<script"), "{markdown}");
}

#[test]
fn a_model_named_like_a_path_is_found_by_its_name() {
    let scratch = hostile();
    let args = [
        "report",
        "--in",
        "out",
        "--model",
        NAME,
        "--problem-type",
        "MulticlassClassification",
    ];
    scratch.run(&args).expect_status(0);
    assert!(scratch.path("report.html").is_file());
}
