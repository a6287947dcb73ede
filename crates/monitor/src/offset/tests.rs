#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use proptest::prelude::*;

use super::*;

#[test]
fn sagemakers_offsets_are_read_and_written_shortest() {
    for (text, hours, shortest) in [
        ("-P8D", -192, "-P8D"),
        ("-P1D", -24, "-P1D"),
        ("-PT1H", -1, "-PT1H"),
        ("-PT6H", -6, "-PT6H"),
        ("PT0H", 0, "PT0H"),
        ("-PT0H", 0, "PT0H"),
        ("P0D", 0, "PT0H"),
        ("-P1DT12H", -36, "-P1DT12H"),
        ("-P2W", -336, "-P14D"),
        ("-P1W2DT3H", -219, "-P9DT3H"),
        ("-PT36H", -36, "-P1DT12H"),
        ("PT1H", 1, "PT1H"),
        (" -PT1H ", -1, "-PT1H"),
        ("-P000000000000008D", -192, "-P8D"),
    ] {
        let offset = Offset::parse(text).unwrap();
        assert_eq!(offset.hours(), hours, "{text}");
        assert_eq!(offset.to_string(), shortest, "{text}");
        assert_eq!(Offset::parse(shortest), Ok(offset));
    }
}

#[test]
fn a_misspelt_offset_gets_the_right_spelling() {
    for (text, right) in [
        ("-PT2D", "-P2D"),
        ("-P2H", "-PT2H"),
        ("-P1D12H", "-P1DT12H"),
        ("-PT1D12H", "-P1DT12H"),
        ("-P12HT1D", "-P1DT12H"),
        ("-p8d", "-P8D"),
        ("-pt1h", "-PT1H"),
        ("-8D", "-P8D"),
        ("-1h", "-PT1H"),
        ("8d", "P8D"),
        ("P-8D", "-P8D"),
        ("PT-1H", "-PT1H"),
        ("-T1H", "-PT1H"),
        ("- P8D", "-P8D"),
        ("\u{2212}P8D", "-P8D"),
        ("\u{2013}PT1H", "-PT1H"),
        ("-8 days", "-P8D"),
        ("-1 day 12 hours", "-P1DT12H"),
        ("-PT2W", "-P14D"),
        ("-P1DT", "-P1D"),
        ("-P1D2W", "-P15D"),
    ] {
        let message = Offset::parse(text).unwrap_err().to_string();
        let said = format!("did you mean `{right}`?");
        assert!(message.contains(&said), "{text}: {message}");
        assert!(Offset::parse(right).is_ok(), "{right}");
    }
}

#[test]
fn what_is_refused_says_why() {
    for (text, said) in [
        ("", "empty; examples: -P8D"),
        (
            "-P1M",
            "months and years have no fixed length, so write days",
        ),
        ("-P1Y", "no fixed length"),
        ("-p1m", "no fixed length"),
        ("-P1Y2M", "no fixed length"),
        ("-PT30M", "whole hours"),
        ("-PT1H30M", "whole hours"),
        ("-PT90S", "whole hours"),
        ("-PT1.5H", "whole hours"),
        ("-P0.5D", "whole hours"),
        ("30min", "whole hours"),
        ("P", "is no ISO 8601 duration; examples"),
        ("-", "examples"),
        ("PT", "examples"),
        ("-PT", "examples"),
        ("tomorrow", "examples"),
        ("3", "examples"),
        ("-P8DX", "examples"),
        ("-P99999999999999999999D", "further than a hundred years"),
        ("-P36501D", "further than a hundred years"),
    ] {
        let message = Offset::parse(text).unwrap_err().to_string();
        assert!(message.contains(said), "{text}: {message}");
    }
    assert!(Offset::parse("-P36500D").is_ok());
}

#[test]
fn long_and_hostile_text_is_refused_in_few_words() {
    let long = "9".repeat(1 << 20);
    for text in [&long, "-P\u{1b}[2J8D", "\u{202e}D8P-", "P\0"] {
        let message = Offset::parse(text).unwrap_err().to_string();
        assert!(message.len() < 400, "{message}");
        let hidden = |c: char| c.is_control() || c == '\u{202e}';
        assert!(!message.contains(hidden), "{message:?}");
    }
}

proptest! {
    #[test]
    fn every_offset_is_read_back(hours in -876_000_i64..=876_000) {
        let offset = Offset::of_hours(hours).unwrap();
        prop_assert_eq!(Offset::parse(&offset.to_string()), Ok(offset));
        let signed = if hours < 0 { "-" } else { "" };
        prop_assert_eq!(Offset::parse(&format!("{signed}PT{}H", hours.abs())), Ok(offset));
    }

    #[test]
    fn no_text_makes_it_fail_otherwise_than_by_an_error(text in "\\PC{0,70}|[-+PTWDHMSYptdh0-9. ]{0,20}") {
        if let Err(OffsetError::Misspelt { right, .. }) = Offset::parse(&text) {
            prop_assert_eq!(Offset::parse(&right.to_string()), Ok(right));
        }
    }
}
