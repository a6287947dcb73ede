//! `[[schedule]]` entries, right and wrong, and the windows that follow from them.

use crate::harness::Scratch;

fn config(schedule: &str) -> Scratch {
    let scratch = Scratch::new();
    let model = "[[model]]\nname = \"churn\"\ncaptures = \"captures\"\nlabels = \"labels\"\n[output]\nuri = \"out\"\n";
    scratch.write(
        "groundline.toml",
        format!("{model}\n[[schedule]]\n{schedule}"),
    );
    scratch
}

/// The documented example (formats.md 9.3).
#[test]
fn the_run_of_january_ninth_covers_the_documented_hours() {
    let scratch = config(
        "name = \"weekly\"\nexpression = \"cron(0 * ? * * *)\"\nstart_offset = \"-P8D\"\nend_offset = \"-P1D\"\n",
    );
    let args = [
        "schedule",
        "run-once",
        "weekly",
        "--at",
        "2020-01-09T13:00:00Z",
        "--dry-run",
    ];
    let run = scratch.run(&args).expect_status(0);
    assert_eq!(
        run.stdout,
        "weekly@2020-01-09T13: hours 2020-01-01T13 to 2020-01-08T13, labels as of 2020-01-09T12:59:59.999999Z\n"
    );
}

#[test]
fn next_shows_times_and_hours() {
    let scratch = config("name = \"nightly\"\nexpression = \"cron(0 0/10 ? * * *)\"\n");
    let args = [
        "schedule",
        "next",
        "4",
        "--at",
        "2026-11-01T00",
        "--output",
        "csv",
    ];
    let run = scratch.run(&args).expect_status(0);
    assert_eq!(
        run.stdout,
        "time,schedule,from,to\n\
         2026-11-01T10:00:00Z,nightly,2026-11-01T00,2026-11-01T10\n\
         2026-11-01T20:00:00Z,nightly,2026-11-01T10,2026-11-01T20\n\
         2026-11-02T00:00:00Z,nightly,2026-11-01T20,2026-11-02T00\n\
         2026-11-02T10:00:00Z,nightly,2026-11-02T00,2026-11-02T10\n"
    );
}

#[test]
fn what_is_wrong_in_a_schedule_is_named_with_its_line_and_the_right_spelling() {
    for (schedule, said) in [
        (
            "name = \"a\"\nexpression = \"cron(0 * ? * * *)\"\nstart_offset = \"-PT2D\"\n",
            &["groundline.toml:11", "-P2D"][..],
        ),
        (
            "name = \"a\"\nexpression = \"cron(0 * * * *)\"\n",
            &["groundline.toml:10", "cron(0 * ? * * *)"],
        ),
        (
            "name = \"a\"\nexpression = \"cron(0 * ? * * *)\"\nstart_offset = \"-P1D\"\nend_offset = \"-P2D\"\n",
            &["groundline.toml:11", "-P2D"],
        ),
        (
            "name = \"a\"\nexpression = \"0/15 * * * *\"\n",
            &["groundline.toml:10", "hour"],
        ),
        ("name = \"a\"\n", &["groundline.toml:8", "expression"]),
        (
            "name = \"a\"\nexpression = \"NOW\"\n",
            &["groundline.toml:10", "NOW"],
        ),
        (
            "name = \"a\"\nexpression = \"@daily\"\ncatch_up = \"al\"\n",
            &["groundline.toml:11", "did you mean `all`?"],
        ),
    ] {
        let run = config(schedule).run(&["schedule", "list"]).expect_status(2);
        for part in said {
            assert!(run.stderr.contains(part), "{part} in\n{}", run.stderr);
        }
    }
}

#[test]
fn a_schedule_of_several_models_says_which() {
    let scratch = Scratch::new();
    scratch.write(
        "groundline.toml",
        "[[model]]\nname = \"a\"\ncaptures = \"c\"\nlabels = \"l\"\n[[model]]\nname = \"b\"\ncaptures = \"c\"\n\
         labels = \"l\"\n[output]\nuri = \"out\"\n[[schedule]]\nname = \"s\"\nexpression = \"@hourly\"\n",
    );
    let run = scratch.run(&["schedule", "run-once", "s"]).expect_status(2);
    assert!(run.stderr.contains("which model"), "{}", run.stderr);
    let run = scratch.run(&["schedule", "run-once", "z"]).expect_status(2);
    assert!(
        run.stderr.contains("there is no schedule `z`"),
        "{}",
        run.stderr
    );
}

#[test]
fn without_schedules_it_says_where_they_belong() {
    let scratch = Scratch::new();
    let run = scratch.run(&["schedule", "list"]).expect_status(2);
    assert!(run.stderr.contains("no schedule"), "{}", run.stderr);
}
