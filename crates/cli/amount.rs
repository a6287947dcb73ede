//! Amounts as people read them.

/// `12.3 MB`; MB is 10^6.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if count < 1_000 {
        return format!("{count} B");
    }
    let mut amount = count as f64 / 1_000.0;
    let mut unit = 0;
    while amount >= 999.95 && unit + 1 < UNITS.len() {
        amount /= 1_000.0;
        unit += 1;
    }
    format!(
        "{amount:.1} {}",
        UNITS.get(unit).copied().unwrap_or_default()
    )
}

/// `1 file`, `2 files`
pub(crate) fn of(count: u64, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    }
}

/// `at least 20000 files`, where more were not counted.
pub(crate) fn at_least(cut: bool, amount: &str) -> String {
    let more = if cut { "at least " } else { "" };
    format!("{more}{amount}")
}

/// `of 300 labels, 285 (95 %) have a prediction`
pub(crate) fn share(part: u64, whole: u64, what: &str, has: &str) -> String {
    let percent = part as f64 * 100.0 / whole.max(1) as f64;
    // Never rounded to all or nothing.
    let percent = if part == whole {
        percent.round()
    } else {
        percent.round().clamp(f64::from(u8::from(part > 0)), 99.0)
    };
    format!("of {} {part} ({percent} %) have {has}", of(whole, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(12_345_678), "12.3 MB");
        assert_eq!(bytes(999_999), "1.0 MB");
        assert_eq!(of(1, "file"), "1 file");
        assert_eq!(at_least(true, "2 files"), "at least 2 files");
        assert_eq!(at_least(false, "2 files"), "2 files");
        assert_eq!(
            share(999, 1_000, "label", "a prediction"),
            "of 1000 labels 999 (99 %) have a prediction"
        );
        assert_eq!(
            share(0, 2, "label", "a prediction"),
            "of 2 labels 0 (0 %) have a prediction"
        );
    }
}
