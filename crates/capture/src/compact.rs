//! JSON without the white space between its tokens, as merged records hold it (formats.md 4.5).

/// The text without white space outside strings. Everything else stays, so that text which is not JSON survives.
pub fn compact_json(text: &str) -> String {
    let mut compact = String::with_capacity(text.len());
    let mut inside = false;
    let mut escaped = false;
    for character in text.chars() {
        if inside {
            inside = escaped || character != '"';
            escaped = !escaped && character == '\\';
            compact.push(character);
        } else if !matches!(character, ' ' | '\t' | '\n' | '\r') {
            inside = character == '"';
            compact.push(character);
        }
    }
    compact
}

#[cfg(test)]
mod tests {
    use super::compact_json;

    #[test]
    fn white_space_goes_outside_strings_only() {
        assert_eq!(
            compact_json("{ \"a b\" : [ 1,\n 2.50 ],\t\"c\\\" \": \" \\\\\" }\r\n"),
            "{\"a b\":[1,2.50],\"c\\\" \":\" \\\\\"}"
        );
        assert_eq!(compact_json("\"open é "), "\"open é ");
    }
}
