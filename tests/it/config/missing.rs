//! Settings that are missing or contradict each other.

use super::{assert_says, refusal};
use crate::harness::{Scratch, files};

#[test]
fn what_is_missing_or_contradicts_is_named_before_a_file_is_opened() {
    let scratch = Scratch::new();
    for (arguments, parts) in [
        (
            "--labels l --out o --all",
            &[
                "error: no predictions are given",
                "hint: say where they are with --captures DIR",
                "--transforms DIR",
            ][..],
        ),
        (
            "--captures c --out o --all",
            &[
                "error: no labels are given",
                "hint: say where the ground truth is with --labels DIR",
            ],
        ),
        (
            "--captures c --labels l --all",
            &["error: no output is given", "hint: ", "--out DIR"],
        ),
        (
            "--captures c --labels l --out o",
            &[
                "error: no window is given",
                "--from 2026-11-01T00 --to 2026-11-02T00, or --all",
            ],
        ),
        (
            "--captures c --labels l --out o --from 2026-11-01T00",
            &["error: --from is given without --to", "hint: "],
        ),
        (
            "--captures c --labels l --out o --all --from 2026-11-01T00 --to 2026-11-01T02",
            &["error: both --all and --from, --to are given"],
        ),
        (
            "--captures c --transforms t --labels l --out o --all",
            &[
                "error: both captures and transforms are given: --captures and --transforms",
                "hint: a model has one kind",
            ],
        ),
        (
            "--captures c --labels l --out o --all --problem-type Regression",
            &[
                "error: Regression needs --inference-attribute",
                "hint: an attribute is a CSV column index such as 0 or -1",
            ],
        ),
        (
            "--captures c --labels l --out o --all --problem-type MulticlassClassification --probability-attribute 0",
            &["error: MulticlassClassification needs --inference-attribute"],
        ),
        (
            "--captures c --labels l --out o --all --problem-type BinaryClassification",
            &["error: BinaryClassification needs --probability-attribute or --inference-attribute"],
        ),
        (
            "--captures c --labels l --out o --all --columns key,probabilty",
            &[
                "error: --columns: `probabilty` is no column; did you mean `probability`?",
                "There are: key, event_id",
            ],
        ),
        (
            "--captures c --labels l --out o --all --columns key,zzzzz",
            &["error: --columns: `zzzzz` is no column; there are: key, event_id"],
        ),
        (
            "--captures c --labels l --out o --all --columns key,key",
            &["error: --columns: the column `key` stands twice"],
        ),
        (
            "--captures c --labels l --out o --all --probability-attribute a[",
            &["error: --probability-attribute: "],
        ),
        (
            "--captures c --lables l",
            &["unexpected argument '--lables'", "'--labels'"],
        ),
    ] {
        let all: Vec<&str> = std::iter::once("merge")
            .chain(arguments.split(' '))
            .collect();
        let run = scratch.run(&all).expect_status(2);
        assert_says(&run.stderr, parts);
    }
    assert_eq!(files(&scratch.path("")).len(), 0);
}

#[test]
fn both_kinds_of_predictions_in_one_model_name_both_lines() {
    assert_says(
        &refusal(
            "[[model]]\nname = \"a\"\ncaptures = \"c\"\ntransforms = \"t\"\nlabels = \"l\"\n[output]\nuri = \"o\"\n[run]\nall = true\n",
        ),
        &[
            "both captures and transforms are given: `captures` at conf/g.toml:3 and `transforms` at conf/g.toml:4",
        ],
    );
}
