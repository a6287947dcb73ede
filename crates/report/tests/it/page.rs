//! The report page: what it may hold, how large it is, and that it says what it must.

mod data;
mod markup;

use groundline_quality::{Measured, Outcome, ProblemType};
use groundline_report::page::{Period, Report, RunState, Series, SeriesPoint, Span};
use groundline_report::{report_html, report_markdown};
use proptest::prelude::*;

use data::{DAY, HOUR, binary_month, harmful, span, violated_check};
use markup::Page;

const HARM: &str = "</script><img onerror=1 src=x>\u{202e}\u{0}\"' onload=a() https://evil.example url(x) javascript:1";

#[test]
fn hostile_text_stays_text() {
    let html = report_html(&harmful(HARM));
    Page::parse(&html).is_inert();
    assert!(
        html.contains("&lt;/script&gt;&lt;img onerror=1 src=x&gt;\\u{202e}\\u{0}&quot;'"),
        "the name is shown"
    );
    assert!(!html.contains('\u{202e}') && !html.contains('\u{0}'));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_text_stays_text(text in prop_oneof![".{0,200}", "[<>\"'&/= a-z:()!-]{0,200}", "(<script>|</title>|-->|]]>|<!--|&lt;|\u{202e}|url\\(|//|\"){0,20}"]) {
        let report = harmful(&text);
        Page::parse(&report_html(&report)).is_inert();
        let markdown = report_markdown(&report);
        prop_assert!(!markdown.contains('<') && !markdown.contains("://"), "{markdown}");
    }
}

#[test]
fn markdown_table_has_as_many_cells_in_each_row() {
    let mut report = harmful("a|b\\|c\n| d");
    let mut check = violated_check();
    check.constraint.metric = "own|metric\n|".to_owned();
    report.verdict.checks = vec![check];
    let markdown = report_markdown(&report);
    let row = markdown.lines().find(|line| line.contains("own")).unwrap();
    assert_eq!(row.replace("\\|", "").matches('|').count(), 8, "{row}");
}

#[test]
fn same_data_give_the_same_bytes() {
    let report = binary_month();
    assert_eq!(report_html(&report), report_html(&report.clone()));
    assert_eq!(report_markdown(&report), report_markdown(&report.clone()));
}

#[test]
fn month_of_hours_is_below_a_megabyte() {
    let html = report_html(&binary_month());
    assert!(html.len() < 1_000_000, "{}", html.len());
    Page::parse(&html).is_inert();
}

#[test]
fn page_is_below_five_megabytes_whatever_the_data() {
    let huge = "x".repeat(20_000);
    let mut report = harmful(&huge);
    let points: Vec<SeriesPoint> = (0..5_000)
        .map(|hour| {
            let window = Span {
                from: hour * HOUR,
                to: (hour + 1) * HOUR,
            };
            SeriesPoint {
                reason: (hour % 1_000 == 0).then(|| huge.clone()),
                ..SeriesPoint::new(window, hour as f64, None, 1)
            }
        })
        .collect();
    report.period.series = (0..60)
        .map(|metric| Series {
            metric: format!("{metric}{huge}"),
            baseline: None,
            threshold: None,
            points: points.clone(),
        })
        .collect();
    for _ in 0..9 {
        report.runs.extend_from_within(..);
        report.notes.extend_from_within(..);
        report.unmatched.extend_from_within(..);
        report.failed_hours.extend_from_within(..);
        report.segmentations.extend_from_within(..);
        report.verdict.checks.extend_from_within(..);
    }
    let html = report_html(&report);
    assert!(html.len() < 5_000_000, "{}", html.len());
    Page::parse(&html).is_inert();
    assert!(report_markdown(&report).len() < 100_000);
}

#[test]
fn thousand_classes_show_the_worst_and_say_what_is_left_out() {
    let classes: Vec<String> = (0..1_000).map(|class| format!("c{class}")).collect();
    let mut confusion: Vec<(String, String, u64)> = classes
        .iter()
        .map(|class| (class.clone(), class.clone(), 10))
        .collect();
    confusion.push(("c700".to_owned(), "c3".to_owned(), 77));
    let mut report = Report::new("m", ProblemType::MulticlassClassification, span(0, 1));
    report.period.measured = Some(Measured {
        rows: 10_077,
        confusion,
        classes,
        ..Measured::default()
    });
    let html = report_html(&report);
    assert!(
        html.contains("c700") && html.contains("988 others"),
        "{html}"
    );
    assert!(html.contains("The 12 classes with the most errors of 1000"));
    assert!(html.len() < 100_000);
}

#[test]
fn report_of_nothing_is_a_page() {
    for problem_type in ProblemType::ALL {
        let report = Report::new("m", problem_type, span(0, 1));
        let html = report_html(&report);
        let page = Page::parse(&html);
        page.is_inert();
        assert!(
            page.text.contains("No constraint was checked."),
            "{}",
            page.text
        );
        assert!(report_markdown(&report).contains("No constraint was checked."));
    }
}

#[test]
fn one_window_without_a_value_says_why() {
    let mut report = Report::new("m", ProblemType::BinaryClassification, span(0, 1));
    let point = SeriesPoint {
        value: None,
        reason: Some("no_rows".to_owned()),
        ..SeriesPoint::new(span(0, 1), 0.0, None, 0)
    };
    report.period.series = vec![Series {
        metric: "auc".to_owned(),
        baseline: None,
        threshold: None,
        points: vec![point],
    }];
    report.period.measured = Some(Measured::default());
    let page = Page::parse(&report_html(&report));
    page.is_inert();
    assert!(
        page.text.contains("No window has a value."),
        "{}",
        page.text
    );
    assert!(
        page.text
            .contains("no row has both a prediction and a label"),
        "{}",
        page.text
    );
}

#[test]
fn verdict_is_said_in_words_with_its_evidence() {
    let mut report = Report::new("m", ProblemType::BinaryClassification, span(0, 1));
    report.verdict.state = Some(RunState::CompletedWithViolations);
    let mut kept = violated_check();
    kept.violated = false;
    kept.outcome = Outcome::Satisfied;
    report.verdict.checks = vec![kept, violated_check()];
    for said in [
        Page::parse(&report_html(&report)).text,
        report_markdown(&report),
    ] {
        assert!(said.contains("1 of 2 constraints is violated."), "{said}");
        assert!(said.contains("More than chance explains it."), "{said}");
    }
    let page = Page::parse(&report_html(&report));
    let finding = "0.812 is 0.038 below the minimum of 0.85. The whole 95 % interval, 0.801 to 0.823, is below it; n\u{a0}=\u{a0}4321.";
    assert!(page.text.contains(finding), "{}", page.text);
}

#[test]
fn failed_run_says_nothing_of_constraints() {
    let mut report = Report::new("m", ProblemType::Regression, span(0, 1));
    report.verdict.state = Some(RunState::Failed);
    report.verdict.message = Some("no labels below s3:x".to_owned());
    let text = Page::parse(&report_html(&report)).text;
    assert!(
        text.contains("The run failed: nothing can be said."),
        "{text}"
    );
    assert!(text.contains("no labels below s3:x"), "{text}");
}

#[test]
fn violated_metrics_come_first() {
    let mut report = binary_month();
    report.verdict.checks = vec![violated_check()];
    let html = report_html(&report);
    let place = |id: &str| html.find(id).unwrap();
    let first = &html[place("id=\"m0-t\"")..];
    assert!(first.starts_with("id=\"m0-t\">Recall<"), "{}", &first[..60]);
}

#[test]
fn chart_has_room_for_thresholds_and_intervals() {
    let mut report = Report::new("m", ProblemType::BinaryClassification, span(0, 3));
    let mut series = data::series("accuracy", 3, 0.9, 0.25);
    series.threshold = Some((groundline_quality::Comparison::LessThan, 0.2));
    series.baseline = Some(0.97);
    report.period.series = vec![series];
    let html = report_html(&report);
    let heights = |class: &str| -> Vec<f64> {
        let chart = html.find("id=\"m0-t\"").unwrap();
        let from = chart
            + html[chart..]
                .find(&format!("<path class=\"{class}\""))
                .unwrap();
        let d = html[from..]
            .split("d=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        d.split(['M', 'L', 'Z'])
            .filter_map(|place| place.split(',').nth(1)?.parse().ok())
            .collect()
    };
    let (limit, base, band) = (heights("limit")[0], heights("base")[0], heights("band"));
    let lowest = band.iter().copied().fold(0.0, f64::max);
    let highest = band.iter().copied().fold(f64::INFINITY, f64::min);
    // The band goes from 0.64998 to 1; thresholds and baseline must lie where its scale has them, not at the edge.
    let per_unit = (lowest - highest) / (1.0 - 0.649_98);
    assert!(
        (limit - (lowest + (0.649_98 - 0.2) * per_unit)).abs() < 0.5,
        "{limit} {lowest} {per_unit}"
    );
    assert!(
        (base - (lowest - (0.97 - 0.649_98) * per_unit)).abs() < 0.5,
        "{base} {lowest} {per_unit}"
    );
    assert!(10.0 <= highest && limit <= 134.0, "{highest} {limit}");
}

#[test]
fn other_period_stands_beside_this_one() {
    let mut report = binary_month();
    let mut before = Period::new(Span {
        from: -30 * DAY,
        to: 0,
    });
    before.series = vec![data::series("recall", 24, 0.9, 0.01)];
    for point in &mut before.series[0].points {
        point.window = Span {
            from: point.window.from - 30 * DAY,
            to: point.window.to - 30 * DAY,
        };
    }
    before.measured = report.period.measured.clone();
    report.compared = Some(before);
    let html = report_html(&report);
    let page = Page::parse(&html);
    page.is_inert();
    assert!(page.text.contains("Two periods side by side"));
    assert!(page.text.contains("within chance"));
    assert_eq!(html.matches("<path class=\"ghost\" d=\"M4").count(), 1);
}
