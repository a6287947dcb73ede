//! What is refused says which part, why, and a spelling that is accepted.

use super::*;

pub(super) fn check(text: &str, said: &str, right: Option<&str>) {
    let error = Cron::parse(text).unwrap_err();
    let message = error.to_string();
    assert!(message.contains(said), "{text}: {message}");
    assert_eq!(error.right(), right, "{text}: {message}");
    if let Some(right) = right {
        assert!(Cron::parse(right).is_ok(), "{text}: {right}");
        assert!(
            message.contains(&format!("did you mean `{right}`?")),
            "{message}"
        );
    }
}

#[test]
fn the_words_of_a_refusal() {
    assert_eq!(
        Cron::parse("cron(0 24 ? * * *)").unwrap_err().to_string(),
        "`cron(0 24 ? * * *)` is no schedule: `24` in its hour field is out of range; the field takes 0 to 23; did you \
         mean `cron(0 0 ? * * *)`?"
    );
    assert_eq!(
        Cron::parse("never").unwrap_err().to_string(),
        "`never` is no schedule: it has 1 field, but plain cron has five (minute, hour, day-of-month, month, \
         day-of-week) and six stand in cron(…); examples: `cron(0 * ? * * *)` hourly, `cron(0 6 ? * * *)` daily"
    );
}

#[test]
fn a_missing_or_surplus_field_is_named_with_the_grammar() {
    check(
        "cron(0 * * * *)",
        "it has 5 fields",
        Some("cron(0 * ? * * *)"),
    );
    check(
        "cron(0 6 * * 1-5)",
        "it has 5 fields",
        Some("cron(0 6 ? * MON-FRI *)"),
    );
    check(
        "cron(0 6 ? * MON)",
        "it has 5 fields",
        Some("cron(0 6 ? * MON *)"),
    );
    check("cron(0 6 13 * 5)", "it has 5 fields", Some("0 6 13 * 5"));
    check(
        "cron(0 0 6 ? * * *)",
        "it has 7 fields",
        Some("cron(0 6 ? * * *)"),
    );
    check("cron(0)", "it has 1 field", None);
    check("cron()", "it has 0 fields", None);
    check(
        "0 * ? * * *",
        "six stand in cron",
        Some("cron(0 * ? * * *)"),
    );
    check("0 0 6 * * ?", "six stand in cron", Some("0 6 * * *"));
    check(
        "0 0 6 * * MON-FRI",
        "six stand in cron",
        Some("0 6 * * MON-FRI"),
    );
    check(
        "0 0 6 ? * MON *",
        "it has 7 fields",
        Some("cron(0 6 ? * MON *)"),
    );
    check("0 6 * *", "it has 4 fields", None);
    check("hourly", "it has 1 field", Some("@hourly"));
}

#[test]
fn one_day_field_of_aws_must_be_open() {
    check(
        "cron(0 * * * * *)",
        "one of them must be `?`",
        Some("cron(0 * ? * * *)"),
    );
    check(
        "cron(0 6 * * MON *)",
        "one of them must be `?`",
        Some("cron(0 6 ? * MON *)"),
    );
    check(
        "cron(0 6 1 * * *)",
        "one of them must be `?`",
        Some("cron(0 6 1 * ? *)"),
    );
    check("cron(0 6 13 * FRI *)", "one of them must be `?`", None);
    check("cron(0 6 ? * ? *)", "both `?`", Some("cron(0 6 ? * * *)"));
}

#[test]
fn more_than_one_run_an_hour_is_refused() {
    check(
        "cron(* * ? * * *)",
        "fires 60 times an hour",
        Some("cron(0 * ? * * *)"),
    );
    check(
        "cron(0/15 * ? * * *)",
        "fires 4 times an hour",
        Some("cron(0 * ? * * *)"),
    );
    check("*/30 * * * *", "fires 2 times an hour", Some("0 * * * *"));
    check("5,35 6 * * *", "fires 2 times an hour", Some("5 6 * * *"));
    assert!(Cron::parse("0/60 * * * *").is_ok());
    assert!(Cron::parse("5,5 * * * *").is_ok());
}

#[test]
fn a_bad_part_is_named_with_its_field() {
    for (text, said, right) in [
        (
            "60 * * * *",
            "`60` in its minute field is out of range",
            Some("0 * * * *"),
        ),
        ("0 25 * * *", "`25` in its hour field is out of range", None),
        (
            "0 99999999999999999999 * * *",
            "in its hour field is out of range",
            None,
        ),
        (
            "0 0 0 * *",
            "`0` in its day-of-month field is out of range",
            None,
        ),
        (
            "0 0 * 13 *",
            "month field is out of range; the field takes 1 to 12 or JAN to DEC",
            None,
        ),
        ("0 0 * * 8", "and 0 and 7 are SUN", None),
        (
            "cron(0 0 ? * 0 *)",
            "1 to 7 or SUN to SAT, and 1 is SUN",
            Some("cron(0 0 ? * SUN *)"),
        ),
        (
            "cron(0 0 ? * * 1969)",
            "`1969` in its year field is out of range",
            None,
        ),
        ("cron(0 0 ? * * 2200)", "1970 to 2199", None),
        ("0 -1 * * *", "`-1` in its hour field is not a value", None),
        ("0 6- * * *", "`6-` in its hour field is not a value", None),
        (
            "0 1-2-3 * * *",
            "`1-2-3` in its hour field is not a value",
            None,
        ),
        (
            "0 six * * *",
            "`six` in its hour field is not a value",
            None,
        ),
        ("0 +6 * * *", "`+6` in its hour field is not a value", None),
        (
            "0 6.5 * * *",
            "`6.5` in its hour field is not a value",
            None,
        ),
        (
            "0 6 * * monday",
            "`monday` in its day-of-week field is not a value",
            Some("0 6 * * MON"),
        ),
        (
            "0 6 * march *",
            "`march` in its month field is not a value",
            Some("0 6 * MAR *"),
        ),
        (
            "0 6 * * monday-friday",
            "is not a value",
            Some("0 6 * * MON-FRI"),
        ),
        (
            "0 6 * MON *",
            "`MON` in its month field is not a value",
            None,
        ),
        (
            "0 6,,7 * * *",
            "`6,,7` in its hour field has an empty item",
            Some("0 6,7 * * *"),
        ),
        ("0 6, * * *", "has an empty item", Some("0 6 * * *")),
        ("0 , * * *", "has an empty item", None),
        (
            "0 22-2 * * *",
            "`22-2` in its hour field runs backwards",
            Some("0 22-23,0-2 * * *"),
        ),
        ("0 0 * * 6-1", "runs backwards", Some("0 0 * * 6,0-1")),
        (
            "cron(0 0 ? * FRI-MON *)",
            "runs backwards",
            Some("cron(0 0 ? * FRI-SAT,SUN-MON *)"),
        ),
        (
            "cron(0 0 ? * MON-SUN *)",
            "runs backwards",
            Some("cron(0 0 ? * MON-SAT,SUN *)"),
        ),
        (
            "0 */0 * * *",
            "`*/0` in its hour field has a step out of range, which is 1 to 24",
            None,
        ),
        ("0 0/25 * * *", "1 to 24", None),
        ("0 */ * * *", "has no step that is a number", None),
        ("0 1/2/3 * * *", "has no step that is a number", None),
        (
            "0 /6 * * *",
            "`/6` in its hour field is not a value",
            Some("0 */6 * * *"),
        ),
        (
            "0 6 ? * *",
            "`?` in its day-of-month field is only known in the day fields of cron(…)",
            Some("0 6 * * *"),
        ),
        (
            "cron(0 ? * * ? *)",
            "`?` in its hour field",
            Some("cron(0 * * * ? *)"),
        ),
        (
            "0 6 L * *",
            "`L` in its day-of-month field is only known in cron(…)",
            Some("cron(0 6 L * ? *)"),
        ),
        (
            "0 6 * * 5#2",
            "only known in cron(…)",
            Some("cron(0 6 ? * FRI#2 *)"),
        ),
        (
            "0 6 * * 0L",
            "only known in cron(…)",
            Some("cron(0 6 ? * SUNL *)"),
        ),
        (
            "0 6 * * friL",
            "only known in cron(…)",
            Some("cron(0 6 ? * friL *)"),
        ),
        ("0 6 15W * MON", "only known in cron(…)", None),
        ("0 6 L,15 * *", "only known in cron(…)", None),
        (
            "cron(0 6 L,15 * ? *)",
            "`L` in its day-of-month field must be all of its field",
            None,
        ),
        ("cron(0 6 1W,15 * ? *)", "must be all of its field", None),
        (
            "cron(0 6 32W * ? *)",
            "`32W` in its day-of-month field is out of range",
            None,
        ),
        ("cron(0 6 0W * ? *)", "is out of range", None),
        ("cron(0 6 W * ? *)", "must be all of its field", None),
        ("cron(0 6 L-3 * ? *)", "which AWS does not document", None),
        ("cron(0 6 ? * 3#1,6#3 *)", "must be all of its field", None),
        (
            "cron(0 6 ? * 3#6 *)",
            "counts weeks that no month has",
            None,
        ),
        ("cron(0 6 ? * 8#1 *)", "is out of range", None),
        ("cron(0 6 ? * 8L *)", "is out of range", None),
        ("cron(0 6 ? * #1 *)", "is not a value", None),
        (
            "cron(0 L ? * * *)",
            "`L` in its hour field is not a value",
            None,
        ),
    ] {
        check(text, said, right);
    }
}

#[test]
fn other_kinds_of_schedule_are_told_from_misspelt_ones() {
    check("", "it is empty", None);
    check("  ", "it is empty", None);
    check("NOW", "`NOW` is one run", None);
    check(
        "rate(1 hour)",
        "rates are not known",
        Some("cron(0 * ? * * *)"),
    );
    check(
        "rate(6 hours)",
        "rates are not known",
        Some("cron(0 0/6 ? * * *)"),
    );
    check(
        "rate(1 day)",
        "rates are not known",
        Some("cron(0 0 ? * * *)"),
    );
    check("rate(5 minutes)", "rates are not known", None);
    check("@every 1h", "rates are not known", None);
    check("at(2026-11-01T00:00:00)", "write `NOW`", None);
    check("@reboot", "there is no such nickname", None);
    check(
        "cron(0 6 ? * * *",
        "not enclosed",
        Some("cron(0 6 ? * * *)"),
    );
    check(
        "cron (0 6 ? * * *)",
        "not enclosed",
        Some("cron(0 6 ? * * *)"),
    );
    check(
        "CRON(0 6 ? * mon *)",
        "not enclosed",
        Some("cron(0 6 ? * MON *)"),
    );
    check("(0 6 ? * * *)", "not enclosed", Some("cron(0 6 ? * * *)"));
    check(
        "cron((0 6 ? * * *))",
        "not enclosed",
        Some("cron(0 6 ? * * *)"),
    );
    check(
        "cron\u{a0}(0 * * * *)",
        "characters",
        Some("cron(0 * ? * * *)"),
    );
    check("0 6 * * 1\u{2013}5", "characters", Some("0 6 * * 1-5"));
    check("0 6 * * \u{661}", "characters", None);
}

#[test]
fn what_never_fires_is_refused() {
    check(
        "0 0 30 2 *",
        "it would never run",
        Some("cron(0 0 L 2 ? *)"),
    );
    check(
        "cron(0 0 31 4,6 ? *)",
        "it would never run",
        Some("cron(0 0 L 4,6 ? *)"),
    );
    check(
        "cron(0 0 29 2 ? 2025-2027)",
        "it would never run",
        Some("cron(0 0 L 2 ? 2025-2027)"),
    );
    check(
        "cron(0 0 30W 2 ? *)",
        "it would never run",
        Some("cron(0 0 L 2 ? *)"),
    );
    check("cron(0 0 ? 2 MON#5 2026)", "it would never run", None);
    check("0 0 30 2 */7", "it would never run", None);
    assert!(Cron::parse("0 0 30 2 1").is_ok(), "Mondays of February");
    assert!(
        Cron::parse("cron(0 0 ? 2 MON#5 *)").is_ok(),
        "February of 2044"
    );
}
