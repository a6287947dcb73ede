//! What to measure, from the settings.

use std::path::{Path, PathBuf};

use groundline_capture::LabelType;
use groundline_engine::{OwnMetric, QualityValues, own_metrics};

use crate::config::layers::Layers;
use crate::config::model::{problem_type, threshold};
use crate::config::resolved::Resolved;
use crate::failure::Failure;

/// Points of each curve in statistics.json: as many as a chart can show.
pub(crate) const CURVE_POINTS: usize = 1_000;

/// Where metrics of the user's own are looked for, beside the configuration.
const METRICS_FOLDER: &str = "sql/metrics";

/// How a model's values become classes or numbers.
pub(crate) fn values(settings: &Resolved<'_>) -> Result<QualityValues, Failure> {
    Ok(QualityValues {
        problem_type: settings.parse("problem-type", problem_type)?,
        probability_threshold: settings.require("probability-threshold", threshold)?,
        positive_class: settings.require("positive-class", |text| Ok(text.to_owned()))?,
        negative_class: settings.require("negative-class", |text| Ok(text.to_owned()))?,
        class_names: settings.checked_list("class-names", |_| Ok(()))?,
        numbers_are_classes: settings.require("label-type", |text| {
            Ok(match text {
                "string" => LabelType::String,
                _ => LabelType::Auto,
            })
        })? == LabelType::Auto,
    })
}

/// The metrics of the user's own.
pub(crate) fn own(layers: &Layers) -> Result<Vec<OwnMetric>, Failure> {
    let given = layers
        .common()
        .text("metrics-dir")
        .filter(|folder| !folder.is_empty());
    let folder = match given {
        Some(folder) => PathBuf::from(folder),
        None => {
            let beside = layers.file.as_ref().map(|file| Path::new(&file.path));
            let beside = beside.and_then(Path::parent).unwrap_or(Path::new(""));
            let folder = beside.join(METRICS_FOLDER);
            if !folder.is_dir() {
                return Ok(Vec::new());
            }
            folder
        }
    };
    Ok(own_metrics(&folder)?)
}
