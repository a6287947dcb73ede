//! The value of a selector in one record's payload.

use super::csv;
use super::encoding::{Encoding, decode_base64, read_encoding};
use super::json::element_spans;
use super::path::{self, Value};
use super::selector::Selector;
use crate::json::{Kind, Scanner, Text};
use std::borrow::Cow;

/// What a selector found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field<'a> {
    /// Nothing is there, or the payload cannot be read.
    Absent,
    /// A JSON null.
    Null,
    /// A CSV field unquoted and trimmed; a JSON string unescaped; any other JSON value as source text.
    Text(Cow<'a, str>),
}

/// Buffers for payloads that must be decoded first.
#[derive(Debug, Default)]
pub struct Scratch {
    decoded: Vec<u8>,
}

impl Scratch {
    /// With empty buffers.
    pub fn new() -> Scratch {
        Scratch::default()
    }
}

/// The value of one selector. Allocates only for escapes, doubled quotes and projections.
pub fn field<'a>(
    payload: &'a str,
    encoding: Encoding,
    selector: &Selector,
    scratch: &'a mut Scratch,
) -> Field<'a> {
    match readable(payload, encoding, scratch) {
        Some((text, Encoding::Csv)) => csv_text_field(text, selector),
        Some((text, Encoding::Json)) => json_field(text, Some(selector)),
        _ => Field::Absent,
    }
}

/// The values of many selectors; the payload is decoded and walked once. `report` is called once for each selector,
/// in their order, with its index.
pub fn fields(
    payload: &str,
    encoding: Encoding,
    selectors: &[Selector],
    mut report: impl FnMut(usize, Field<'_>),
) {
    let mut scratch = Scratch::new();
    let readable = readable(payload, encoding, &mut scratch);
    match readable {
        Some((text, Encoding::Csv)) => {
            let row = csv::rows(text).next().map_or("", |(_, row)| row);
            let raw: Vec<&str> = csv::raw_fields(row).collect();
            for (index, selector) in selectors.iter().enumerate() {
                let found = selector
                    .column()
                    .and_then(|c| place(c, raw.len()))
                    .and_then(|c| raw.get(c));
                report(
                    index,
                    found.map_or(Field::Absent, |raw| Field::Text(csv::field_value(raw))),
                );
            }
        }
        Some((text, Encoding::Json)) => json_fields(text, selectors, &mut report),
        _ => (0..selectors.len()).for_each(|index| report(index, Field::Absent)),
    }
}

/// The elements of the list that `path` selects, as source text; `None` if it selects no list.
pub fn records_at(payload: &str, encoding: Encoding, path: &Selector) -> Option<Vec<String>> {
    let mut scratch = Scratch::new();
    let (text, Encoding::Json) = readable(payload, encoding, &mut scratch)? else {
        return None;
    };
    let value = path::select(text, path.steps())?;
    let mut spans = Vec::new();
    if !element_spans(&value.source, &mut spans) {
        return None;
    }
    let elements = spans
        .iter()
        .filter_map(|&(from, to)| value.source.get(from..to));
    Some(elements.map(str::to_owned).collect())
}

/// The payload as text with an encoding that has fields: CSV or JSON.
pub(crate) fn readable<'a>(
    payload: &'a str,
    encoding: Encoding,
    scratch: &'a mut Scratch,
) -> Option<(&'a str, Encoding)> {
    let text = match encoding {
        Encoding::Csv | Encoding::Json => return Some((payload, encoding)),
        Encoding::Unknown => payload,
        Encoding::Base64 => {
            decode_base64(payload, &mut scratch.decoded).ok()?;
            simdutf8::basic::from_utf8(&scratch.decoded).ok()?
        }
    };
    Some((text, read_encoding(text)))
}

/// The field of a CSV row.
pub(crate) fn csv_field(row: &str, column: i64) -> Option<Cow<'_, str>> {
    let place = match usize::try_from(column) {
        Ok(place) => place,
        Err(_) => place(column, csv::raw_fields(row).count())?,
    };
    csv::raw_fields(row).nth(place).map(csv::field_value)
}

/// The value that a selector finds in a JSON document; without a selector the document itself.
pub(crate) fn json_field<'a>(text: &'a str, selector: Option<&Selector>) -> Field<'a> {
    let steps = selector.map(Selector::steps).unwrap_or_default();
    if let Some(value) = path::select(text, steps) {
        return value_field(value);
    }
    match selector.and_then(Selector::column) {
        Some(0 | -1) => scalar(text),
        _ => Field::Absent,
    }
}

fn json_fields(text: &str, selectors: &[Selector], report: &mut dyn FnMut(usize, Field<'_>)) {
    let mut tops: Vec<Option<(Kind, &str)>> = vec![None; selectors.len()];
    let mut scanner = Scanner::new(text, super::PAYLOAD_DEPTH);
    let is_object = scanner.kind() == Ok(Kind::Object);
    let scanned = (|| {
        if !is_object {
            return Ok(());
        }
        scanner.open()?;
        let mut first = true;
        while let Some(key) = scanner.key(&mut first)? {
            let value = scanner.slice()?;
            for (selector, top) in selectors.iter().zip(&mut tops) {
                if let Some(super::selector::Step::Name { name, .. }) = selector.steps().first()
                    && key.is(name)
                {
                    *top = Some(value);
                }
            }
        }
        scanner.end()
    })();
    for (index, (selector, top)) in selectors.iter().zip(tops).enumerate() {
        let found = if scanned.is_err() {
            Field::Absent
        } else if !is_object || selector.steps().is_empty() {
            json_field(text, Some(selector))
        } else {
            let rest = selector.steps().get(1..).unwrap_or_default();
            top.and_then(|(kind, source)| path::follow(kind, source, rest))
                .map_or(Field::Absent, value_field)
        };
        report(index, found);
    }
}

fn csv_text_field<'a>(text: &'a str, selector: &Selector) -> Field<'a> {
    let row = csv::rows(text).next().map_or("", |(_, row)| row);
    let found = selector.column().and_then(|column| csv_field(row, column));
    found.map_or(Field::Absent, Field::Text)
}

/// A document that is a scalar has one column.
fn scalar(text: &str) -> Field<'_> {
    match path::select(text, &[]) {
        Some(value) if !matches!(value.kind, Kind::Object | Kind::Array) => value_field(value),
        _ => Field::Absent,
    }
}

fn value_field(value: Value<'_>) -> Field<'_> {
    match (value.kind, value.source) {
        (Kind::Null, _) => Field::Null,
        (Kind::String, Cow::Borrowed(source)) => {
            let raw = source
                .strip_prefix('"')
                .and_then(|s| s.strip_suffix('"'))
                .unwrap_or(source);
            let escaped = raw.contains('\\');
            Field::Text(Text { raw, escaped }.cow())
        }
        (_, source) => Field::Text(source),
    }
}

/// The position of an index that may count from the end.
fn place(index: i64, len: usize) -> Option<usize> {
    let len = i64::try_from(len).ok()?;
    let place = if index < 0 { index + len } else { index };
    usize::try_from(place).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;
    use Encoding::{Base64, Csv, Json, Unknown};

    /// `field` and `fields` must say the same.
    fn get(payload: &str, encoding: Encoding, selector: &str) -> String {
        let selector = Selector::parse(selector).unwrap();
        let show = |field: Field<'_>| match field {
            Field::Absent => "absent".to_owned(),
            Field::Null => "null".to_owned(),
            Field::Text(text) => format!("={text}"),
        };
        let one = show(field(payload, encoding, &selector, &mut Scratch::new()));
        let mut many = String::new();
        fields(
            payload,
            encoding,
            std::slice::from_ref(&selector),
            |_, f| many = show(f),
        );
        assert_eq!(one, many, "{selector} in {payload}");
        one
    }

    #[test]
    fn csv_columns_count_from_either_end() {
        assert_eq!(get("1, \"a,b\" ,c\n", Csv, "0"), "=1");
        assert_eq!(get("1,\"a,b\",c\n", Csv, "1"), "=a,b");
        assert_eq!(get("1,\"a,b\",c\n", Csv, "-1"), "=c");
        assert_eq!(get("1,2", Csv, "2"), "absent");
        assert_eq!(get("1,2", Csv, "-3"), "absent");
        assert_eq!(get("1,,2", Csv, "1"), "=");
    }

    #[test]
    fn a_path_finds_nothing_in_csv() {
        assert_eq!(get("1,2", Csv, "score"), "absent");
    }

    #[test]
    fn paths_go_through_members_elements_and_pointers() {
        let payload = r#"{"a":{"b":[{"c":"x\ny"},{"c":2.50}]},"d.e":true,"n":null,"0":"zero","t":"old","t":"new"}"#;
        assert_eq!(get(payload, Json, "a.b[0].c"), "=x\ny");
        assert_eq!(get(payload, Json, "$.a.b[-1].c"), "=2.50");
        assert_eq!(get(payload, Json, "/a/b/1/c"), "=2.50");
        assert_eq!(get(payload, Json, "a.b.1.c"), "=2.50");
        assert_eq!(get(payload, Json, "['d.e']"), "=true");
        assert_eq!(get(payload, Json, "n"), "null");
        assert_eq!(get(payload, Json, "0"), "=zero");
        assert_eq!(get(payload, Json, "t"), "=new");
        assert_eq!(get(payload, Json, "a.x"), "absent");
        assert_eq!(get(payload, Json, "n.x"), "absent");
        assert_eq!(get(payload, Json, "a.b[2]"), "absent");
        assert_eq!(get(payload, Json, "a.b[*].c"), r#"=["x\ny",2.50]"#);
    }

    #[test]
    fn a_projection_keeps_positions() {
        assert_eq!(get(r#"[{"s":1},{},{"s":3}]"#, Json, "[*].s"), "=[1,null,3]");
        assert_eq!(
            get(r#"{"p":[[{"s":1}],[{"s":2},{"s":3}]]}"#, Json, "p[*][*].s"),
            "=[[1],[2,3]]"
        );
        assert_eq!(get(r#"{"p":[]}"#, Json, "p[*].s"), "=[]");
        assert_eq!(get(r#"{"p":{}}"#, Json, "p[*].s"), "absent");
    }

    #[test]
    fn an_integer_indexes_a_list_and_zero_selects_a_scalar() {
        assert_eq!(get("[0.1,0.9]", Json, "1"), "=0.9");
        assert_eq!(get("[0.1,0.9]", Json, "-1"), "=0.9");
        assert_eq!(get(" 0.5 ", Json, "0"), "=0.5");
        assert_eq!(get("\"yes\"", Json, "0"), "=yes");
        assert_eq!(get("0.5", Json, "1"), "absent");
        assert_eq!(get("{\"a\":1}", Json, "0"), "absent");
        assert_eq!(get("{\"a\":1}", Json, "$"), "={\"a\":1}");
    }

    #[test]
    fn payloads_that_are_not_one_document_have_no_fields() {
        for payload in [
            "",
            "{\"a\":1",
            "{\"a\":1} x",
            "{\"a\":1}\n{\"a\":2}",
            "{'a':1}",
        ] {
            assert_eq!(get(payload, Json, "a"), "absent", "{payload}");
        }
    }

    #[test]
    fn base64_and_unknown_payloads_are_read_by_what_they_hold() {
        assert_eq!(get("eyJhIjoxfQ==", Base64, "a"), "=1");
        assert_eq!(get("MC41LHllcw==", Base64, "1"), "=yes");
        assert_eq!(get("c2V0b3Nh", Base64, "0"), "=setosa");
        assert_eq!(get("!", Base64, "0"), "absent");
        assert_eq!(get("//4=", Base64, "0"), "absent");
        assert_eq!(get("0.5", Unknown, "0"), "=0.5");
        assert_eq!(get("Dear you,\nbye", Unknown, "0"), "absent");
    }

    #[test]
    fn records_come_from_the_list_that_the_path_selects() {
        let path = Selector::parse("out.rows").unwrap();
        let payload = r#"{"out":{"rows":[ {"a":1}, 2 ,"x"]}}"#;
        assert_eq!(
            records_at(payload, Json, &path).unwrap(),
            ["{\"a\":1}", "2", "\"x\""]
        );
        assert_eq!(records_at("{\"out\":{\"rows\":1}}", Json, &path), None);
        assert_eq!(records_at("1,2", Csv, &path), None);
    }
}
