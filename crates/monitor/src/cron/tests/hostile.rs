//! Text that nobody means well with.

use super::refused::check;
use super::*;

/// Short to write, long to list: every text that is read has a normal form that is read.
#[test]
fn years_without_a_pattern_are_refused() {
    // Four years each, too few for a range, and far from each other.
    let years: Vec<String> = (0..30)
        .map(|n| format!("{}/{}", 1970 + 4 * n * n % 61, 50 + 7 * n % 19))
        .collect();
    let years = years.join(",");
    check(
        &format!("cron(0 0 ? * * {years})"),
        "its years have no pattern",
        None,
    );
}

#[test]
fn long_and_hostile_text_is_refused_in_few_words() {
    check(
        &format!("0 {} * * *", "1,".repeat(200)),
        "longer than 256 bytes",
        None,
    );
    let fits = format!("0 {}1 * * *", "1,".repeat(123));
    assert_eq!(fits.len(), 256 - 1);
    assert!(Cron::parse(&fits).is_ok());
    for text in [
        "\u{1b}[2J 0 * * *",
        "0 \u{202e}* * * *",
        "cron(\0)",
        "é",
        "cron(((((((",
        "))))",
    ] {
        let message = Cron::parse(text).unwrap_err().to_string();
        let hidden = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}');
        assert!(!message.contains(hidden), "{message:?}");
    }
    let message = Cron::parse(&"x".repeat(1 << 20)).unwrap_err().to_string();
    assert!(message.len() < 400, "{message}");
}
