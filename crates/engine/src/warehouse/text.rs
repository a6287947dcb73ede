//! Values as text, the way that people write them, and as instants.

use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use arrow::compute::cast;
use arrow::compute::kernels::cast_utils::string_to_datetime;
use arrow::datatypes::{DataType, Field, Float64Type, TimeUnit, TimestampMicrosecondType};
use arrow::error::ArrowError;
use arrow::json::writer::{EncoderOptions, make_encoder};

/// Whether [`to_text`] knows the type.
pub(super) fn is_text_like(data_type: &DataType, nested: bool) -> bool {
    use DataType::*;
    match data_type {
        Binary | LargeBinary | BinaryView | FixedSizeBinary(_) | Interval(_) | Duration(_) => false,
        Dictionary(_, values) => is_text_like(values, nested),
        RunEndEncoded(..) | Union(..) => false,
        other => nested || !other.is_nested(),
    }
}

/// Values as text: whole numbers without `.0`, floats and decimals as short as they are exact, `true` and `false`,
/// lists and structs as JSON.
pub(super) fn to_text(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    match array.data_type() {
        DataType::Utf8 => Ok(array.as_string::<i32>().clone()),
        DataType::Dictionary(_, values) => to_text(&cast(array, values)?),
        float if float.is_floating() => {
            let floats = cast(array, &DataType::Float64)?;
            let floats = floats.as_primitive::<Float64Type>();
            // A float of 32 bits has fewer digits than the 64 that hold it.
            let single = float == &DataType::Float32;
            let text = |value: f64| match single {
                true => float_text(value, &(value as f32).to_string()),
                false => float_text(value, &value.to_string()),
            };
            Ok(floats.iter().map(|value| value.map(text)).collect())
        }
        decimal if decimal.is_decimal() => {
            let text = cast(array, &DataType::Utf8)?;
            let trimmed = |text: &str| match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                false => text.to_owned(),
            };
            Ok(text
                .as_string::<i32>()
                .iter()
                .map(|value| value.map(trimmed))
                .collect())
        }
        nested if nested.is_nested() => json_text(array),
        _ => Ok(cast(array, &DataType::Utf8)?.as_string::<i32>().clone()),
    }
}

/// `plain` is the shortest text without an exponent; very large and very small numbers get one.
fn float_text(value: f64, plain: &str) -> String {
    /// Longer texts are mostly noughts.
    const LONG: usize = 24;
    if plain == "-0" {
        return "0".to_owned();
    }
    match plain.len() > LONG {
        true => format!("{value:e}"),
        false => plain.to_owned(),
    }
}

fn json_text(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    let field = Arc::new(Field::new("value", array.data_type().clone(), true));
    let options = EncoderOptions::default().with_explicit_nulls(true);
    let mut encoder = make_encoder(&field, array.as_ref(), &options)?;
    let mut texts = StringBuilder::with_capacity(array.len(), array.len() * 16);
    let mut bytes = Vec::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            texts.append_null();
            continue;
        }
        bytes.clear();
        encoder.encode(row, &mut bytes);
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| ArrowError::JsonError(error.to_string()))?;
        texts.append_value(text);
    }
    Ok(texts.finish())
}

/// An instant, in microseconds since 1970, or why there is none.
pub(super) type Instant<'a> = Result<i64, NoInstant<'a>>;

/// Why a row has no instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoInstant<'a> {
    Null,
    /// The text that is no time.
    Text(&'a str),
    /// Before the year 0 or after 9999.
    FarAway,
}

/// Instants of a column, which is text or microseconds.
#[derive(Debug)]
pub(super) struct Instants(ArrayRef);

impl Instants {
    /// Whether the type is one of instants, or of text that may be.
    pub(super) fn reads(data_type: &DataType) -> bool {
        match data_type {
            DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 | DataType::Null => true,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
            DataType::Dictionary(_, values) => Self::reads(values),
            _ => false,
        }
    }

    /// A time without a zone is UTC, a date its midnight.
    pub(super) fn new(array: &ArrayRef) -> Result<Self, ArrowError> {
        let micros = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        Ok(Self(match array.data_type() {
            DataType::Dictionary(_, values) => return Self::new(&cast(array, values)?),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                cast(array, &DataType::Utf8)?
            }
            // Its integers are instants already, and one that is too far away must not fail the others.
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                cast(&cast(array, &DataType::Int64)?, &micros)?
            }
            _ => cast(array, &micros)?,
        }))
    }

    pub(super) fn get(&self, row: usize) -> Instant<'_> {
        if self.0.is_null(row) {
            return Err(NoInstant::Null);
        }
        let micros = match self.0.data_type() {
            DataType::Utf8 => {
                let text = self.0.as_string::<i32>().value(row);
                parse(text).ok_or(NoInstant::Text(text))?
            }
            _ => self.0.as_primitive::<TimestampMicrosecondType>().value(row),
        };
        match (YEAR_0..YEAR_10000).contains(&micros) {
            true => Ok(micros),
            false => Err(NoInstant::FarAway),
        }
    }
}

const YEAR_0: i64 = -62_167_219_200_000_000;
const YEAR_10000: i64 = 253_402_300_800_000_000;

/// ISO 8601: a date, or a date and a time with or without a zone.
fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    // Digits alone count something, and nobody says what.
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let utc: Tz = "UTC".parse().ok()?;
    string_to_datetime(&utc, text)
        .ok()
        .map(|time| time.timestamp_micros())
}

/// Numbers as they stand in a column of integers; for messages.
pub(super) fn counts(data_type: &DataType) -> bool {
    data_type.is_integer() || data_type.is_floating() || data_type.is_decimal()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use arrow::array::{
        BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array, Int64Array,
        LargeStringArray, ListArray, TimestampNanosecondArray, TimestampSecondArray,
    };

    use arrow::datatypes::Int64Type;

    use super::*;

    fn texts(array: impl Array + 'static) -> Vec<Option<String>> {
        let array: ArrayRef = Arc::new(array);
        let texts = to_text(&array).unwrap();
        texts.iter().map(|text| text.map(str::to_owned)).collect()
    }

    fn some(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| Some((*text).to_owned())).collect()
    }

    #[test]
    fn values_are_written_as_people_write_them() {
        assert_eq!(
            texts(Float64Array::from(vec![
                1.0, 0.1, -0.0, 1e300, 1e-30, 2.5, 100_000.0
            ])),
            some(&["1", "0.1", "0", "1e300", "1e-30", "2.5", "100000"])
        );
        assert_eq!(
            texts(Float32Array::from(vec![0.1, 1.0])),
            some(&["0.1", "1"])
        );
        assert_eq!(
            texts(Int64Array::from(vec![Some(7), None])),
            [Some("7".to_owned()), None]
        );
        assert_eq!(
            texts(BooleanArray::from(vec![true, false])),
            some(&["true", "false"])
        );
        assert_eq!(texts(LargeStringArray::from(vec!["01"])), some(&["01"]));
        let decimals = Decimal128Array::from(vec![100, 150, 0, 12_345])
            .with_precision_and_scale(10, 2)
            .unwrap();
        assert_eq!(texts(decimals), some(&["1", "1.5", "0", "123.45"]));
        let list =
            ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1), None]), None]);
        assert_eq!(texts(list), [Some("[1,null]".to_owned()), None]);
    }

    #[test]
    fn times_without_a_zone_are_utc_and_dates_their_midnight() {
        const NOON: i64 = 1_762_084_800_000_000;
        let of = |array: ArrayRef| Instants::new(&array).unwrap().get(0).ok();
        assert_eq!(
            of(Arc::new(TimestampSecondArray::from(vec![1_762_084_800]))),
            Some(NOON)
        );
        let zoned = TimestampNanosecondArray::from(vec![1_762_084_800_000_000_000]);
        assert_eq!(of(Arc::new(zoned.with_timezone("+02:00"))), Some(NOON));
        let days = Date32Array::from(vec![20_394]);
        assert_eq!(of(Arc::new(days)), Some(NOON - 12 * 3_600_000_000));
        for (text, micros) in [
            ("2025-11-02T12:00:00Z", Some(NOON)),
            ("2025-11-02 12:00:00", Some(NOON)),
            (" 2025-11-02T14:00:00+02:00 ", Some(NOON)),
            ("2025-11-02", Some(NOON - 12 * 3_600_000_000)),
            ("1762084800", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(
                of(Arc::new(StringArray::from(vec![text]))),
                micros,
                "{text}"
            );
        }
    }

    #[test]
    fn a_time_that_is_no_time_of_ours_is_told_from_none() {
        let far = TimestampSecondArray::from(vec![Some(253_402_300_800), None]);
        let instants = Instants::new(&(Arc::new(far) as ArrayRef)).unwrap();
        assert_eq!(instants.get(0), Err(NoInstant::FarAway));
        assert_eq!(instants.get(1), Err(NoInstant::Null));
    }
}
