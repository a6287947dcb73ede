//! The records of a JSON payload, as spans of its text.

use super::PAYLOAD_DEPTH;
use crate::json::{Kind, Scan, Scanner, Stop};

/// Byte offsets of a piece of text.
pub(crate) type Span = (usize, usize);

/// Fields that SageMaker adds to a transform document.
pub(crate) const INFERENCE_FIELDS: &str = "SageMakerInference";

/// Whether the text is one JSON document, or two and more of them on lines of their own.
pub(crate) fn is_json(text: &str) -> bool {
    is_document(text) || document_lines(text, &mut |_| {})
}

/// Whether the text is one JSON document.
pub(crate) fn is_document(text: &str) -> bool {
    let mut scanner = Scanner::new(text, PAYLOAD_DEPTH);
    scanner.skip().and_then(|_| scanner.end()).is_ok()
}

/// Appends the spans of the text's records, at least one if it is JSON. False, and no spans, if it is not.
pub(crate) fn record_spans(text: &str, spans: &mut Vec<Span>) -> bool {
    let start = spans.len();
    if document_records(text, spans).is_ok() {
        return true;
    }
    spans.truncate(start);
    if document_lines(text, &mut |span| spans.push(span)) {
        return true;
    }
    spans.truncate(start);
    false
}

/// The spans of the elements of the JSON list `text`, if it is one.
pub(crate) fn element_spans(text: &str, spans: &mut Vec<Span>) -> bool {
    let start = spans.len();
    let mut scanner = Scanner::new(text, PAYLOAD_DEPTH);
    let scanned = (|| {
        if scanner.kind()? != Kind::Array {
            return Err(Stop);
        }
        elements(&mut scanner, spans)?;
        scanner.end()
    })();
    if scanned.is_err() {
        spans.truncate(start);
    }
    scanned.is_ok()
}

/// The source of the only member of the JSON object `text` besides the `SageMakerInference*` fields.
pub(crate) fn sole_member(text: &str) -> Option<&str> {
    let mut scanner = Scanner::new(text, PAYLOAD_DEPTH);
    let mut sole = None;
    let scanned = (|| {
        if scanner.kind()? != Kind::Object {
            return Err(Stop);
        }
        scanner.open()?;
        let mut first = true;
        let mut count = 0_usize;
        while let Some(key) = scanner.key(&mut first)? {
            let (_, value) = scanner.slice()?;
            if !key.cow().starts_with(INFERENCE_FIELDS) {
                count += 1;
                sole = Some(value);
            }
        }
        scanner.end()?;
        if count == 1 { Ok(()) } else { Err(Stop) }
    })();
    scanned.ok().and(sole)
}

/// One document: the objects of its list, or itself without the white space around it.
fn document_records(text: &str, spans: &mut Vec<Span>) -> Scan<()> {
    let start = spans.len();
    let mut scanner = Scanner::new(text, PAYLOAD_DEPTH);
    let kind = scanner.kind()?;
    let from = scanner.offset();
    let listed = match kind {
        Kind::Array => elements(&mut scanner, spans)?,
        Kind::Object => member_elements(&mut scanner, spans)?,
        _ => {
            scanner.skip()?;
            false
        }
    };
    let to = scanner.offset();
    scanner.end()?;
    if !listed {
        spans.truncate(start);
        spans.push((from, to));
    }
    Ok(())
}

/// Walks an array and appends its elements; whether there are any and all are objects.
fn elements(scanner: &mut Scanner<'_>, spans: &mut Vec<Span>) -> Scan<bool> {
    scanner.open()?;
    let mut first = true;
    let mut objects = true;
    while scanner.element(&mut first)? {
        let from = scanner.offset();
        objects &= scanner.skip()? == Kind::Object;
        spans.push((from, scanner.offset()));
    }
    Ok(objects && !first)
}

/// Walks an object and appends the elements of its only member, if that is a list of objects.
fn member_elements(scanner: &mut Scanner<'_>, spans: &mut Vec<Span>) -> Scan<bool> {
    let start = spans.len();
    scanner.open()?;
    let mut first = true;
    let mut count = 0_usize;
    let mut listed = false;
    while let Some(key) = scanner.key(&mut first)? {
        let is_array = scanner.kind()? == Kind::Array;
        if key.cow().starts_with(INFERENCE_FIELDS) {
            scanner.skip()?;
            continue;
        }
        count += 1;
        if is_array && count == 1 {
            listed = elements(scanner, spans)?;
        } else {
            scanner.skip()?;
            spans.truncate(start);
            listed = false;
        }
    }
    Ok(listed && count == 1)
}

/// Whether each nonblank line is a document and there are two or more; reports them as it goes.
fn document_lines(text: &str, report: &mut dyn FnMut(Span)) -> bool {
    let mut count = 0_usize;
    let mut start = 0;
    for line in text.split('\n') {
        let mut scanner = Scanner::line(line, PAYLOAD_DEPTH);
        if !line.trim_ascii().is_empty() {
            let Ok(_) = scanner.kind() else { return false };
            let from = scanner.offset();
            let Ok(_) = scanner.skip() else { return false };
            let to = scanner.offset();
            if scanner.end().is_err() {
                return false;
            }
            report((start + from, start + to));
            count += 1;
        }
        start += line.len() + 1;
    }
    count >= 2
}
