//! What `quality`, `baseline` and `monitor` share: a measurement from settings, and the files that it leaves behind.

use groundline_engine::{
    Dataset, Every, MaxRejects, OwnMetric, QualityOptions, QualitySource, QualityValues, Resources,
};
use groundline_store::{Hour, Stores, Window, put_if_changed};

use crate::args::quality::DatasetArgs;
use crate::config::layers::Layers;
use crate::config::quality::{CURVE_POINTS, own};
use crate::config::resolved::Resolved;
use crate::config::run::{resources, sql_dir};
use crate::config::size::parse_max_rejects;
use crate::failure::Failure;

/// What is the same for every model of a call.
#[derive(Clone, Debug)]
pub(crate) struct Measuring {
    pub(crate) every: Every,
    pub(crate) by: Vec<String>,
    own: Vec<OwnMetric>,
    max_rejects: MaxRejects,
    sql_dir: Option<std::path::PathBuf>,
    pub(crate) resources: Resources,
}

impl Measuring {
    pub(crate) fn new(layers: &Layers, every: Every, by: Vec<String>) -> Result<Self, Failure> {
        let settings = layers.common();
        Ok(Self {
            every,
            by,
            own: own(layers)?,
            max_rejects: settings.require("max-rejects", parse_max_rejects)?,
            sql_dir: sql_dir(&settings),
            resources: resources(&settings)?,
        })
    }

    /// A measurement of one model.
    pub(crate) fn options(
        &self,
        source: QualitySource,
        values: QualityValues,
        window: Option<Window>,
    ) -> QualityOptions {
        QualityOptions {
            source,
            values,
            window,
            every: self.every,
            by: self.by.clone(),
            own: self.own.clone(),
            max_rejects: self.max_rejects,
            curve_points: CURVE_POINTS,
            sql_dir: self.sql_dir.clone(),
            resources: self.resources.clone(),
        }
    }
}

/// A table whose attributes the settings name.
pub(crate) fn dataset(files: &str, settings: &Resolved<'_>, table: &DatasetArgs) -> Dataset {
    let attribute = |key: &str| settings.text(key).filter(|text| !text.is_empty());
    Dataset {
        files: files.to_owned(),
        header: table.header(),
        inference_attribute: attribute("inference-attribute"),
        probability_attribute: attribute("probability-attribute"),
        ground_truth_attribute: attribute("ground-truth-attribute"),
    }
}

/// Settings that a merge has used up: hour files hold what came of them.
const OF_THE_MERGE: [&str; 12] = [
    "inference-attribute",
    "probability-attribute",
    "ground-truth-attribute",
    "probability-threshold",
    "where",
    "match",
    "join",
    "duplicate-labels",
    "label-lead",
    "label-horizon",
    "label-layout",
    "columns",
];

/// Refuses flags that would change nothing of hour files that are there.
pub(crate) fn refuse_merge_flags(layers: &Layers) -> Result<(), Failure> {
    let mut given = OF_THE_MERGE
        .iter()
        .filter(|key| layers.flags.get(key).is_some());
    match given.next() {
        None => Ok(()),
        Some(key) => Err(Failure::usage(format!(
            "--{key} changes nothing of hour files that are there: the merge has used it"
        ))
        .hint("merge again with it, or give --captures and --labels to merge on the way")),
    }
}

/// The hours of a run.
pub(crate) fn run_window(model: &groundline_engine::ModelReport) -> Option<Window> {
    let hour = |text: &str| Hour::parse(text).ok();
    Window::new(hour(&model.from)?, hour(&model.to)?).ok()
}

/// Writes text files below `out`; each appears whole.
pub(crate) async fn write_files(
    stores: &Stores,
    out: &str,
    folder: &str,
    files: Vec<(&'static str, String)>,
) -> Result<(), Failure> {
    let failed = |error: groundline_store::StoreError| {
        Failure::from(groundline_engine::EngineError::from(error))
    };
    let root = stores.create(out).await.map_err(failed)?;
    for (name, text) in files {
        let key = match folder.is_empty() {
            true => name.to_owned(),
            false => format!("{folder}/{name}"),
        };
        put_if_changed(&root, &key, text.into())
            .await
            .map_err(failed)?;
    }
    Ok(())
}
