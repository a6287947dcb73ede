//! Keys and values that no configuration has.

use super::{assert_says, refusal};
use crate::harness::Scratch;

#[test]
fn an_unknown_key_is_told_with_its_line_and_the_nearest() {
    for (text, parts) in [
        (
            "[[model]]\nname = \"a\"\nlables = \"x\"\n",
            &["error: unknown key `lables` in [[model]] at conf/g.toml:3; did you mean `labels`?"]
                [..],
        ),
        (
            "[[model]]\nprobability_atribute = 0\n",
            &[
                "`probability_atribute` in [[model]] at conf/g.toml:2; did you mean `probability_attribute`?",
            ],
        ),
        (
            "[run]\n\nthread = 2\n",
            &["unknown key `thread` in [run] at conf/g.toml:3; did you mean `threads`?"],
        ),
        (
            "[output]\nurl = \"x\"\n",
            &["unknown key `url` in [output] at conf/g.toml:2; did you mean `uri`?"],
        ),
        (
            "[run]\nwhatever = 1\n",
            &[
                "unknown key `whatever` in [run] at conf/g.toml:2",
                "hint: the keys of [run] are from, to, last, all",
            ],
        ),
        (
            "[run]\njoin = \"inner\"\n",
            &["unknown key `join` in [run] at conf/g.toml:2; it belongs in [[model]]"],
        ),
        (
            "threads = 2\n",
            &["unknown key `threads` at conf/g.toml:1; it belongs in [run]"],
        ),
        (
            "[outputs]\nuri = \"x\"\n",
            &[
                "unknown key `outputs` at conf/g.toml:1; did you mean `output`?",
                "hint: a configuration has [[model]] and [[schedule]] entries, [output], [run], [storage] and [publish]",
            ],
        ),
        (
            "[model]\nname = \"a\"\n",
            &["`model` at conf/g.toml:1: expected a section [[model]], found a table"],
        ),
    ] {
        assert_says(&refusal(text), parts);
    }
}

#[test]
fn a_value_that_is_no_choice_is_told_with_its_line() {
    assert_says(
        &refusal(
            "[[model]]\ncaptures = \"c\"\nlabels = \"l\"\n[output]\nuri = \"o\"\n[run]\nall = true\n[storage]\nsse = \"des\"\n",
        ),
        &["`des`", "AES256", "conf/g.toml:9"],
    );
}

#[test]
fn a_value_of_the_wrong_type_or_meaning_is_told_with_its_line() {
    const PLAIN: &str =
        "[[model]]\ncaptures = \"c\"\nlabels = \"l\"\n[output]\nuri = \"o\"\n[run]\nall = true\n";
    for (text, message) in [
        (
            "[run]\nthreads = \"two\"\n".to_owned(),
            "`threads` at conf/g.toml:2: expected a whole number, found a text",
        ),
        (
            "[[model]]\nprobability_threshold = \"0.5\"\n".to_owned(),
            "`probability_threshold` at conf/g.toml:2: expected a number, found a text",
        ),
        (
            "[[model]]\nendpoints = \"a\"\n".to_owned(),
            "`endpoints` at conf/g.toml:2: expected a list of texts like [\"a\", \"b\"], found a text",
        ),
        (
            "[run]\nall = 1\n".to_owned(),
            "`all` at conf/g.toml:2: expected true or false, found a whole number",
        ),
        (
            PLAIN.replace("labels", "join = \"outer\"\nlabels"),
            "`join` at conf/g.toml:3: `outer` is not one of left, inner",
        ),
        (
            PLAIN.replace("labels", "probability_threshold = 1.5\nlabels"),
            "`probability_threshold` at conf/g.toml:3: `1.5` is not a number from 0 to 1",
        ),
        (
            PLAIN.replace("labels", "label_lead = \"soon\"\nlabels"),
            "`label_lead` at conf/g.toml:3: ",
        ),
        (
            PLAIN.replace("uri", "columns = [\"key\", \"probabilty\"]\nuri"),
            "`columns` at conf/g.toml:5: `probabilty` is no column; did you mean `probability`?",
        ),
        ("[[model]\n".to_owned(), "conf/g.toml:1: "),
        (
            "[run]\nthreads = 1\nthreads = 2\n".to_owned(),
            "conf/g.toml:3: ",
        ),
        (
            "[[model]]\nname = \"a\"\n[[model]]\nname = \"a\"\n".to_owned(),
            "two models have the name `a`: `name` at conf/g.toml:2 and `name` at conf/g.toml:4",
        ),
        (
            "[[model]]\nname = \"a\"\n[[model]]\n".to_owned(),
            "the [[model]] at conf/g.toml:3 has no `name`; several models need one each",
        ),
    ] {
        assert_says(&refusal(&text), &[message]);
    }
}

#[test]
fn a_configuration_that_cannot_be_read_is_named() {
    let scratch = Scratch::new();
    let run = scratch
        .run(&["merge", "--config", "nowhere.toml"])
        .expect_status(2);
    assert_says(
        &run.stderr,
        &[
            "error: cannot read the configuration `nowhere.toml`",
            "caused by: ",
        ],
    );
    scratch.write("bytes.toml", b"name = \"\xff\"\n");
    let run = scratch
        .run(&["merge", "--config", "bytes.toml"])
        .expect_status(2);
    assert_says(
        &run.stderr,
        &["the configuration `bytes.toml` is not valid UTF-8"],
    );
}

#[test]
fn a_variable_that_is_wrong_is_named_and_a_misspelt_one_is_warned_about() {
    let scratch = Scratch::new();
    let merge = [
        "merge",
        "--captures",
        "c",
        "--labels",
        "l",
        "--out",
        "o",
        "--all",
    ];
    for (name, value, message) in [
        (
            "GROUNDLINE_PROBABILITY_THRESHOLD",
            "2",
            "GROUNDLINE_PROBABILITY_THRESHOLD: `2` is not a number from 0 to 1",
        ),
        (
            "GROUNDLINE_JOIN",
            "outer",
            "GROUNDLINE_JOIN: `outer` is not one of left, inner",
        ),
        (
            "GROUNDLINE_THREADS",
            "many",
            "GROUNDLINE_THREADS: `many` is not a whole number",
        ),
        (
            "GROUNDLINE_NO_REJECT_BYTES",
            "maybe",
            "GROUNDLINE_NO_REJECT_BYTES: `maybe` is neither `true` nor `false`",
        ),
        (
            "GROUNDLINE_COLUMNS",
            "key,hours",
            "GROUNDLINE_COLUMNS: `hours` is no column; did you mean `hour`?",
        ),
    ] {
        let run = scratch.run_with(&merge, &[(name, value)]).expect_status(2);
        assert_says(&run.stderr, &[&format!("error: {message}")]);
    }
    let run = scratch
        .run_with(&["config", "show"], &[("GROUNDLINE_LABLES", "x")])
        .expect_status(0);
    assert_says(
        &run.stderr,
        &["warning: the variable GROUNDLINE_LABLES sets nothing; did you mean GROUNDLINE_LABELS?"],
    );
}

#[test]
fn a_mapping_of_labels_says_why_there_is_none_and_what_to_do() {
    let said = refusal(
        "[[model]]\nground_truth_attribute = \"label\"\n[[model.mapping]]\nfrom = \"2026-05-01T00\"\n\
         ground_truth_attribute = \"churned\"\n",
    );
    assert_says(
        &said,
        &[
            "error: `ground_truth_attribute` at conf/g.toml:5 cannot change with the hour: labels are read the same way \
             throughout, because a label belongs to no hour of predictions\n",
            "hint: where labels changed shape, make two models, each with the label folders of its own, or give them one \
             shape with [model.labels] sql\n",
        ],
    );
}
