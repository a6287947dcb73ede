#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod against_croner;
mod brute_force;
mod hostile;
mod random;
mod refused;

use super::*;

fn cron(text: &str) -> Cron {
    Cron::parse(text).unwrap()
}

fn micros(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_microsecond()
}

fn time(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros)
        .unwrap()
        .to_string()
}

/// Month, day and hour of all firings of a span.
fn firings(text: &str, from: &str, to: &str) -> Vec<String> {
    let cron = cron(text);
    let firings = cron.firings(micros(from), micros(to)).map(time);
    firings.map(|time| time[5..16].to_owned()).collect()
}

#[test]
fn hours_by_step_begin_anew_each_day() {
    for text in ["cron(0 0/10 ? * * *)", "0 */10 * * *", "0 0/10 * * *"] {
        assert_eq!(
            firings(text, "2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z"),
            [
                "11-01T00:00",
                "11-01T10:00",
                "11-01T20:00",
                "11-02T00:00",
                "11-02T10:00",
                "11-02T20:00"
            ],
            "{text}"
        );
    }
    assert_eq!(
        firings(
            "cron(0 17/24 ? * * *)",
            "2026-11-01T00:00:00Z",
            "2026-11-03T00:00:00Z"
        ),
        ["11-01T17:00", "11-02T17:00"]
    );
}

/// 2026-11-01 is a Sunday.
#[test]
fn days_are_those_of_their_grammar() {
    for (text, days) in [
        ("cron(0 6 ? * 1 *)", "01 08 15 22 29"),
        ("0 6 * * 1", "02 09 16 23 30"),
        ("0 6 * * 0", "01 08 15 22 29"),
        ("0 6 * * 7", "01 08 15 22 29"),
        ("0 6 * * fri-sun", "01 06 07 08 13 14 15 20 21 22 27 28 29"),
        ("0 6 * * 6-7", "01 07 08 14 15 21 22 28 29"),
        ("cron(0 6 ? NOV MON-TUE 2026)", "02 03 09 10 16 17 23 24 30"),
        ("cron(0 6 L * ? *)", "30"),
        ("cron(0 6 LW * ? *)", "30"),
        // The 7th is a Saturday, the 1st and the 29th are Sundays.
        ("cron(0 6 7W * ? *)", "06"),
        ("cron(0 6 1W * ? *)", "02"),
        ("cron(0 6 29W * ? *)", "30"),
        ("cron(0 6 31W * ? *)", ""),
        ("cron(0 6 ? * 3#2 *)", "10"),
        ("cron(0 6 ? * tue#2 *)", "10"),
        ("cron(0 6 ? * SUN#5 *)", "29"),
        ("cron(0 6 ? * MON#5 *)", "30"),
        ("cron(0 6 ? * TUE#5 *)", ""),
        ("cron(0 6 ? * 6L *)", "27"),
        ("cron(0 6 ? * L *)", "07 14 21 28"),
        // Both restricted: either. Begins with `*`: both.
        ("0 6 13 * 5", "06 13 20 27"),
        ("0 6 2,13 * 5", "02 06 13 20 27"),
        ("0 6 */2 * 5", "13 27"),
        (
            "0 6 1-31/2 * 5",
            "01 03 05 06 07 09 11 13 15 17 19 20 21 23 25 27 29",
        ),
        ("0 6 13 * */2", ""),
        ("0 6 14 * */2", "14"),
    ] {
        let found = firings(text, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
        let found: Vec<&str> = found.iter().map(|time| &time[3..5]).collect();
        assert_eq!(found.join(" "), days, "{text}");
    }
}

#[test]
fn weekdays_near_the_ends_of_a_month_stay_in_it() {
    // 2026-08-01 is a Saturday, 2026-05-31 a Sunday.
    let year = |text| firings(text, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    assert_eq!(year("cron(0 0 1W 8 ? *)"), ["08-03T00:00"]);
    assert_eq!(year("cron(0 0 31W 5 ? *)"), ["05-29T00:00"]);
    assert_eq!(year("cron(0 0 LW 5 ? *)"), ["05-29T00:00"]);
}

#[test]
fn nicknames_are_their_expressions() {
    for (nickname, text) in [
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
        ("@Annually", "0 0 1 1 *"),
    ] {
        assert_eq!(cron(nickname), cron(text), "{nickname}");
    }
}

#[test]
fn searches_look_strictly_to_either_side() {
    let cron = cron("30 6 * * *");
    let at = micros("2026-11-02T06:30:00Z");
    let day = 86_400_000_000;
    assert!(cron.fires_at(at) && !cron.fires_at(at + 1) && !cron.fires_at(at - 1));
    assert_eq!(cron.next_after(at), Some(at + day));
    assert_eq!(cron.next_after(at - 1), Some(at));
    assert_eq!(cron.at_or_after(at), Some(at));
    assert_eq!(cron.at_or_after(at + 1), Some(at + day));
    assert_eq!(cron.previous_before(at), Some(at - day));
    assert_eq!(cron.previous_before(at + 1), Some(at));
    assert_eq!(cron.at_or_before(at), Some(at));
    assert_eq!(cron.at_or_before(at - 1), Some(at - day));
    let firings: Vec<i64> = cron.firings(at, at + 2 * day).collect();
    assert_eq!(firings, [at, at + day]);
    assert_eq!(cron.firings(at, at).count(), 0);
    assert_eq!(cron.firings(at + day, at).count(), 0);
}

#[test]
fn the_years_of_aws_are_all_there_is() {
    let cron = cron("59 23 * * *");
    let first = micros("1970-01-01T23:59:00Z");
    let last = micros("2199-12-31T23:59:00Z");
    assert_eq!(cron.next_after(i64::MIN), Some(first));
    assert_eq!(cron.previous_before(i64::MAX), Some(last));
    assert_eq!(cron.next_after(last), None);
    assert_eq!(cron.previous_before(first), None);
    assert_eq!(cron.next_after(i64::MAX), None);
    assert_eq!(cron.previous_before(i64::MIN), None);
    assert_eq!(cron.at_or_after(i64::MAX), None);
    assert_eq!(cron.at_or_before(i64::MIN), None);
    let past = Cron::parse("cron(0 0 ? * * 1999)").unwrap();
    assert_eq!(past.next_after(micros("2026-01-01T00:00:00Z")), None);
    let before = past.previous_before(micros("2026-01-01T00:00:00Z"));
    assert_eq!(before.map(time).as_deref(), Some("1999-12-31T00:00:00Z"));
}

#[test]
fn a_leap_day_is_found_across_a_century_without_one() {
    let cron = cron("cron(0 0 29 2 ? *)");
    let next = cron.next_after(micros("2096-03-01T00:00:00Z"));
    assert_eq!(next.map(time).as_deref(), Some("2104-02-29T00:00:00Z"));
    let before = cron.previous_before(micros("2104-02-29T00:00:00Z"));
    assert_eq!(before.map(time).as_deref(), Some("2096-02-29T00:00:00Z"));
}

/// Each search of these walks all years; minute by minute that would be 120 million steps.
#[test]
fn a_search_that_finds_nothing_ends_soon() {
    let start = std::time::Instant::now();
    for _ in 0..100 {
        assert!(Cron::parse("cron(0 0 30 2 ? *)").is_err());
        assert_eq!(
            cron("cron(0 0 29 2 ? 2000)").next_after(micros("2000-03-01T00:00:00Z")),
            None
        );
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn one_spelling_stands_for_all_that_mean_the_same() {
    for (text, normal) in [
        ("cron(0 * ? * * *)", "cron(0 * ? * * *)"),
        ("cron(0 * * * ? *)", "cron(0 * ? * * *)"),
        ("cron(0 0/1 ? 1-12 SUN-SAT 1970-2199)", "cron(0 * ? * * *)"),
        (" cron( 00  06 ?\t* * * ) ", "cron(0 6 ? * * *)"),
        ("cron(0 */6 ? * * *)", "cron(0 0/6 ? * * *)"),
        ("cron(0 0,12 ? * * *)", "cron(0 0/12 ? * * *)"),
        ("cron(0 3,20 ? * * *)", "cron(0 3,20 ? * * *)"),
        ("cron(0 1-5/2 ? * * *)", "cron(0 1,3,5 ? * * *)"),
        ("cron(0 6 ? * 2-6 *)", "cron(0 6 ? * MON-FRI *)"),
        ("cron(0 6 ? * sat,SUN *)", "cron(0 6 ? * SUN,SAT *)"),
        ("cron(0 6 ? * L *)", "cron(0 6 ? * SAT *)"),
        ("cron(0 6 l * ? *)", "cron(0 6 L * ? *)"),
        ("cron(0 6 15w * ? *)", "cron(0 6 15W * ? *)"),
        ("cron(0 6 ? * 3#2 *)", "cron(0 6 ? * TUE#2 *)"),
        ("cron(0 6 ? * FRIL *)", "cron(0 6 ? * 6L *)"),
        (
            "cron(5 0 1 JAN,JUL ? 2026-2030/2)",
            "cron(5 0 1 1/6 ? 2026,2028,2030)",
        ),
        (
            "cron(0 6 ? * * 2020,2021/2)",
            "cron(0 6 ? * * 2020,2021-2199/2)",
        ),
        (
            "cron(0 1,2,3,8,10,12,14,16,19 ? * * *)",
            "cron(0 1-3,8-16/2,19 ? * * *)",
        ),
        ("cron(0 1,2,3,5,7 ? * * *)", "cron(0 1-3,5,7 ? * * *)"),
        ("@hourly", "0 * * * *"),
        ("0 0/6 * * *", "0 */6 * * *"),
        ("0 2/6 * * *", "0 2-23/6 * * *"),
        ("0 6 * * 1,2,3,4,5", "0 6 * * 1-5"),
        ("0 6 * * 7", "0 6 * * 0"),
        ("0 6 */2 * MON", "0 6 */2 * 1"),
        ("0 6 1-31/2 * MON", "0 6 1-31/2 * 1"),
        ("0 6 1-31 * MON", "0 6 * * *"),
        ("0 6 * * MON", "0 6 * * 1"),
        ("0 6 */10,15 * */3", "0 6 */10,15 * */3"),
    ] {
        let cron = cron(text);
        assert_eq!(cron.to_string(), normal, "{text}");
        assert_eq!(Cron::parse(normal).as_ref(), Ok(&cron), "{text}");
    }
}

#[test]
fn an_expression_is_told_in_words() {
    for (text, words) in [
        ("cron(0 * ? * * *)", "every hour at minute 0"),
        ("30 * * * *", "every hour at minute 30"),
        ("cron(0 6 ? * * *)", "daily at 06:00 UTC"),
        (
            "cron(0 0/10 ? * * *)",
            "daily at 00:00, 10:00 and 20:00 UTC",
        ),
        (
            "0 1/2 * * *",
            "daily at 01:00 and every 2 hours until midnight UTC",
        ),
        (
            "cron(15 6 ? * MON-FRI *)",
            "every Monday to Friday at 06:15 UTC",
        ),
        ("0 6 * * 0,6", "every Sunday and Saturday at 06:00 UTC"),
        ("0 * * * 1", "every Monday, every hour at minute 0"),
        ("@monthly", "on day 1 of each month at 00:00 UTC"),
        (
            "0 6 1,15 * *",
            "on days 1 and 15 of each month at 06:00 UTC",
        ),
        (
            "cron(0 6 L * ? *)",
            "on the last day of each month at 06:00 UTC",
        ),
        (
            "cron(0 6 ? * 3#2 *)",
            "on the second Tuesday of each month at 06:00 UTC",
        ),
        (
            "cron(0 6 ? * 6L *)",
            "on the last Friday of each month at 06:00 UTC",
        ),
        ("0 6 13 * 5", "0 6 13 * 5 (UTC)"),
        ("cron(0 6 ? 1 * *)", "cron(0 6 ? 1 * *) (UTC)"),
    ] {
        assert_eq!(cron(text).describe(), words, "{text}");
    }
}
