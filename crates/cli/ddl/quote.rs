//! Names and texts of strangers inside statements and programs.

/// `'it''s'`: a text of standard SQL.
pub(super) fn sql_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `"a ""b"""`: a name of standard SQL.
pub(super) fn sql_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `'it\'s'`: a text of Hive and Spark, where a backslash escapes.
pub(super) fn hive_text(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// `` `a b` ``: a name of Hive and Spark.
pub(super) fn hive_name(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// `"it's"`: a text of Python, which understands what JSON escapes.
pub(super) fn python_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// On one line, for a comment that ends where the line does.
pub(super) fn one_line(text: &str) -> String {
    let blank = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars()
        .map(|c| if blank(c) { ' ' } else { c })
        .collect()
}

/// A path that a glob takes literally: what it would match by stands in a class of its own.
pub(super) fn literal_glob(path: &str) -> String {
    let mut glob = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '*' | '?' | '[' => glob.extend(['[', c, ']']),
            c => glob.push(c),
        }
    }
    glob
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_or_text_ends_its_quotes() {
        assert_eq!(sql_text("it's '; DROP"), "'it''s ''; DROP'");
        assert_eq!(sql_name("a \"b\""), "\"a \"\"b\"\"\"");
        assert_eq!(hive_text(r"it's \"), r"'it\'s \\'");
        assert_eq!(hive_name("a `b`"), "`a ``b```");
        assert_eq!(python_text("a \"b\"\n\\"), r#""a \"b\"\n\\""#);
        assert_eq!(one_line("a\nb\r\u{2028}c"), "a b  c");
        assert_eq!(literal_glob("a[1]*?"), "a[[]1][*][?]");
    }
}
