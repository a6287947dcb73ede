//! A value of `groundline.toml` as the text of a setting, or what was expected instead.

use std::path::Path;

use toml::Spanned;
use toml::de::DeValue;

use crate::config::setting::Kind;
use crate::config::value::Value;

/// Reads a value by the kind of its setting; `folder` is where relative paths start. The error is
/// what was expected and what was found.
pub(crate) fn read(kind: Kind, value: &DeValue<'_>, folder: &Path) -> Result<Value, String> {
    let expected = |what: &str| Err(format!("expected {what}, found {}", found(value)));
    match (kind, value) {
        (Kind::Path, DeValue::String(text)) => Ok(Value::Text(below(folder, text))),
        (
            Kind::Text | Kind::Word | Kind::Choice(_) | Kind::Time | Kind::Amount,
            DeValue::String(text),
        ) => Ok(Value::Text(text.to_string())),
        (Kind::Time, DeValue::Datetime(time)) => Ok(Value::Text(time.to_string())),
        (Kind::Word | Kind::Integer | Kind::Amount | Kind::Number, DeValue::Integer(number)) => {
            i64::from_str_radix(number.as_str(), number.radix())
                .map(|number| Value::Text(number.to_string()))
                .map_err(|_| format!("the number {number} is too large"))
        }
        (Kind::Number, DeValue::Float(number)) => Ok(Value::Text(number.as_str().to_owned())),
        (Kind::Switch, DeValue::Boolean(on)) => Ok(Value::Text(on.to_string())),
        (Kind::Negation, DeValue::Boolean(on)) => Ok(Value::Text((!on).to_string())),
        (Kind::List, DeValue::Array(items)) => texts(items.iter()).map(Value::List),
        (Kind::Maps, DeValue::Array(items)) => texts(items.iter())
            .map(|maps| Value::List(maps.iter().map(|map| map_below(folder, map)).collect())),
        (Kind::Text | Kind::Path, _) => expected("a text in quotes"),
        (Kind::Word, _) => expected("a text in quotes or a whole number"),
        (Kind::Choice(choices), _) => expected(&format!("one of {}", choices.join(", "))),
        (Kind::Time, _) => expected("an hour like \"2026-11-01T00\""),
        (Kind::Amount, _) => expected("a whole number, or an amount in quotes"),
        (Kind::Integer, _) => expected("a whole number"),
        (Kind::Number, _) => expected("a number"),
        (Kind::Switch | Kind::Negation, _) => expected("true or false"),
        (Kind::List, _) => expected("a list of texts like [\"a\", \"b\"]"),
        (Kind::Maps, _) => expected("a list like [\"s3://bucket/prefix=folder\"]"),
    }
}

/// What a value is, in the user's words.
pub(crate) fn found(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn texts<'a, 'i: 'a>(
    items: impl Iterator<Item = &'a Spanned<DeValue<'i>>>,
) -> Result<Vec<String>, String> {
    items
        .map(|item| match item.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            other => Err(format!(
                "expected a list of texts, found {} in it",
                found(other)
            )),
        })
        .collect()
}

/// A path of the file is relative to the file's folder; URIs and absolute paths stay.
fn below(folder: &Path, path: &str) -> String {
    if path.is_empty() || path.contains("://") {
        return path.to_owned();
    }
    folder.join(path).to_string_lossy().into_owned()
}

fn map_below(folder: &Path, map: &str) -> String {
    match map.split_once('=') {
        Some((uri, local)) => format!("{uri}={}", below(folder, local)),
        None => map.to_owned(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn check(kind: Kind, text: &str) -> Result<String, String> {
        let value = DeValue::parse(text).unwrap();
        read(kind, value.get_ref(), Path::new("conf")).map(|value| value.to_string())
    }

    #[test]
    fn values_are_read_by_their_kind() {
        for (kind, text, expected) in [
            (Kind::Text, r#""churn""#, "churn"),
            (Kind::Word, "0", "0"),
            (Kind::Word, "-1", "-1"),
            (Kind::Word, r#""score""#, "score"),
            (Kind::Number, "0.5", "0.5"),
            (Kind::Number, "1", "1"),
            (Kind::Integer, "0x10", "16"),
            (Kind::Amount, r#""16MiB""#, "16MiB"),
            (Kind::Switch, "true", "true"),
            (Kind::Negation, "true", "false"),
            (Kind::Time, "2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z"),
            (Kind::Time, r#""2026-11-01T00""#, "2026-11-01T00"),
            (Kind::List, r#"["a", "b"]"#, "a,b"),
        ] {
            assert_eq!(check(kind, text), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn relative_paths_start_at_the_files_folder() {
        assert_eq!(check(Kind::Path, r#""captures""#).unwrap(), "conf/captures");
        assert_eq!(check(Kind::Path, r#""/data""#).unwrap(), "/data");
        assert_eq!(check(Kind::Path, r#""s3://b/p""#).unwrap(), "s3://b/p");
        assert_eq!(
            check(Kind::Maps, r#"["s3://b/p=out"]"#).unwrap(),
            "s3://b/p=conf/out"
        );
    }

    #[test]
    fn a_wrong_type_says_what_was_expected_and_found() {
        for (kind, text, why) in [
            (
                Kind::Text,
                "5",
                "expected a text in quotes, found a whole number",
            ),
            (Kind::Number, r#""0.5""#, "expected a number, found a text"),
            (
                Kind::List,
                r#""a""#,
                r#"expected a list of texts like ["a", "b"], found a text"#,
            ),
            (
                Kind::List,
                r#"["a", 1]"#,
                "expected a list of texts, found a whole number in it",
            ),
            (
                Kind::Switch,
                "1",
                "expected true or false, found a whole number",
            ),
            (
                Kind::Choice(&["left", "inner"]),
                "1",
                "expected one of left, inner, found a whole number",
            ),
            (
                Kind::Integer,
                "99999999999999999999",
                "the number 99999999999999999999 is too large",
            ),
        ] {
            assert_eq!(check(kind, text).unwrap_err(), why);
        }
    }
}
