//! The texts around the columns: files beside this one, with `{{name}}` where something stands in.

/// Puts the values in. A value that looks like a name stays as it is.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() * 4);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        let known = after.split_once("}}").and_then(|(name, behind)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value, behind))
        });
        rest = match known {
            Some((value, behind)) => {
                text.push_str(value);
                behind
            }
            None => {
                text.push_str("{{");
                after
            }
        };
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_not_filled_again() {
        let filled = fill("a {{x}} {{y}} {{z}} {{", &[("x", "{{y}}"), ("y", "2")]);
        assert_eq!(filled, "a {{y}} 2 {{z}} {{");
    }
}
