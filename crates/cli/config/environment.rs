//! The layer of `GROUNDLINE_*` variables: each flag by the same name.

use std::ffi::OsString;

use crate::config::setting::{Kind, SETTINGS, setting};
use crate::config::value::{Layer, Value};
use crate::failure::Failure;
use crate::suggest::nearest;

const PREFIX: &str = "GROUNDLINE_";

/// Reads the variables of the settings. Empty ones count as absent; lists are separated by commas.
/// Also gives a warning for each other variable that looks like a misspelt one.
pub(crate) fn read(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<(Layer, Vec<String>), Failure> {
    let mut layer = Layer::default();
    let mut warnings = Vec::new();
    for (name, value) in variables {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        let Some(known) = SETTINGS.iter().find(|setting| setting.variable() == name) else {
            // The prefix is common to all and must not make them look alike.
            let keys = SETTINGS.iter().map(|setting| setting.key);
            let own = name.strip_prefix(PREFIX).unwrap_or(name);
            if let Some(near) = nearest(own, keys).and_then(setting) {
                let near = near.variable();
                warnings.push(format!(
                    "the variable {name} sets nothing; did you mean {near}?"
                ));
            }
            continue;
        };
        let value = value
            .into_string()
            .map_err(|_| Failure::usage(format!("the variable {name} is not valid UTF-8")))?;
        if value.is_empty() {
            continue;
        }
        let value = match known.kind {
            Kind::List | Kind::Maps => Value::List(split(&value)),
            Kind::Switch | Kind::Negation => Value::Text(switch(name, &value)?.to_owned()),
            _ => Value::Text(value),
        };
        layer.set(known.key, value);
    }
    warnings.sort();
    Ok((layer, warnings))
}

fn split(value: &str) -> Vec<String> {
    value
        .split(',')
        .map(|item| item.trim().to_owned())
        .filter(|item| !item.is_empty())
        .collect()
}

fn switch(name: &str, value: &str) -> Result<&'static str, Failure> {
    match value.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok("true"),
        "0" | "false" | "no" | "off" => Ok("false"),
        _ => Err(Failure::usage(format!(
            "{name}: `{value}` is neither `true` nor `false`"
        ))),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn check(variables: &[(&str, &str)]) -> Result<(Layer, Vec<String>), Failure> {
        read(
            variables
                .iter()
                .map(|(name, value)| (name.into(), value.into())),
        )
    }

    #[test]
    fn variables_are_named_like_flags() {
        let (layer, warnings) = check(&[
            ("GROUNDLINE_OUT", "merged"),
            ("GROUNDLINE_ENDPOINT", "a-*, b"),
            ("GROUNDLINE_NO_REJECT_BYTES", "Yes"),
            ("GROUNDLINE_JOIN", ""),
            ("HOME", "/root"),
        ])
        .unwrap();
        assert_eq!(layer.get("out"), Some(&Value::Text("merged".into())));
        assert_eq!(
            layer.get("endpoint"),
            Some(&Value::List(vec!["a-*".into(), "b".into()]))
        );
        assert_eq!(
            layer.get("no-reject-bytes"),
            Some(&Value::Text("true".into()))
        );
        assert_eq!(
            layer.get("join"),
            None,
            "an empty variable is an absent one"
        );
        assert!(warnings.is_empty());
    }

    #[test]
    fn a_misspelt_variable_is_warned_about_and_a_foreign_one_is_not() {
        let (_, warnings) =
            check(&[("GROUNDLINE_LABLES", "x"), ("GROUNDLINE_BENCH_ROWS", "5")]).unwrap();
        assert_eq!(
            warnings,
            ["the variable GROUNDLINE_LABLES sets nothing; did you mean GROUNDLINE_LABELS?"]
        );
    }

    #[test]
    fn a_switch_that_is_no_switch_is_an_error() {
        let failure = check(&[("GROUNDLINE_ALL", "maybe")]).unwrap_err();
        assert_eq!(
            failure.message,
            "GROUNDLINE_ALL: `maybe` is neither `true` nor `false`"
        );
    }
}
