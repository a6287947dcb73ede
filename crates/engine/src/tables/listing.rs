//! Which objects a table has in a window of hours. Nothing outside the window is listed
//! where the layout tells the hour.

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use groundline_store::{
    CaptureLayout, LabelLayout, Root, Skipped, StoreError, Stores, VariantPrefix, Window,
    capture_layout, label_layout, list_hours,
};

use super::globs::Globs;
use super::input::{Input, InputKind};
use super::transforms::Transforms;
use crate::error::EngineError;
use crate::init::refuse_other;
use crate::model::Source;
use crate::read::IdRules;
use crate::warehouse::LazyTable;
use groundline_store::Hour;

/// LIST calls under way at once.
const CONCURRENT: usize = 16;

/// Where a table's objects are found.
#[derive(Clone, Debug)]
pub(crate) enum Inputs {
    Captures {
        layout: Arc<CaptureLayout>,
        endpoints: Globs,
        variants: Globs,
    },
    Transforms(Arc<Transforms>),
    Labels(Arc<LabelLayout>),
    /// Listed once, by a run that must see the same objects to its end.
    Pinned(Arc<Vec<Input>>),
    /// A table of labels: read at its first listing, as a whole.
    Table(Arc<LazyTable>),
    /// Captures and transforms together.
    Union(Vec<Inputs>),
    /// Objects whose ids are not where SageMaker puts them.
    Identified(Box<Inputs>, Arc<IdRules>),
}

/// Objects of a window, in order of (endpoint, variant, hour, key).
#[derive(Debug, Default)]
pub(crate) struct Listed {
    pub(crate) inputs: Vec<Input>,
    pub(crate) skipped: Skipped,
}

impl Inputs {
    /// Predictions of a model.
    pub(crate) async fn predictions(
        stores: &Stores,
        source: &Source,
        endpoints: &[String],
        variants: &[String],
    ) -> Result<Self, EngineError> {
        match source {
            Source::Captures { uri } => Self::captures(stores, uri, endpoints, variants).await,
            Source::Transforms { uri, map, hour } => {
                Self::transforms(stores, uri, map, *hour).await
            }
        }
    }

    pub(crate) async fn captures(
        stores: &Stores,
        uri: &str,
        endpoints: &[String],
        variants: &[String],
    ) -> Result<Self, EngineError> {
        let root = stores.open(uri).await?;
        match Self::captures_in(&root, endpoints, variants).await {
            Err(error) => Err(told_apart(error, &root, "captures", uri).await),
            captures => captures,
        }
    }

    /// Captures below an opened root; tests give one that counts its calls.
    pub(crate) async fn captures_in(
        root: &Root,
        endpoints: &[String],
        variants: &[String],
    ) -> Result<Self, EngineError> {
        let layout = capture_layout(root).await?;
        let (endpoints, variants) = (Globs::new(endpoints)?, Globs::new(variants)?);
        let names = |of: fn(&VariantPrefix) -> &String| {
            let mut names: Vec<&str> = layout.variants.iter().map(|v| of(v).as_str()).collect();
            names.sort_unstable();
            names.dedup();
            names.truncate(20);
            names.join(", ")
        };
        if !layout
            .variants
            .iter()
            .any(|v| endpoints.matches(&v.endpoint))
        {
            return Err(EngineError::NothingSelected {
                what: "endpoint",
                globs: endpoints.describe(),
                found: names(|v| &v.endpoint),
            });
        }
        if !layout
            .variants
            .iter()
            .any(|v| endpoints.matches(&v.endpoint) && variants.matches(&v.variant))
        {
            return Err(EngineError::NothingSelected {
                what: "variant",
                globs: variants.describe(),
                found: names(|v| &v.variant),
            });
        }
        Ok(Self::Captures {
            layout: Arc::new(layout),
            endpoints,
            variants,
        })
    }

    pub(crate) async fn transforms(
        stores: &Stores,
        uri: &str,
        map: &[String],
        hour: Option<Hour>,
    ) -> Result<Self, EngineError> {
        Ok(Self::Transforms(Arc::new(
            Transforms::open(stores, uri, map, hour).await?,
        )))
    }

    pub(crate) async fn labels(stores: &Stores, uri: &str) -> Result<Self, EngineError> {
        let root = stores.open(uri).await?;
        match Self::labels_in(&root).await {
            Err(error) => Err(told_apart(error, &root, "labels", uri).await),
            labels => labels,
        }
    }

    /// Labels below an opened root.
    pub(crate) async fn labels_in(root: &Root) -> Result<Self, EngineError> {
        Ok(Self::Labels(Arc::new(label_layout(root).await?)))
    }

    /// The same objects, their ids found by `ids`.
    pub(crate) fn identified(self, ids: &Arc<IdRules>) -> Self {
        Self::Identified(Box::new(self), Arc::clone(ids))
    }

    /// Objects of the window, or all of them.
    pub(crate) async fn list(&self, window: Option<Window>) -> Result<Listed, EngineError> {
        let mut listed = match self {
            Self::Captures {
                layout,
                endpoints,
                variants,
            } => list_captures(layout, endpoints, variants, window).await?,
            Self::Transforms(transforms) => transforms.list(window).await?,
            Self::Labels(layout) => list_labels(layout, window).await?,
            Self::Pinned(inputs) => inside(inputs, window),
            Self::Table(table) => inside(&table.staged().await?.inputs, window),
            Self::Identified(inputs, ids) => {
                let mut listed = Box::pin(inputs.list(window)).await?;
                for input in &mut listed.inputs {
                    input.ids = Arc::clone(ids);
                }
                listed
            }
            Self::Union(parts) => {
                let mut all = Listed::default();
                for part in parts {
                    let listed = Box::pin(part.list(window)).await?;
                    all.inputs.extend(listed.inputs);
                    all.skipped += listed.skipped;
                }
                all
            }
        };
        listed.inputs.sort_by(|a, b| a.order().cmp(&b.order()));
        Ok(listed)
    }

    /// The folder as the user wrote it, for messages.
    pub(crate) fn describe(&self) -> Vec<String> {
        match self {
            Self::Captures {
                layout,
                endpoints,
                variants,
            } => layout
                .variants
                .iter()
                .filter(|v| endpoints.matches(&v.endpoint) && variants.matches(&v.variant))
                .map(|v| format!("{}/{}/{}", layout.root.display(), v.endpoint, v.variant))
                .collect(),
            Self::Transforms(transforms) => vec![transforms.display().to_owned()],
            Self::Labels(layout) => vec![layout.root.display().to_owned()],
            Self::Pinned(_) | Self::Table(_) => Vec::new(),
            Self::Identified(inputs, _) => inputs.describe(),
            Self::Union(parts) => parts.iter().flat_map(Self::describe).collect(),
        }
    }

    /// The hours nearest to a window that have objects, one before and one after.
    pub(crate) async fn nearest(
        &self,
        window: Window,
    ) -> Result<(Option<Hour>, Option<Hour>), EngineError> {
        let (mut before, mut after): (Option<Hour>, Option<Hour>) = (None, None);
        let mut take = |(b, a): (Option<Hour>, Option<Hour>)| {
            before = before.max(b);
            after = match (after, a) {
                (Some(x), Some(y)) => Some(x.min(y)),
                (x, y) => x.or(y),
            };
        };
        match self {
            Self::Captures {
                layout,
                endpoints,
                variants,
            } => {
                for v in &layout.variants {
                    if endpoints.matches(&v.endpoint) && variants.matches(&v.variant) {
                        take(
                            groundline_store::nearest_hours(&layout.root, &v.prefix, window)
                                .await?,
                        );
                    }
                }
            }
            Self::Labels(layout) => {
                take(
                    groundline_store::nearest_hours(&layout.root, layout.root.prefix(), window)
                        .await?,
                );
            }
            Self::Transforms(transforms) => take(transforms.nearest(window).await?),
            Self::Pinned(_) | Self::Table(_) => {}
            Self::Identified(inputs, _) => take(Box::pin(inputs.nearest(window)).await?),
            Self::Union(parts) => {
                for part in parts {
                    take(Box::pin(part.nearest(window)).await?);
                }
            }
        }
        Ok((before, after))
    }
}

/// `error`, or what says more: that a folder without the layout of its flag begins with the layout and the records of
/// the other kind.
async fn told_apart(error: EngineError, root: &Root, flag: &'static str, uri: &str) -> EngineError {
    if !is_no_layout(&error) {
        return error;
    }
    let year = |part: &str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    match refuse_other(root, flag, uri).await {
        // An endpoint and a variant at most stand above the year; deeper, the folder is one of many things.
        Err(EngineError::OtherRecords { file, kind, .. }) if file.split('/').take(3).any(year) => {
            let (flag, uri) = (flag, uri.to_owned());
            EngineError::OtherRecords {
                flag,
                uri,
                kind,
                file,
            }
        }
        _ => error,
    }
}

/// Whether the folder has another layout than its flag takes: then it may hold the other kind of records.
fn is_no_layout(error: &EngineError) -> bool {
    let EngineError::Store(error) = error else {
        return false;
    };
    matches!(
        **error,
        StoreError::NoLabelLayout { .. } | StoreError::NoCaptureLayout { .. }
    )
}

/// What of a listing made before lies in the window.
fn inside(inputs: &[Input], window: Option<Window>) -> Listed {
    let inside = inputs
        .iter()
        .filter(|input| window.is_none_or(|window| window.contains(input.hour)));
    Listed {
        inputs: inside.cloned().collect(),
        skipped: Skipped::default(),
    }
}

async fn list_captures(
    layout: &CaptureLayout,
    endpoints: &Globs,
    variants: &Globs,
    window: Option<Window>,
) -> Result<Listed, EngineError> {
    let Some(window) = intersect(window, layout.within) else {
        return Ok(Listed::default());
    };
    let chosen: Vec<VariantPrefix> = layout
        .variants
        .iter()
        .filter(|v| endpoints.matches(&v.endpoint) && variants.matches(&v.variant))
        .cloned()
        .collect();
    let listings: Vec<_> = futures::stream::iter(chosen)
        .map(|v| async move {
            list_hours(&layout.root, &v.prefix, window)
                .await
                .map(|l| (v, l))
        })
        .buffered(CONCURRENT)
        .try_collect()
        .await?;
    let mut listed = Listed::default();
    for (v, listing) in listings {
        listed.skipped += listing.skipped;
        for (hour, objects) in listing.hours {
            listed
                .inputs
                .extend(objects.into_iter().map(|object| Input {
                    kind: InputKind::Captures,
                    root: layout.root.clone(),
                    object,
                    hour,
                    endpoint: v.endpoint.clone(),
                    variant: v.variant.clone(),
                    pair: None,
                    ids: Arc::default(),
                    staged: None,
                }));
        }
    }
    Ok(listed)
}

async fn list_labels(layout: &LabelLayout, window: Option<Window>) -> Result<Listed, EngineError> {
    let Some(window) = intersect(window, layout.within) else {
        return Ok(Listed::default());
    };
    let listing = list_hours(&layout.root, layout.root.prefix(), window).await?;
    let mut listed = Listed {
        inputs: Vec::new(),
        skipped: listing.skipped,
    };
    for (hour, objects) in listing.hours {
        listed
            .inputs
            .extend(objects.into_iter().map(|object| Input {
                kind: InputKind::Labels,
                root: layout.root.clone(),
                object,
                hour,
                endpoint: String::new(),
                variant: String::new(),
                pair: None,
                ids: Arc::default(),
                staged: None,
            }));
    }
    Ok(listed)
}

/// The common part of two windows; the outer `None` means that there is none.
fn intersect(a: Option<Window>, b: Option<Window>) -> Option<Option<Window>> {
    match (a, b) {
        (Some(a), Some(b)) => a.intersect(b).map(Some),
        (a, b) => Some(a.or(b)),
    }
}
