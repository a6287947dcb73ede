//! Labels of events with several records (design.md, "Several records"; formats.md 3.2).
//!
//! A label fits an event of n records in two layouts: n records of its own, or one row of n columns.

use crate::payload::json::{Span, element_spans, record_spans, sole_member};
use crate::payload::{
    Encoding, Field, Selector, csv, csv_field, decode_base64, json_field, read_encoding,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// How many values a label has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LabelShape {
    /// Records by the payload rule.
    pub rows: u32,
    /// Columns of the single row, else 0.
    pub columns: u32,
    /// Null or blank text or a JSON null: a label that says nothing, for any event.
    pub empty: bool,
}

/// How the values of an event's records lie in its label (design.md, `label_layout`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabelLayout {
    /// As many records as the event has, else one row of as many columns.
    #[default]
    Auto,
    /// Only a record for each.
    Rows,
    /// Only one row with a column for each.
    Columns,
}

impl LabelLayout {
    /// The word of the layout in settings and statements.
    pub fn as_str(self) -> &'static str {
        match self {
            LabelLayout::Auto => "auto",
            LabelLayout::Rows => "rows",
            LabelLayout::Columns => "columns",
        }
    }

    /// The layout of a word; `None` for any other.
    pub fn parse(word: &str) -> Option<LabelLayout> {
        [LabelLayout::Auto, LabelLayout::Rows, LabelLayout::Columns]
            .into_iter()
            .find(|layout| layout.as_str() == word)
    }
}

impl LabelShape {
    /// Whether the label has a value for each of `record_count` records.
    pub fn fits(&self, record_count: u32, layout: LabelLayout) -> bool {
        let rows = self.rows == record_count;
        let columns = self.rows == 1 && self.columns == record_count;
        self.empty
            || match layout {
                LabelLayout::Auto => rows || (record_count > 1 && columns),
                LabelLayout::Rows => rows,
                LabelLayout::Columns => columns,
            }
    }
}

/// The shape of a label. Columns are CSV fields, or the elements of a JSON list: the one that `attribute` selects, the
/// whole document, or its only member.
pub fn label_shape(
    label: Option<&str>,
    encoding: Encoding,
    attribute: Option<&Selector>,
) -> LabelShape {
    const EMPTY: LabelShape = LabelShape {
        rows: 0,
        columns: 0,
        empty: true,
    };
    if attribute.is_none()
        && label
            .and_then(|label| single_field(label, encoding))
            .is_some()
    {
        return LabelShape {
            rows: 1,
            columns: 1,
            empty: false,
        };
    }
    let mut decoded = Vec::new();
    let Some(label) = label.and_then(|label| Opened::new(label, encoding, &mut decoded)) else {
        return EMPTY;
    };
    if label.is_empty() {
        return EMPTY;
    }
    let columns = match label.spans.as_slice() {
        [_] => label.columns(attribute).len(),
        _ => 0,
    };
    LabelShape {
        rows: u32::try_from(label.spans.len()).unwrap_or(u32::MAX),
        columns: u32::try_from(columns).unwrap_or(u32::MAX),
        empty: false,
    }
}

/// The value for record `record_index` of `record_count`, not normalised; `None` is null. Call it only when the
/// shape fits. For many records of one label, [`label_values`] reads the label once.
pub fn label_value<'a>(
    label: &'a str,
    encoding: Encoding,
    record_index: u32,
    record_count: u32,
    attribute: Option<&Selector>,
    layout: LabelLayout,
) -> Option<Cow<'a, str>> {
    if attribute.is_none()
        && record_count == 1
        && let Some(field) = single_field(label, encoding)
    {
        return Some(Cow::Borrowed(field));
    }
    let mut decoded = Vec::new();
    if encoding == Encoding::Base64 {
        // The decoded text does not outlive this call.
        let label = Opened::new(label, encoding, &mut decoded)?;
        let value = label.value(record_index, record_count, attribute, layout)?;
        return Some(Cow::Owned(value.into_owned()));
    }
    // Text in any other encoding is read where it lies.
    Opened::in_place(label, encoding).value(record_index, record_count, attribute, layout)
}

/// The one field of a CSV label that holds nothing else: no row end, comma, quote or control character. Nearly every
/// label is one, and there are millions.
fn single_field(label: &str, encoding: Encoding) -> Option<&str> {
    let plain = |byte: u8| byte >= b' ' && byte != b',' && byte != b'"';
    (encoding == Encoding::Csv && label.bytes().all(plain))
        .then(|| label.trim_matches(' '))
        .filter(|field| !field.is_empty())
}

/// The values for all `record_count` records in order, as [`label_value`] gives them one by one.
pub fn label_values(
    label: &str,
    encoding: Encoding,
    record_count: u32,
    attribute: Option<&Selector>,
    layout: LabelLayout,
    mut report: impl FnMut(u32, Option<Cow<'_, str>>),
) {
    let mut decoded = Vec::new();
    let opened = Opened::new(label, encoding, &mut decoded).filter(|label| !label.is_empty());
    let Some(label) = opened else {
        (0..record_count).for_each(|index| report(index, None));
        return;
    };
    if label.in_rows(record_count, layout) {
        let projected = label.projected(record_count, attribute);
        for index in 0..record_count {
            let value = label.row_value(index, record_count, attribute);
            report(
                index,
                value.or_else(|| label.element(projected.as_deref()?, index)),
            );
        }
        return;
    }
    let columns = label.columns(attribute);
    for index in 0..record_count {
        let column = usize::try_from(index).ok().and_then(|i| columns.get(i));
        report(index, column.and_then(|c| label.column_value(c, attribute)));
    }
}

/// A label as text, with the spans of its records.
#[derive(Debug)]
struct Opened<'a> {
    text: &'a str,
    encoding: Encoding,
    spans: Vec<Span>,
}

impl<'a> Opened<'a> {
    /// Decodes the label where that is needed; `None` if it cannot be decoded.
    fn new(label: &'a str, encoding: Encoding, decoded: &'a mut Vec<u8>) -> Option<Opened<'a>> {
        if encoding != Encoding::Base64 {
            return Some(Opened::in_place(label, encoding));
        }
        decode_base64(label, decoded).ok()?;
        let text = simdutf8::basic::from_utf8(decoded).ok()?;
        Some(Opened::in_place(text, Encoding::Unknown))
    }

    fn in_place(text: &'a str, encoding: Encoding) -> Opened<'a> {
        let encoding = match encoding {
            Encoding::Csv | Encoding::Json => encoding,
            Encoding::Base64 | Encoding::Unknown => read_encoding(text),
        };
        let mut spans = Vec::new();
        if encoding == Encoding::Json {
            record_spans(text, &mut spans);
        } else if encoding == Encoding::Csv {
            spans.extend(csv::rows(text).map(|(from, row)| (from, from + row.len())));
        }
        if spans.is_empty() {
            spans.push((0, text.len()));
        }
        Opened {
            text,
            encoding,
            spans,
        }
    }

    fn is_empty(&self) -> bool {
        let text = self.text.trim_ascii();
        text.is_empty() || (self.encoding == Encoding::Json && text == "null")
    }

    /// Whether the values are the label's records, and not the columns of its one row.
    fn in_rows(&self, record_count: u32, layout: LabelLayout) -> bool {
        layout != LabelLayout::Columns && u32::try_from(self.spans.len()) == Ok(record_count)
    }

    fn row(&self, index: usize) -> Option<&'a str> {
        let &(from, to) = self.spans.get(index)?;
        self.text.get(from..to)
    }

    /// The columns of the single row: raw CSV fields, or JSON elements; a scalar is one column.
    fn columns(&self, attribute: Option<&Selector>) -> Vec<Cow<'a, str>> {
        if self.encoding != Encoding::Json {
            let row = self.row(0).unwrap_or_default();
            return csv::raw_fields(row).map(Cow::Borrowed).collect();
        }
        if let Some(elements) = self.list(attribute) {
            return elements;
        }
        vec![Cow::Borrowed(self.text.trim_ascii())]
    }

    /// The elements of the list that the label is: the one that `attribute` selects, the whole document, or its only
    /// member.
    fn list(&self, attribute: Option<&Selector>) -> Option<Vec<Cow<'a, str>>> {
        // In a list the attribute selects within each element, unless it goes through the list itself.
        let is_list = self.text.trim_ascii_start().starts_with('[');
        if let Some(attribute) = attribute
            && (attribute.projects() || !is_list)
            && let Field::Text(list) = json_field(self.text, Some(attribute))
            && let Some(elements) = elements(list)
        {
            return Some(elements);
        }
        elements(Cow::Borrowed(self.text))
            .or_else(|| elements(Cow::Borrowed(sole_member(self.text)?)))
    }

    fn value(
        &self,
        record_index: u32,
        record_count: u32,
        attribute: Option<&Selector>,
        layout: LabelLayout,
    ) -> Option<Cow<'a, str>> {
        if self.is_empty() {
            return None;
        }
        if !self.in_rows(record_count, layout) {
            let columns = self.columns(attribute);
            let column = columns.get(usize::try_from(record_index).ok()?)?;
            return self.column_value(column, attribute);
        }
        let value = self.row_value(record_index, record_count, attribute);
        value.or_else(|| {
            let projected = self.projected(record_count, attribute)?;
            self.element(&projected, record_index)
        })
    }

    /// The value of a label that has a row for each record.
    fn row_value(
        &self,
        record_index: u32,
        record_count: u32,
        attribute: Option<&Selector>,
    ) -> Option<Cow<'a, str>> {
        let row = self.row(usize::try_from(record_index).ok()?)?;
        if self.encoding != Encoding::Json {
            return self.csv_value(row, attribute);
        }
        // One record whose label is a list of one: the layouts meet, and the element is the value.
        if record_count == 1
            && let Some(list) = self.list(attribute)
            && let [element] = list.as_slice()
        {
            return self.column_value(element, attribute);
        }
        json_value(row, attribute)
    }

    /// The list of one value a record that `attribute` selects from the label as a whole (`instances[*].label`).
    fn projected(
        &self,
        record_count: u32,
        attribute: Option<&Selector>,
    ) -> Option<Vec<Cow<'a, str>>> {
        let attribute = attribute.filter(|attribute| attribute.projects())?;
        let Field::Text(list) = json_field(self.text, Some(attribute)) else {
            return None;
        };
        elements(list).filter(|elements| u32::try_from(elements.len()) == Ok(record_count))
    }

    fn element(&self, elements: &[Cow<'a, str>], record_index: u32) -> Option<Cow<'a, str>> {
        self.column_value(elements.get(usize::try_from(record_index).ok()?)?, None)
    }

    fn csv_value(&self, row: &'a str, attribute: Option<&Selector>) -> Option<Cow<'a, str>> {
        if let Some(attribute) = attribute {
            return csv_field(row, attribute.column()?);
        }
        let mut fields = csv::raw_fields(row);
        match (fields.next(), fields.next()) {
            (Some(only), None) => Some(csv::field_value(only)),
            _ => Some(Cow::Borrowed(row)),
        }
    }

    /// The value of one column of a single row.
    fn column_value(
        &self,
        column: &Cow<'a, str>,
        attribute: Option<&Selector>,
    ) -> Option<Cow<'a, str>> {
        if self.encoding != Encoding::Json {
            return Some(match column {
                Cow::Borrowed(raw) => csv::field_value(raw),
                Cow::Owned(raw) => Cow::Owned(csv::field_value(raw).into_owned()),
            });
        }
        let is_scalar = !column.starts_with(['{', '[']);
        let attribute = attribute.filter(|_| !is_scalar);
        match column {
            Cow::Borrowed(element) => json_value(element, attribute),
            Cow::Owned(element) => {
                json_value(element, attribute).map(|v| Cow::Owned(v.into_owned()))
            }
        }
    }
}

/// The elements of a JSON list, borrowed where it is.
fn elements(list: Cow<'_, str>) -> Option<Vec<Cow<'_, str>>> {
    let mut spans = Vec::new();
    if !element_spans(&list, &mut spans) {
        return None;
    }
    let elements = spans.iter().map(|&(from, to)| match &list {
        Cow::Borrowed(list) => Cow::Borrowed(list.get(from..to).unwrap_or_default()),
        Cow::Owned(list) => Cow::Owned(list.get(from..to).unwrap_or_default().to_owned()),
    });
    Some(elements.collect())
}

/// The value of one JSON record: what `attribute` selects; a scalar; the only member of an object; else its text.
fn json_value<'a>(record: &'a str, attribute: Option<&Selector>) -> Option<Cow<'a, str>> {
    let found = match attribute {
        Some(_) => json_field(record, attribute),
        None => match sole_member(record) {
            Some(member) => json_field(member, None),
            None => match json_field(record, None) {
                // A label under JSON that is not JSON is the text it is.
                Field::Absent => Field::Text(Cow::Borrowed(record)),
                found => found,
            },
        },
    };
    match found {
        Field::Text(text) => Some(text),
        Field::Null | Field::Absent => None,
    }
}
