//! Doubles as SageMaker's texts print them: Java's `Double.toString`, since JDK 19 with the fewest digits that are read
//! back as the same number (Raffaello Giulietti, "The Schubfach way to render doubles").

/// `4.2E-4`, `0.001`, `1.0`, `1.0E7`, `NaN`, `-Infinity`.
pub(crate) fn java_double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
        // `{:?}` has at least one digit after the point and no exponent in this range.
        return format!("{value:?}");
    }
    let mut shortest = format!("{value:e}");
    if !shortest.contains('.') {
        // Java has two digits at least, the nearest two: 4.9E-324, where 5e-324 would be enough.
        shortest = format!("{value:.1e}");
    }
    shortest.replace('e', "E")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_printed_as_java_does() {
        // As the javadoc of Double.toString and formats.md 7.2 have them.
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (100.0, "100.0"),
            (0.001, "0.001"),
            (0.000_999_9, "9.999E-4"),
            (0.000_42, "4.2E-4"),
            (-0.000_1, "-1.0E-4"),
            (9_999_999.0, "9999999.0"),
            (9_999_999.5, "9999999.5"),
            (1e7, "1.0E7"),
            (-12_345_678.9, "-1.23456789E7"),
            (2e23, "2.0E23"),
            (f64::MAX, "1.7976931348623157E308"),
            (f64::MIN_POSITIVE, "2.2250738585072014E-308"),
            (5e-324, "4.9E-324"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
            (0.113_537_117_903_930_13, "0.11353711790393013"),
        ] {
            assert_eq!(java_double(value), expected);
        }
    }
}
