//! Which models a call is about: `--model`, `--endpoint` and `--variant` are globs over the
//! `[[model]]` entries of a configuration, and describe the one model where there is none.

use std::collections::BTreeMap;

use groundline_engine::BATCH;

use crate::config::glob;
use crate::config::layers::Layers;
use crate::config::model::reads_transforms;
use crate::config::resolved::Resolved;
use crate::config::value::Value;
use crate::failure::Failure;

/// A selected model.
#[derive(Clone, Debug)]
pub(crate) struct Selected<'a> {
    pub(crate) settings: Resolved<'a>,
    pub(crate) name: String,
    /// Globs; empty means every endpoint.
    pub(crate) endpoints: Vec<String>,
    /// Globs; empty means every variant.
    pub(crate) variants: Vec<String>,
}

/// The models that the flags select; an error when there are none.
pub(crate) fn select(layers: &Layers) -> Result<Vec<Selected<'_>>, Failure> {
    let models = layers.models();
    let names = names(&models)?;
    let wanted = selector(layers, "model")?;
    let endpoints = selector(layers, "endpoint")?;
    let variants = selector(layers, "variant")?;
    let mut selected = Vec::new();
    for (settings, name) in models.into_iter().zip(&names) {
        if !wanted.is_empty() && !wanted.iter().any(|wanted| glob::matches(wanted, name)) {
            continue;
        }
        let own_endpoints = settings.checked_list("endpoint", check_globs)?;
        let own_variants = settings.checked_list("variant", check_globs)?;
        // A transform has the endpoint and variant `_batch` in its paths, so they select it.
        let is_transform = reads_transforms(&settings);
        let (own_endpoints, own_variants) = if is_transform && layers.has_models() {
            (vec![BATCH.to_owned()], vec![BATCH.to_owned()])
        } else {
            (own_endpoints, own_variants)
        };
        let both = |key: &str, own: &[String], asked: &[String]| {
            glob::both(own, asked).map_err(|why| Failure::usage(format!("--{key}: {why}")))
        };
        if let (Some(endpoints), Some(variants)) = (
            both("endpoint", &own_endpoints, &endpoints)?,
            both("variant", &own_variants, &variants)?,
        ) {
            selected.push(Selected {
                settings,
                name: name.clone(),
                endpoints,
                variants,
            });
        }
    }
    if selected.is_empty() {
        return Err(nothing(&names, &wanted, &endpoints, &variants));
    }
    Ok(selected)
}

/// What flags and environment select by; nothing where they describe the model instead.
fn selector(layers: &Layers, key: &str) -> Result<Vec<String>, Failure> {
    if !layers.has_models() {
        return Ok(Vec::new());
    }
    let globs = layers
        .flags
        .get(key)
        .or_else(|| layers.environment.get(key))
        .map(Value::items)
        .unwrap_or_default();
    check_globs(&globs).map_err(|why| Failure::usage(format!("--{key}: {why}")))?;
    Ok(globs)
}

fn check_globs(globs: &[String]) -> Result<(), String> {
    globs.iter().try_for_each(|item| glob::check(item))
}

fn names(models: &[Resolved<'_>]) -> Result<Vec<String>, Failure> {
    let mut lines = BTreeMap::new();
    let mut names = Vec::new();
    for model in models {
        let name = model.require("model", |text| {
            if text.trim().is_empty() {
                Err("a model's name must not be empty".to_owned())
            } else {
                Ok(text.to_owned())
            }
        })?;
        if let Some((_, origin)) = model.find("model") {
            let place = Resolved::place("model", &origin);
            if let Some(first) = lines.insert(name.clone(), place.clone()) {
                return Err(Failure::usage(format!(
                    "two models have the name `{name}`: {first} and {place}"
                ))
                .hint("give each model its own name: hour files lie below it"));
            }
        }
        names.push(name);
    }
    Ok(names)
}

fn nothing(
    names: &[String],
    models: &[String],
    endpoints: &[String],
    variants: &[String],
) -> Failure {
    let asked: Vec<_> = [
        ("model", models),
        ("endpoint", endpoints),
        ("variant", variants),
    ]
    .into_iter()
    .flat_map(|(key, globs)| globs.iter().map(move |glob| format!("--{key} `{glob}`")))
    .collect();
    Failure::usage(format!("no model matches {}", asked.join(" and ")))
        .hint(format!("the configuration has {}", names.join(", ")))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;
    use crate::config::file::ConfigFile;

    const FILE: &str = r#"
[[model]]
name = "churn"
captures = "c"
endpoints = ["churn-*"]
[[model]]
name = "fraud"
captures = "c"
[[model]]
name = "nightly"
transforms = "t"
"#;

    fn check(flags: &[(&'static str, &str)], file: &str) -> Result<Vec<String>, Failure> {
        let mut layers = Layers::default();
        for (key, text) in flags {
            layers.flags.list(key, &[(*text).to_owned()]);
        }
        layers.file = Some(ConfigFile::parse("groundline.toml", file).unwrap());
        let selected = select(&layers)?;
        Ok(selected
            .iter()
            .map(|model| format!("{}:{}", model.name, model.endpoints.join("|")))
            .collect())
    }

    #[test]
    fn without_flags_every_model_is_selected() {
        assert_eq!(
            check(&[], FILE).unwrap(),
            ["churn:churn-*", "fraud:", "nightly:_batch"]
        );
    }

    #[test]
    fn a_model_glob_selects_by_name() {
        assert_eq!(
            check(&[("model", "*u*")], FILE).unwrap(),
            ["churn:churn-*", "fraud:"]
        );
        let failure = check(&[("model", "cheese")], FILE).unwrap_err();
        assert_eq!(failure.message, "no model matches --model `cheese`");
        assert_eq!(
            failure.hints,
            ["the configuration has churn, fraud, nightly"]
        );
    }

    #[test]
    fn an_endpoint_glob_narrows_and_never_widens() {
        assert_eq!(
            check(&[("endpoint", "*-prod")], FILE).unwrap(),
            ["churn:churn-*-prod|churn-prod", "fraud:*-prod"]
        );
        assert_eq!(
            check(&[("endpoint", "fraud-prod")], FILE).unwrap(),
            ["fraud:fraud-prod"]
        );
        assert_eq!(
            check(&[("endpoint", "_batch")], FILE).unwrap(),
            ["fraud:_batch", "nightly:_batch"]
        );
        assert!(
            check(&[("endpoint", "a[b]")], FILE)
                .unwrap_err()
                .message
                .starts_with("--endpoint: ")
        );
    }

    #[test]
    fn a_name_stands_for_one_model() {
        let failure = check(&[], "[[model]]\nname = \"a\"\n[[model]]\nname = \"a\"\n").unwrap_err();
        assert_eq!(
            failure.message,
            "two models have the name `a`: `name` at groundline.toml:2 and `name` at groundline.toml:4"
        );
    }
}
