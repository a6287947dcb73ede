//! An id as a message shows it.

use std::borrow::Cow;

/// The id, in quotes where it would otherwise be misread: if it is empty or holds blanks, quotes or characters that
/// cannot be seen, which are escaped then.
pub fn shown_id(id: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '`' | '\\');
    if !id.is_empty() && id.chars().all(plain) {
        return Cow::Borrowed(id);
    }
    let quoted = format!("{id:?}");
    // What is seen as it is needs no quotes, in whatever script.
    let escaped = quoted.len() != id.len() + 2;
    match id.is_empty() || escaped || id.contains([' ', '\'', '`']) {
        true => Cow::Owned(quoted),
        false => Cow::Borrowed(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_misread_is_quoted() {
        for (id, shown) in [
            ("order-1", "order-1"),
            ("zażółć/№7", "zażółć/№7"),
            ("", r#""""#),
            ("order-1 ", r#""order-1 ""#),
            ("\"order-1\"", r#""\"order-1\"""#),
            ("'order-1'", r#""'order-1'""#),
            ("order\t1\n", r#""order\t1\n""#),
            ("order\u{a0}1", r#""order\u{a0}1""#),
            ("order-1\u{200b}", r#""order-1\u{200b}""#),
            ("a\\b", r#""a\\b""#),
        ] {
            assert_eq!(shown_id(id), shown);
        }
    }
}
