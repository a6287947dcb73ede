#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use super::*;

fn offset(text: &str) -> Option<Offset> {
    (!text.is_empty()).then(|| Offset::parse(text).unwrap())
}

fn micros(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

fn expression(text: &str) -> Expression {
    Expression::parse(text).unwrap()
}

/// Offsets as texts, empty for none.
fn period(start: &str, end: &str) -> Period {
    Period::from_offsets(offset(start), offset(end)).unwrap()
}

fn window(text: &str, start: &str, end: &str, at: &str) -> String {
    match period(start, end).window(&expression(text), micros(at)) {
        Ok(Window { from, to }) => format!("{from} {to}"),
        Err(error) => error.to_string(),
    }
}

/// AWS's own example of offsets (formats.md 9.3).
#[test]
fn a_run_with_offsets_covers_what_aws_documents() {
    for text in [
        "cron(0 * ? * * *)",
        "cron(0 13 ? * * *)",
        "0 13 * * *",
        "NOW",
    ] {
        assert_eq!(
            window(text, "-P8D", "-P1D", "2020-01-09T13:00:00Z"),
            "2020-01-01T13 2020-01-08T13",
            "{text}"
        );
    }
}

#[test]
fn a_run_without_offsets_covers_what_came_since_the_run_before() {
    for (text, at, expected) in [
        // Observed: the run of 23:00 starts at 22:00 and ends at 23:00.
        (
            "cron(0 * ? * * *)",
            "2026-11-03T23:00:00Z",
            "2026-11-03T22 2026-11-03T23",
        ),
        (
            "cron(0 6 ? * * *)",
            "2026-11-03T06:00:00Z",
            "2026-11-02T06 2026-11-03T06",
        ),
        (
            "cron(0 0/10 ? * * *)",
            "2026-11-03T00:00:00Z",
            "2026-11-02T20 2026-11-03T00",
        ),
        (
            "cron(0 0/10 ? * * *)",
            "2026-11-03T10:00:00Z",
            "2026-11-03T00 2026-11-03T10",
        ),
        // Monday goes back to Friday: no hour is left out.
        (
            "cron(0 6 ? * MON-FRI *)",
            "2026-11-02T06:00:00Z",
            "2026-10-30T06 2026-11-02T06",
        ),
        (
            "@monthly",
            "2026-03-01T00:00:00Z",
            "2026-02-01T00 2026-03-01T00",
        ),
        // Minutes are left out on both sides.
        (
            "30 * * * *",
            "2026-11-03T23:30:00Z",
            "2026-11-03T22 2026-11-03T23",
        ),
        (
            "30 6 * * *",
            "2026-11-03T06:30:00Z",
            "2026-11-02T06 2026-11-03T06",
        ),
        // Started a little late, or at a time that is none of the schedule's.
        (
            "cron(0 * ? * * *)",
            "2026-11-03T23:03:20.5Z",
            "2026-11-03T22 2026-11-03T23",
        ),
        (
            "cron(0 6 ? * * *)",
            "2026-11-03T06:59:59Z",
            "2026-11-02T06 2026-11-03T06",
        ),
        (
            "cron(0 6 ? * * *)",
            "2026-11-03T08:00:00Z",
            "2026-11-03T06 2026-11-03T08",
        ),
    ] {
        assert_eq!(window(text, "", "", at), expected, "{text} {at}");
    }
}

#[test]
fn one_offset_leaves_the_other_end_where_it_is() {
    let at = "2026-11-03T06:00:00Z";
    for (start, end, expected) in [
        ("-PT48H", "", "2026-11-01T06 2026-11-03T06"),
        ("", "-PT2H", "2026-11-02T06 2026-11-03T04"),
        ("", "PT0H", "2026-11-02T06 2026-11-03T06"),
        ("-PT1H", "-PT0H", "2026-11-03T05 2026-11-03T06"),
        ("-PT6H", "-PT0H", "2026-11-03T00 2026-11-03T06"),
    ] {
        assert_eq!(
            window("cron(0 6 ? * * *)", start, end, at),
            expected,
            "{start} {end}"
        );
    }
}

#[test]
fn offsets_that_leave_no_hour_are_refused_before_any_run() {
    for (start, end, said) in [
        (
            "P8D",
            "",
            "the start offset `P8D` is after the run, where no hour has ended; did you mean `-P8D`?",
        ),
        ("PT1H", "-PT1H", "did you mean `-PT1H`?"),
        (
            "PT0H",
            "",
            "is the run itself, which leaves no hour; the last hour is `-PT1H`",
        ),
        (
            "",
            "PT1H",
            "the end offset `PT1H` is after the run, where no hour has ended; did you mean `-PT1H`?",
        ),
        ("-PT1H", "P1D", "the end offset `P1D` is after the run"),
        (
            "-P1D",
            "-P8D",
            "did you mean `-P8D` to start and `-P1D` to end?",
        ),
        (
            "PT0H",
            "-PT1H",
            "did you mean `-PT1H` to start and `PT0H` to end?",
        ),
        (
            "-P1D",
            "-PT24H",
            "are both `-P1D`, which leaves no hour; an hour is from `-P1DT1H` to `-P1D`",
        ),
    ] {
        let error = Period::from_offsets(offset(start), offset(end)).unwrap_err();
        assert!(error.to_string().contains(said), "{start} {end}: {error}");
    }
}

#[test]
fn an_end_offset_that_reaches_the_run_before_is_found_by_the_check() {
    let hourly = expression("cron(0 * ? * * *)");
    assert_eq!(
        window("cron(0 * ? * * *)", "", "-PT1H", "2026-11-03T23:00:00Z"),
        "the run of 2026-11-03T23 would start at the run before, 2026-11-03T22, and end at 2026-11-03T22 by its end \
         offset `-PT1H`, which leaves no hour; give a start offset too, such as `-PT2H`"
    );
    assert!(period("", "-PT1H").check(&hourly).is_err());
    assert!(period("-PT2H", "-PT1H").check(&hourly).is_ok());
    // Ten hours, ten hours, and four: only the run of midnight is left without an hour.
    let by_ten = expression("cron(0 0/10 ? * * *)");
    assert!(period("", "-PT3H").check(&by_ten).is_ok());
    let error = period("", "-PT5H").check(&by_ten).unwrap_err();
    assert!(error.to_string().contains("T00 would start"), "{error}");
}

#[test]
fn now_needs_a_window_of_its_own() {
    let at = "2026-11-03T06:20:00Z";
    for (start, end) in [("", ""), ("-P1D", ""), ("", "-PT1H")] {
        assert!(
            window("NOW", start, end, at).contains("its window must be given"),
            "{start} {end}"
        );
        assert!(period(start, end).check(&Expression::Now).is_err());
    }
    assert_eq!(
        window("now", "-P1D", "PT0H", at),
        "2026-11-02T06 2026-11-03T06"
    );
    let from = Hour::parse("2026-10-01T00").unwrap();
    let hours = Window::new(from, from.plus(48)).unwrap();
    let fixed = Period::from_hours(hours);
    assert_eq!(fixed.window(&Expression::Now, micros(at)), Ok(hours));
    assert!(fixed.check(&Expression::Now).is_ok());
    let error = fixed.check(&expression("@daily")).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`0 0 * * *` would cover the same hours"),
        "{error}"
    );
}

#[test]
fn the_first_firing_of_all_has_no_run_before() {
    let only_2030 = "cron(0 0 ? * * 2030)";
    let message = window(only_2030, "", "", "2030-01-01T00:00:00Z");
    assert!(
        message.contains("has none; give a start offset"),
        "{message}"
    );
    assert!(Period::NOMINAL.check(&expression(only_2030)).is_ok());
    assert_eq!(
        window(only_2030, "-P1D", "", "2030-01-01T00:00:00Z"),
        "2029-12-31T00 2030-01-01T00"
    );
}

#[test]
fn hours_that_no_run_covers_are_found() {
    let gap = |text: &str, start: &str, end: &str| {
        let gap = period(start, end).gap(&expression(text));
        gap.map(|Window { from, to }| format!("{from} {to}"))
    };
    assert_eq!(
        gap("cron(0 6 ? * * *)", "-PT1H", "PT0H").as_deref(),
        Some("2024-01-01T06 2024-01-02T05")
    );
    assert_eq!(gap("cron(0 6 ? * * *)", "-P1D", "PT0H"), None);
    assert_eq!(gap("cron(0 6 ? * * *)", "-P8D", "-P1D"), None);
    assert_eq!(gap("cron(0 * ? * * *)", "-PT6H", "PT0H"), None);
    assert_eq!(gap("cron(0 6 ? * MON-FRI *)", "", ""), None);
    assert_eq!(
        gap("cron(0 6 ? * MON-FRI *)", "-P1D", "").as_deref(),
        // From Friday to Sunday.
        Some("2024-01-05T06 2024-01-07T06")
    );
    assert_eq!(
        gap("cron(0 6 ? * * *)", "", "-PT2H").as_deref(),
        Some("2024-01-01T04 2024-01-01T06")
    );
    assert_eq!(Period::NOMINAL.gap(&Expression::Now), None);
}

/// Hours of consecutive runs follow on each other, whatever the schedule.
#[test]
fn nominal_windows_tile_time() {
    for text in [
        "0 * * * *",
        "17 */7 * * *",
        "cron(0 3/5 ? * 2-6 *)",
        "0 0 13 * 5",
        "cron(0 6 LW * ? *)",
    ] {
        let expression = expression(text);
        let cron = expression.cron().unwrap();
        let firings = cron.firings(
            micros("2024-01-01T00:00:00Z"),
            micros("2025-01-01T00:00:00Z"),
        );
        let windows: Vec<Window> = firings
            .map(|at| Period::NOMINAL.window(&expression, at).unwrap())
            .collect();
        assert!(windows.len() > 10, "{text}");
        for pair in windows.windows(2) {
            assert_eq!(pair[0].to, pair[1].from, "{text}");
        }
    }
}

#[test]
fn absurd_times_are_errors_or_windows_but_never_a_panic() {
    for at in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX] {
        for text in ["NOW", "0 * * * *", "cron(59 23 31 12 ? 2199)"] {
            for (start, end) in [
                ("", ""),
                ("-P36500D", ""),
                ("", "-P36500D"),
                ("-P36500D", "-P36499D"),
            ] {
                match period(start, end).window(&expression(text), at) {
                    Ok(Window { from, to }) => assert!(from < to),
                    Err(error) => assert!(!error.to_string().is_empty()),
                }
            }
        }
    }
}

#[test]
fn a_period_is_told_in_words() {
    assert_eq!(Period::NOMINAL.to_string(), "since the run before");
    assert_eq!(period("-P8D", "-P1D").to_string(), "-P8D to -P1D");
    assert_eq!(period("-P8D", "").to_string(), "-P8D to the run");
    assert_eq!(
        period("", "-PT1H").to_string(),
        "since the run before, to -PT1H"
    );
}
