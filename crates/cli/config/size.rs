//! Amounts as people write them: sizes in bytes, counts and shares of rejects.

use groundline_engine::MaxRejects;

/// Bytes of `512`, `10kB`, `64MB`, `16MiB`, `2G`: kB, MB, GB, TB are powers of 1000, and KiB, MiB,
/// GiB, TiB and the bare K, M, G, T powers of 1024. Case does not count.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a size; write it like 16MiB, 64MB or 2G");
    let trimmed = text.trim();
    let end = trimmed
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at_checked(end).ok_or_else(wrong)?;
    let unit: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        _ => return Err(wrong()),
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole
            .checked_mul(unit)
            .ok_or_else(|| format!("`{text}` is too large"));
    }
    let bytes = number.parse::<f64>().map_err(|_| wrong())? * unit as f64;
    // Beyond 2^53 a fraction of a byte cannot be told from its neighbours; no machine has that much.
    if bytes.is_finite() && (0.0..=9e15).contains(&bytes) {
        Ok(bytes as u64)
    } else {
        Err(format!("`{text}` is too large"))
    }
}

/// `25` records or `0.5%` of them.
pub(crate) fn parse_max_rejects(text: &str) -> Result<MaxRejects, String> {
    let wrong = || format!("`{text}` is neither a count like 25 nor a share like 0.5%");
    match text.trim().strip_suffix('%') {
        Some(percent) => {
            let percent: f64 = percent.trim().parse().map_err(|_| wrong())?;
            if (0.0..=100.0).contains(&percent) {
                Ok(MaxRejects::Percent(percent))
            } else {
                Err(format!("`{text}` is not between 0% and 100%"))
            }
        }
        None => text
            .trim()
            .parse()
            .map(MaxRejects::Count)
            .map_err(|_| wrong()),
    }
}

/// A whole number from `least` on.
pub(crate) fn parse_count(text: &str, least: usize) -> Result<usize, String> {
    match text.trim().parse::<usize>() {
        Ok(count) if count >= least => Ok(count),
        _ => Err(format!(
            "`{text}` is not a whole number of at least {least}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_and_binary_units_differ() {
        for (text, bytes) in [
            ("0", 0),
            ("512", 512),
            ("512b", 512),
            ("1kB", 1_000),
            ("64MB", 64_000_000),
            ("64MiB", 67_108_864),
            ("64M", 67_108_864),
            ("64m", 67_108_864),
            ("2 G", 2_147_483_648),
            ("1.5KiB", 1_536),
            ("1TB", 1_000_000_000_000),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in [
            "", "MiB", "-1", "1e3", "1.2.3", "64 megs", "é", "NaN", "1ZB",
        ] {
            assert!(
                parse_size(text).is_err_and(|why| why.contains("is not a size")),
                "{text}"
            );
        }
        for text in ["99999999999999T", "99999999999999.5T"] {
            assert!(
                parse_size(text).is_err_and(|why| why.contains("too large")),
                "{text}"
            );
        }
    }

    #[test]
    fn rejects_are_a_count_or_a_share() {
        assert_eq!(parse_max_rejects("25"), Ok(MaxRejects::Count(25)));
        assert_eq!(parse_max_rejects("0.5%"), Ok(MaxRejects::Percent(0.5)));
        assert_eq!(parse_max_rejects("100 %"), Ok(MaxRejects::Percent(100.0)));
        for text in ["101%", "-1%", "NaN%", "-1", "", "%", "1.5", "many"] {
            assert!(parse_max_rejects(text).is_err(), "{text}");
        }
    }

    #[test]
    fn counts_have_a_least_value() {
        assert_eq!(parse_count("7", 1), Ok(7));
        assert!(parse_count("0", 1).is_err());
        assert!(parse_count("-1", 0).is_err());
    }
}
