//! Following a path through JSON text, by scanning and slicing.

use super::PAYLOAD_DEPTH;
use super::selector::Step;
use crate::json::{Kind, Scan, Scanner, Stop};
use std::borrow::Cow;

/// A JSON value as source text.
#[derive(Clone, Debug)]
pub(crate) struct Value<'a> {
    pub(crate) kind: Kind,
    pub(crate) source: Cow<'a, str>,
}

/// The value that a path selects in JSON text; `None` if there is none, or the text is not one JSON document.
pub(crate) fn select<'a>(text: &'a str, steps: &[Step]) -> Option<Value<'a>> {
    let mut scanner = Scanner::new(text, PAYLOAD_DEPTH);
    let found = (|| {
        let (kind, source) = scanner.slice()?;
        scanner.end()?;
        Ok::<_, Stop>((kind, source))
    })();
    let (kind, source) = found.ok()?;
    follow(kind, source, steps)
}

/// The value that `steps` select inside a value that was scanned before.
pub(crate) fn follow<'a>(kind: Kind, source: &'a str, steps: &[Step]) -> Option<Value<'a>> {
    let Some((step, rest)) = steps.split_first() else {
        return Some(Value {
            kind,
            source: Cow::Borrowed(source),
        });
    };
    let (kind, source) = match (step, kind) {
        (Step::Name { name, .. }, Kind::Object) => member(source, name).ok()??,
        (Step::Name { index, .. }, Kind::Array) => element(source, (*index)?).ok()??,
        (Step::Index(index), Kind::Array) => element(source, *index).ok()??,
        (Step::All, Kind::Array) => return project(source, rest),
        _ => return None,
    };
    follow(kind, source, rest)
}

/// The last member of that name.
fn member<'a>(object: &'a str, name: &str) -> Scan<Option<(Kind, &'a str)>> {
    let mut scanner = Scanner::new(object, PAYLOAD_DEPTH);
    scanner.kind()?;
    scanner.open()?;
    let mut first = true;
    let mut found = None;
    while let Some(key) = scanner.key(&mut first)? {
        let value = scanner.slice()?;
        if key.is(name) {
            found = Some(value);
        }
    }
    Ok(found)
}

/// The element at an index, negative from the end.
fn element(array: &str, index: i64) -> Scan<Option<(Kind, &str)>> {
    let position = if index < 0 {
        let mut count = 0_i64;
        each_element(array, &mut |_, _| count += 1)?;
        count + index
    } else {
        index
    };
    let mut at = 0_i64;
    let mut found = None;
    each_element(array, &mut |kind, source| {
        if at == position {
            found = Some((kind, source));
        }
        at += 1;
    })?;
    Ok(found)
}

/// A JSON list of what `rest` selects in each element; `null` where it selects nothing, so that positions stay.
fn project<'a>(array: &str, rest: &[Step]) -> Option<Value<'a>> {
    let mut list = String::from("[");
    let scanned = each_element(array, &mut |kind, source| {
        if list.len() > 1 {
            list.push(',');
        }
        match follow(kind, source, rest) {
            Some(value) => list.push_str(&value.source),
            None => list.push_str("null"),
        }
    });
    scanned.ok()?;
    list.push(']');
    Some(Value {
        kind: Kind::Array,
        source: Cow::Owned(list),
    })
}

fn each_element<'a>(array: &'a str, report: &mut dyn FnMut(Kind, &'a str)) -> Scan<()> {
    let mut scanner = Scanner::new(array, PAYLOAD_DEPTH);
    scanner.kind()?;
    scanner.open()?;
    let mut first = true;
    while scanner.element(&mut first)? {
        let (kind, source) = scanner.slice()?;
        report(kind, source);
    }
    Ok(())
}
