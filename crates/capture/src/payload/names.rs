//! What selectors would find something in a payload, for messages.

use super::csv;
use super::encoding::Encoding;
use super::field::{Scratch, readable};
use crate::json::{Kind, Scan, Scanner};

/// Selectors that find something, at most `limit`: column indices of CSV; keys of a JSON object, one nested level
/// dotted. Empty for what cannot be read.
pub fn names(payload: &str, encoding: Encoding, limit: usize) -> Vec<String> {
    let mut scratch = Scratch::new();
    let mut names = Vec::new();
    match readable(payload, encoding, &mut scratch) {
        Some((text, Encoding::Csv)) => {
            if let Some((_, row)) = csv::rows(text).next() {
                let columns = csv::raw_fields(row).take(limit).enumerate();
                names.extend(columns.map(|(index, _)| index.to_string()));
            }
        }
        Some((text, Encoding::Json)) => {
            // What was found before a fault is still a help.
            let _ = json_names(text, limit, &mut names);
        }
        _ => {}
    }
    names
}

fn json_names(text: &str, limit: usize, names: &mut Vec<String>) -> Scan<()> {
    let mut scanner = Scanner::new(text, super::PAYLOAD_DEPTH);
    match scanner.kind()? {
        Kind::Object => object_names(&mut scanner, "", limit, names),
        Kind::Array => {
            scanner.open()?;
            let mut first = true;
            while names.len() < limit && scanner.element(&mut first)? {
                scanner.skip()?;
                names.push(names.len().to_string());
            }
            Ok(())
        }
        _ => {
            if limit > 0 {
                names.push("0".to_owned());
            }
            Ok(())
        }
    }
}

fn object_names(
    scanner: &mut Scanner<'_>,
    parent: &str,
    limit: usize,
    names: &mut Vec<String>,
) -> Scan<()> {
    scanner.open()?;
    let mut first = true;
    while let Some(key) = scanner.key(&mut first)? {
        if names.len() >= limit {
            return Ok(());
        }
        let key = key.cow();
        let plain = !key.is_empty() && !key.contains(['.', '[', ']', '/', '$', '\'', '*']);
        let name = match (parent, plain) {
            ("", true) => key.into_owned(),
            (_, true) => format!("{parent}.{key}"),
            (_, false) => format!("{parent}['{key}']"),
        };
        if parent.is_empty() && scanner.kind()? == Kind::Object {
            let before = names.len();
            object_names(scanner, &name, limit, names)?;
            if names.len() > before {
                continue;
            }
        } else {
            scanner.skip()?;
        }
        names.push(name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_selectors_that_find_something() {
        assert_eq!(names("a,b,c", Encoding::Csv, 10), ["0", "1", "2"]);
        assert_eq!(names("a,b,c", Encoding::Csv, 2), ["0", "1"]);
        let payload = r#"{"score":1,"out":{"p":2,"x y":[3]},"e":{},"a.b":4}"#;
        assert_eq!(
            names(payload, Encoding::Json, 10),
            ["score", "out.p", "out.x y", "e", "['a.b']"]
        );
        assert_eq!(names(payload, Encoding::Json, 2), ["score", "out.p"]);
        assert_eq!(names("[1,2]", Encoding::Json, 10), ["0", "1"]);
        assert_eq!(names("7", Encoding::Json, 10), ["0"]);
        assert_eq!(names("{'a':1}", Encoding::Json, 10), Vec::<String>::new());
    }
}
