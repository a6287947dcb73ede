//! One model, from its settings.

use groundline_capture::{LabelId, LabelLayout, LabelType, Selector};
use groundline_engine::{
    DuplicateLabels, Join, Mapping, Match, Model, OwnColumn, OwnSql, Policy, ProblemType, Source,
};
use groundline_store::{Hour, parse_duration_hours, shown};

use crate::config::labels::labels;
use crate::config::resolved::Resolved;
use crate::config::select::Selected;
use crate::failure::Failure;

/// Checks everything that can be checked before a file is opened (status 2).
pub(crate) fn model(selected: &Selected<'_>) -> Result<Model, Failure> {
    let settings = &selected.settings;
    let source = source(settings)?;
    let labels = labels(settings)?.ok_or_else(|| {
        Failure::usage(format!("{}no labels are given", settings.of_model()))
            .hint("say where the ground truth is with --labels DIR, the prefix above yyyy/mm/dd/hh")
    })?;
    // `_batch` selected a transform; inside it there is nothing to choose.
    let is_transform = matches!(source, Source::Transforms { .. });
    let chosen = |globs: &[String]| {
        if is_transform {
            Vec::new()
        } else {
            globs.to_vec()
        }
    };
    Ok(Model {
        name: selected.name.clone(),
        source,
        endpoints: chosen(&selected.endpoints),
        variants: chosen(&selected.variants),
        labels,
        label_id: label_id(settings)?,
        id_attribute: id_attribute(settings)?,
        filter: settings
            .text("where")
            .filter(|text| !text.trim().is_empty()),
        capture_percentage: settings
            .parse("capture-percentage", percentage)?
            .filter(|share| *share < 100.0),
        sql: own_sql(settings)?,
        columns: own_columns(settings),
        mapping: mapping(settings)?,
        later_mappings: settings
            .mappings()
            .map(|(later, settings)| Ok((later.from, mapping(&settings)?)))
            .collect::<Result<_, Failure>>()?,
        policy: policy(settings)?,
    })
}

/// The model's own columns.
pub(crate) fn own_columns(settings: &Resolved<'_>) -> Vec<OwnColumn> {
    let columns = settings.columns();
    columns.map_or_else(Vec::new, |(columns, _)| columns.clone())
}

/// Longest statement.
const LONGEST_SQL: u64 = 1 << 20;

/// The model's own statement.
fn own_sql(settings: &Resolved<'_>) -> Result<Option<OwnSql>, Failure> {
    settings.parse("sql", |path| {
        let read = std::fs::metadata(path).and_then(|found| match found.len() > LONGEST_SQL {
            true => Err(std::io::Error::other("it is larger than 1 MiB")),
            false => std::fs::read_to_string(path),
        });
        let text = read.map_err(|error| format!("cannot read the statement `{path}`: {error}"))?;
        Ok(OwnSql {
            file: path.to_owned(),
            text,
        })
    })
}

/// True when the predictions are those of batch transform jobs: where the highest layer that names
/// captures or transforms names the latter.
pub(crate) fn reads_transforms(settings: &Resolved<'_>) -> bool {
    rank(settings, "transforms") > rank(settings, "captures")
}

fn rank(settings: &Resolved<'_>, key: &str) -> u8 {
    settings.find(key).map_or(0, |(_, origin)| origin.rank())
}

/// Where label records hold their id.
pub(crate) fn label_id(settings: &Resolved<'_>) -> Result<LabelId, Failure> {
    let field = settings.parse("label-id-field", LabelId::parse)?;
    Ok(field.unwrap_or_default())
}

/// What holds the id of a prediction record.
pub(crate) fn id_attribute(settings: &Resolved<'_>) -> Result<Option<String>, Failure> {
    settings.parse("id-attribute", selector)
}

/// The hour of transforms that nothing else places.
pub(crate) fn transform_hour(settings: &Resolved<'_>) -> Result<Option<Hour>, Failure> {
    settings.parse("transform-hour", hour)
}

/// An hour as people write it.
pub(crate) fn hour(text: &str) -> Result<Hour, String> {
    Hour::parse(text).map_err(|error| error.to_string())
}

/// The predictions, where any are named: what an output must not lie inside.
pub(crate) fn predictions(settings: &Resolved<'_>) -> Result<Option<Source>, Failure> {
    match settings.find("captures").or(settings.find("transforms")) {
        None => Ok(None),
        Some(_) => source(settings).map(Some),
    }
}

/// Captures or transforms: what the highest layer that names one of them says.
fn source(settings: &Resolved<'_>) -> Result<Source, Failure> {
    let captures = settings.find("captures");
    let transforms = settings.find("transforms");
    match (&captures, &transforms) {
        (None, None) => Err(Failure::usage(format!("{}no predictions are given", settings.of_model()))
            .hint("say where they are with --captures DIR (endpoint data capture) or --transforms DIR (batch transform)")),
        (Some((_, one)), Some((_, other))) if one.rank() == other.rank() => {
            Err(Failure::usage(format!(
                "{}both captures and transforms are given: {} and {}",
                settings.of_model(),
                Resolved::place("captures", one),
                Resolved::place("transforms", other),
            ))
            .hint("a model has one kind of predictions; describe the other as a [[model]] of its own"))
        }
        (Some((uri, _)), _) if !reads_transforms(settings) => {
            Ok(Source::Captures { uri: uri.to_string() })
        }
        _ => Ok(Source::Transforms {
            uri: settings.text("transforms").unwrap_or_default(),
            map: settings.checked_list("map", check_maps)?,
            hour: transform_hour(settings)?,
        }),
    }
}

/// Says which entry of `--map` is none.
pub(crate) fn check_maps(maps: &[String]) -> Result<(), String> {
    for map in maps {
        let valid = map
            .split_once('=')
            .is_some_and(|(uri, local)| uri.contains("://") && !local.is_empty());
        if !valid {
            return Err(format!(
                "`{}` is not of the form s3://bucket/prefix=LOCAL",
                shown(map)
            ));
        }
    }
    Ok(())
}

fn mapping(settings: &Resolved<'_>) -> Result<Mapping, Failure> {
    // An empty one unsets what a mapping would inherit.
    let attribute = |key| match settings.text(key) {
        Some(text) if text.is_empty() => Ok(None),
        _ => settings.parse(key, selector),
    };
    let inference_attribute = attribute("inference-attribute")?;
    let probability_attribute = attribute("probability-attribute")?;
    let given = settings.parse("problem-type", problem_type)?;
    // A probability belongs to a class; without one the kind of problem stays open.
    let problem_type = given.or(probability_attribute
        .as_ref()
        .map(|_| ProblemType::BinaryClassification));
    let missing = match problem_type {
        Some(ProblemType::BinaryClassification)
            if inference_attribute.is_none() && probability_attribute.is_none() =>
        {
            Some("--probability-attribute or --inference-attribute")
        }
        Some(ProblemType::Regression | ProblemType::MulticlassClassification)
            if inference_attribute.is_none() =>
        {
            Some("--inference-attribute")
        }
        _ => None,
    };
    if let (Some(problem_type), Some(missing)) = (problem_type, missing) {
        return Err(Failure::usage(format!(
            "{}{} needs {missing}",
            settings.of_model(),
            problem_type.as_str()
        ))
        .hint("an attribute is a CSV column index such as 0 or -1, or a path such as predictions[0].score"));
    }
    Ok(Mapping {
        problem_type,
        inference_attribute,
        probability_attribute,
        ground_truth_attribute: attribute("ground-truth-attribute")?,
        probability_threshold: settings.require("probability-threshold", threshold)?,
        positive_class: settings.require("positive-class", |text| Ok(text.to_owned()))?,
        negative_class: settings.require("negative-class", |text| Ok(text.to_owned()))?,
        label_type: settings.require("label-type", |text| {
            Ok(if text == "string" {
                LabelType::String
            } else {
                LabelType::Auto
            })
        })?,
        label_layout: settings.require("label-layout", |text| {
            LabelLayout::parse(text).ok_or_else(|| format!("`{text}` is no label layout"))
        })?,
    })
}

fn policy(settings: &Resolved<'_>) -> Result<Policy, Failure> {
    Ok(Policy {
        matching: settings.require("match", |text| {
            Ok(if text == "either" {
                Match::Either
            } else {
                Match::Coalesce
            })
        })?,
        duplicate_labels: settings.require("duplicate-labels", |text| {
            Ok(match text {
                "first" => DuplicateLabels::First,
                "all" => DuplicateLabels::All,
                "error" => DuplicateLabels::Error,
                _ => DuplicateLabels::Latest,
            })
        })?,
        join: settings.require("join", |text| {
            Ok(if text == "inner" {
                Join::Inner
            } else {
                Join::Left
            })
        })?,
        label_lead_hours: settings.require("label-lead", duration)?,
        label_horizon_hours: settings.require("label-horizon", |text| {
            if text.eq_ignore_ascii_case("unlimited") {
                Ok(None)
            } else {
                duration(text).map(Some)
            }
        })?,
    })
}

pub(crate) fn problem_type(text: &str) -> Result<ProblemType, String> {
    [
        ProblemType::BinaryClassification,
        ProblemType::MulticlassClassification,
        ProblemType::Regression,
    ]
    .into_iter()
    .find(|kind| kind.as_str() == text)
    .ok_or_else(|| format!("`{text}` is no problem type"))
}

fn selector(text: &str) -> Result<String, String> {
    Selector::parse(text)
        .map(|_| text.to_owned())
        .map_err(|error| error.to_string())
}

fn duration(text: &str) -> Result<i64, String> {
    parse_duration_hours(text).map_err(|error| error.to_string())
}

fn percentage(text: &str) -> Result<f64, String> {
    match text.trim().trim_end_matches('%').parse::<f64>() {
        Ok(share) if share > 0.0 && share <= 100.0 => Ok(share),
        _ => Err(format!(
            "`{text}` is not a percentage above 0 and up to 100"
        )),
    }
}

pub(crate) fn threshold(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(threshold) if (0.0..=1.0).contains(&threshold) => Ok(threshold),
        _ => Err(format!("`{text}` is not a number from 0 to 1")),
    }
}
