//! Where a schedule ran, the page shows what its executions said.

use std::fs;

use serde_json::Value;

use super::{assert_prints, corpus, page, row, rows, run, section};
use crate::harness::Scratch;

/// Half a day of an hourly schedule, labels coming in on the way. `hours` are those that the configuration leaves.
fn scheduled() -> Scratch {
    let scratch = corpus();
    run(
        &scratch,
        "merge --config d/groundline.toml --out base/out --all",
    )
    .expect_status(0);
    run(&scratch, "baseline --in base/out --out d").expect_status(0);
    let mut config = fs::read_to_string(scratch.path("d/groundline.toml")).unwrap();
    config.push_str(
        "\n[[schedule]]\nname = \"hourly\"\nexpression = \"cron(0 * ? * * *)\"\nconstraints = \"constraints.json\"\n\
         restate_step = 0.03\nmin_coverage = 0.8\n",
    );
    scratch.write("d/groundline.toml", config);
    let all = "schedule run --config d/groundline.toml --from 2026-11-01T01 --until 2026-11-01T12 --ok violations";
    run(&scratch, all).expect_status(0);
    scratch
}

fn records(scratch: &Scratch) -> Vec<Value> {
    let listed = run(
        scratch,
        "runs list --config d/groundline.toml --output json",
    );
    let listed = listed.expect_status(0).json();
    listed.as_array().unwrap().clone()
}

#[test]
fn the_page_shows_executions_as_they_are_recorded() {
    let scratch = scheduled();
    let runs = records(&scratch);
    assert_eq!(runs.len(), 12);
    let page = page(&scratch, "--config d/groundline.toml");
    let coverage = rows(section(&page, "labels"));
    let mut restated = 0;
    for (hour, run) in runs.iter().enumerate() {
        let begins = format!("1 Nov 2026 {hour:02}:00 to ");
        let row = coverage
            .iter()
            .find(|row| row[0].starts_with(&begins))
            .unwrap();
        let figures = run["figures"].as_array().unwrap();
        let figure = figures
            .iter()
            .find(|f| f["metric"] == "label_coverage")
            .unwrap();
        assert_prints(&row[1], figure["value"].as_f64().unwrap());
        let told = row.last().unwrap();
        assert_eq!(
            told.contains("provisional"),
            run["provisional"] == true,
            "{row:?}"
        );
        assert_eq!(
            told.contains("restated"),
            run["restatements"].as_u64().unwrap() > 0,
            "{row:?}"
        );
        restated += usize::from(told.contains("restated from"));
    }
    assert!(restated > 0);
    // The verdict is that of the last one, with its constraints.
    let last = runs.last().unwrap();
    for check in last["checks"].as_array().unwrap() {
        let names = [("accuracy", "Accuracy"), ("auc", "AUC")];
        if let Some((_, shown)) = names.iter().find(|(name, _)| check["metric"] == *name) {
            let row = row(section(&page, "constraints"), shown);
            assert_eq!(
                row[1].contains("violated"),
                check["violated"] == true,
                "{row:?}"
            );
        }
    }
    assert!(page.contains("Checked in the window 1 Nov 2026 11:00 to "));
    assert!(page.contains("the target is 80 %"));
}

#[test]
fn pieces_are_measured_anew_only_when_asked() {
    let scratch = scheduled();
    let by_runs = page(&scratch, "--config d/groundline.toml");
    let by_hours = page(&scratch, "--config d/groundline.toml --every hour");
    assert!(section(&by_runs, "labels").contains("restated"));
    assert!(!section(&by_hours, "labels").contains("restated"));
    // Executions stay listed.
    assert_eq!(
        rows(section(&by_hours, "runs")).len(),
        rows(section(&by_runs, "runs")).len()
    );
}

#[test]
fn hours_that_are_gone_leave_what_executions_said() {
    let scratch = scheduled();
    let before = page(&scratch, "--config d/groundline.toml");
    fs::remove_dir_all(scratch.path("d/merged/merged")).unwrap();
    let page = page(&scratch, "--config d/groundline.toml");
    assert!(page.contains("The hour files of the period are gone"));
    assert_eq!(
        rows(section(&page, "constraints")),
        rows(section(&before, "constraints"))
    );
    assert_eq!(rows(section(&page, "runs")), rows(section(&before, "runs")));
}

#[test]
fn the_schedule_with_most_executions_is_shown_unless_another_is_named() {
    let scratch = scheduled();
    let config = fs::read_to_string(scratch.path("d/groundline.toml")).unwrap();
    let more = "\n[[schedule]]\nname = \"quarterly\"\nexpression = \"cron(0 0/6 ? * * *)\"\nstart_offset = \"-PT6H\"\n\
                end_offset = \"-PT0H\"\n";
    scratch.write("d/groundline.toml", format!("{config}{more}"));
    let args = "schedule run quarterly --config d/groundline.toml --from 2026-11-01T06 --until 2026-11-01T12";
    run(&scratch, args).expect_status(0);
    let told = run(&scratch, "report --config d/groundline.toml -o page.html").expect_status(0);
    assert!(told.stderr.contains("`hourly`"), "{}", told.stderr);
    assert!(told.stderr.contains("quarterly (2)"), "{}", told.stderr);
    let page = page(&scratch, "--config d/groundline.toml --schedule quarterly");
    assert_eq!(rows(section(&page, "runs")).len(), 3);
    assert!(page.contains("6-hour windows"));
}

#[test]
fn an_hour_that_was_not_written_is_told() {
    let scratch = corpus();
    let config = fs::read_to_string(scratch.path("d/groundline.toml")).unwrap();
    let more = "\n[[schedule]]\nname = \"hourly\"\nexpression = \"cron(0 * ? * * *)\"\n";
    scratch.write("d/groundline.toml", format!("{config}{more}"));
    let broken = "d/captures/endpoint-0/AllTraffic/2026/11/01/01/99-99-999-broken.jsonl";
    scratch.write(broken, "this is no capture\n");
    run(
        &scratch,
        "schedule run --config d/groundline.toml --from 2026-11-01T01 --until 2026-11-01T04",
    );
    let page = page(&scratch, "--config d/groundline.toml");
    let row = row(section(&page, "records"), "1 Nov 2026 01:00");
    assert_eq!(row[1], "endpoint-0/AllTraffic");
    assert!(row[2].contains("--max-rejects"), "{row:?}");
}
