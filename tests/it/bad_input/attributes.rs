//! Attributes that have no value.

use super::{CAPTURES, LABELS, assert_says, column, good, inputs, merge};

/// A capture with a JSON output.
fn json_output(output: &str) -> String {
    let output = serde_json::Value::from(output);
    format!(
        r#"{{"captureData":{{"endpointOutput":{{"data":{output},"encoding":"JSON"}}}},"eventMetadata":{{"eventId":"e1"}}}}"#
    )
}

/// What to do when an attribute is absent, beside what the message offers.
const HINT: &str = "\nhint: give an attribute that is there; where payloads changed shape, [[model.mapping]] gives the hours \
    from then on one of their own\n";

#[test]
fn an_attribute_that_no_record_has_names_what_is_there_and_the_ways_out() {
    for (capture, settings, message) in [
        (
            json_output(r#"{"prob":0.4,"class":"1"}"#),
            &[("probability-attribute", "score")][..],
            "--probability-attribute `score` has no value in any of 1 outputs; --max-absent 1 would accept them; they have: class, prob",
        ),
        (
            json_output(r#"{"predictions":[{"prob":0.4}]}"#),
            &[("probability-attribute", "predictions[0].score")],
            "--probability-attribute `predictions[0].score` has no value in any of 1 outputs; --max-absent 1 would accept them; they have: prob",
        ),
        (
            json_output(r#"{"prob":0.4,"class":"1"}"#),
            &[
                ("inference-attribute", "label"),
                ("probability-attribute", "prob"),
            ],
            "--inference-attribute `label` has no value in any of 1 outputs; --max-absent 1 would accept them; they have: class, prob",
        ),
        (
            json_output(r#"{"prob":"high"}"#),
            &[("probability-attribute", "prob")],
            "--probability-attribute `prob` is a number in none of 1 outputs; the first value is `high`; --max-absent 1 would accept them; they have: prob",
        ),
        (
            good("e1"),
            &[("probability-attribute", "7")],
            "--probability-attribute `7` has no value in any of 1 outputs; --max-absent 1 would accept them; they have: 0",
        ),
    ] {
        let scratch = inputs();
        scratch.write(CAPTURES, capture);
        for plan in ["fast", "spilled", "reference"] {
            let run = merge(&scratch, &[settings, &[("plan", plan)]].concat()).expect_status(1);
            let hour = format!("hour 2026-11-01T05 of ep/v was not written: {message}");
            assert_says(&run.stderr, &[&hour, HINT]);
            assert!(!scratch.path("out/merged").exists());
        }
        // What the message offers is true.
        merge(&scratch, &[settings, &[("max-absent", "1")]].concat()).expect_status(0);
    }
}

#[test]
fn an_attribute_that_is_absent_in_some_outputs_is_an_error_beyond_max_absent() {
    let scratch = inputs();
    let without = json_output(r#"{"error":"timeout"}"#).replace("e1", "e2");
    scratch.write(
        CAPTURES,
        format!("{without}\n{}", json_output(r#"{"prob":0.4}"#)),
    );
    let prob = ("probability-attribute", "prob");
    for plan in ["fast", "spilled", "reference"] {
        let run = merge(&scratch, &[prob, ("plan", plan)]).expect_status(1);
        let why = "--probability-attribute `prob` has no value in 1 of 2 outputs; --max-absent 1 would accept them";
        assert_says(&run.stderr, &[why, "; they have: error, prob", HINT]);
    }
    // Quiet or not, as every error tells what to do.
    let run = merge(&scratch, &[prob, ("quiet", "")]).expect_status(1);
    assert_says(&run.stderr, &[HINT]);
    for accepted in ["1", "50%"] {
        merge(&scratch, &[prob, ("max-absent", accepted)]).expect_status(0);
        assert_eq!(
            column(&scratch.rows("out/merged"), "probability"),
            ["null", "0.4"]
        );
    }
}

#[test]
fn a_ground_truth_attribute_that_no_label_has_names_what_is_there() {
    let scratch = inputs();
    scratch.write(
        LABELS,
        r#"{"groundTruthData":{"data":"{\"churned\":1}","encoding":"JSON"},"eventMetadata":{"eventId":"e1"}}"#,
    );
    let run = merge(&scratch, &[("ground-truth-attribute", "label")]);
    assert_says(
        &run.stderr,
        &["--ground-truth-attribute `label`", "churned"],
    );
}
