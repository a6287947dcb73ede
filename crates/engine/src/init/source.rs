//! What the user named: opened, re-rooted, recognised by its records, and listed.

use groundline_store::{Hour, Root, StoreError, Stores, capture_layout, label_layout};

use super::bounds::{Bounds, spread};
use super::kinds::{self, RecordKind};
use super::places::{self, MOST_PLACES, Place, TRANSFORMS};
use super::rejects::Tally;
use super::uri_search;
use crate::error::EngineError;
use crate::read::read_head;
use crate::tables::{Transforms, manifest_entry};

/// Manifests, or outputs of a folder, that are looked into.
const MOST_OUTPUTS: usize = 24;
/// Prefixes that the manifests of one folder may need.
const MOST_MAPS: usize = 4;

/// One kind of predictions.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) kind: &'static str,
    pub(super) uri: String,
    pub(super) places: Vec<Place>,
    /// What the given path selects, where it lies inside the layout.
    pub(super) endpoints: Vec<String>,
    pub(super) variants: Vec<String>,
    pub(super) map: Vec<String>,
    pub(super) transform_hour: Option<Hour>,
    /// The first and the last hour of any place.
    pub(super) span: (Hour, Hour),
    pub(super) notes: Vec<String>,
}

impl Source {
    /// Transforms as CSV may have the inputs before the output.
    pub(super) fn is_transforms(&self) -> bool {
        self.kind == "transforms"
    }

    pub(super) async fn captures(
        stores: &Stores,
        uri: &str,
        bounds: &Bounds,
    ) -> Result<Self, EngineError> {
        let mut root = stores.open(uri).await?;
        let mut notes = Vec::new();
        let layout = match capture_layout(&root).await {
            Err(StoreError::NoCaptureLayout {
                suggestion: Some(inside),
                ..
            }) => {
                notes.push(format!(
                    "`{uri}` is above the captures; `{inside}` is taken"
                ));
                root = stores.open(&inside).await?;
                capture_layout(&root).await?
            }
            Err(error @ StoreError::NoCaptureLayout { .. }) => {
                refuse_other(&root, "captures", uri).await?;
                return Err(error.into());
            }
            other => other?,
        };
        let (found, complete) = places::captures(&layout, bounds).await?;
        if !complete {
            notes.push(format!(
                "there are {} endpoint variants; the first {MOST_PLACES} were looked into",
                layout.variants.len()
            ));
        }
        check_kind(&root, &found, "captures", uri).await?;
        let span = span(&found).ok_or_else(|| nothing(uri, "captures"))?;
        let depth = root.prefix().parts().count() - layout.root.prefix().parts().count();
        if depth > 0 {
            notes.push(format!(
                "`{uri}` is inside the layout, which begins at `{}`",
                layout.root.display()
            ));
        }
        let names = |name: fn(&Place) -> &String, from: usize| {
            let mut names: Vec<String> = found.iter().map(name).cloned().collect();
            names.sort();
            names.dedup();
            if depth >= from { names } else { Vec::new() }
        };
        Ok(Self {
            kind: "captures",
            uri: layout.root.display().to_owned(),
            endpoints: names(|place| &place.endpoint, 1),
            variants: names(|place| &place.variant, 2),
            places: found,
            map: Vec::new(),
            transform_hour: None,
            span,
            notes,
        })
    }

    pub(super) async fn transforms(
        stores: &Stores,
        uri: &str,
        map: &[String],
        hour: Option<Hour>,
    ) -> Result<Self, EngineError> {
        let root = stores.open(uri).await?;
        // A folder of captures or labels would be read as outputs that have no ids.
        if manifest_entry(&root, "output").await?.is_none() {
            refuse_other(&root, "transforms", uri).await?;
        }
        let mut map = map.to_vec();
        let mut notes = Vec::new();
        let found = loop {
            let transforms = Transforms::open(stores, uri, &map, hour).await?;
            match transforms.some(MOST_OUTPUTS, spread).await {
                Err(error) if map.len() < MOST_MAPS => {
                    let entry = match outside(&error) {
                        Some(named) => uri_search::find(uri, named).await?,
                        None => None,
                    };
                    let Some(entry) = entry else {
                        return Err(error);
                    };
                    notes.push(format!("the manifests name `{}`", entry_uri(&entry)));
                    map.push(entry);
                }
                other => break other?,
            }
        };
        if let Some((_, named)) = manifest_entry(&root, "input").await?
            && map.len() < MOST_MAPS
            && !map.iter().any(|entry| covers(entry, &named))
            && let Some(entry) = uri_search::find(uri, &named).await?
        {
            map.push(entry);
        }
        let (endpoint, variant) = TRANSFORMS;
        let (listed, cut) = (found.listed, found.cut);
        let place = Place::known(endpoint, variant, found.inputs, found.counted)
            .map(|place| Place {
                listed,
                cut,
                ..place
            })
            .ok_or_else(|| nothing(uri, "transforms"))?;
        Ok(Self {
            kind: "transforms",
            uri: uri.to_owned(),
            span: found.span.unwrap_or((place.first, place.last)),
            places: vec![place],
            endpoints: Vec::new(),
            variants: Vec::new(),
            map,
            transform_hour: hour,
            notes,
        })
    }
}

/// The labels that the user named.
#[derive(Debug)]
pub(super) struct LabelSource {
    pub(super) uri: String,
    pub(super) place: Place,
    pub(super) notes: Vec<String>,
    /// Where they are rows of a table: those that are no labels.
    pub(super) table: Option<Tally>,
}

impl LabelSource {
    pub(super) async fn open(
        stores: &Stores,
        uri: &str,
        bounds: &Bounds,
    ) -> Result<Self, EngineError> {
        let root = stores.open(uri).await?;
        let mut notes = Vec::new();
        let layout = match label_layout(&root).await {
            Err(error @ StoreError::NoLabelLayout { .. }) => {
                let inside = match &error {
                    StoreError::NoLabelLayout {
                        suggestion: Some(inside),
                        ..
                    } => labels_inside(stores, inside)
                        .await?
                        .map(|root| (root, inside)),
                    _ => None,
                };
                let Some((below, inside)) = inside else {
                    refuse_other(&root, "labels", uri).await?;
                    return Err(error.into());
                };
                notes.push(format!("`{uri}` is above the labels; `{inside}` is taken"));
                label_layout(&below).await?
            }
            other => other?,
        };
        // Labels of all hours count: a folder of one hour is a place to look at, not a choice of labels.
        let place = places::labels(&layout.root, None, bounds)
            .await?
            .ok_or_else(|| nothing(uri, "labels"))?;
        check_kind(&root, std::slice::from_ref(&place), "labels", uri).await?;
        Ok(Self {
            uri: layout.root.display().to_owned(),
            place,
            notes,
            table: None,
        })
    }
}

/// The folder, unless its records are plainly no labels: a bucket has dated folders of many kinds.
async fn labels_inside(stores: &Stores, inside: &str) -> Result<Option<Root>, EngineError> {
    let root = stores.open(inside).await?;
    Ok(match kinds::look(&root).await? {
        Some((kind, _)) if kind != RecordKind::Labels => None,
        _ => Some(root),
    })
}

fn span(places: &[Place]) -> Option<(Hour, Hour)> {
    let first = places.iter().map(|place| place.first).min()?;
    let last = places.iter().map(|place| place.last).max()?;
    Some((first, last))
}

fn nothing(uri: &str, what: &'static str) -> EngineError {
    EngineError::NothingThere {
        uri: uri.to_owned(),
        what,
    }
}

/// An error where the first objects of a folder are plainly of another kind than its flag takes.
pub(crate) async fn refuse_other(
    root: &Root,
    flag: &'static str,
    uri: &str,
) -> Result<(), EngineError> {
    match kinds::look(root).await? {
        Some((kind, file)) if kind.flag() != Some(flag) => Err(wrong(flag, uri, kind, file)),
        _ => Ok(()),
    }
}

/// The same for what was found by its layout, which captures, labels and merged records share.
async fn check_kind(
    root: &Root,
    places: &[Place],
    flag: &'static str,
    uri: &str,
) -> Result<(), EngineError> {
    let first = places
        .iter()
        .find_map(|place| place.hours.values().flatten().next());
    let Some(input) = first else {
        return Ok(());
    };
    let head = read_head(&input.root, &input.object).await?;
    match kinds::kind(&head) {
        Some(kind) if kind.flag() != Some(flag) => {
            Err(wrong(flag, uri, kind, root.key(&input.object.path)))
        }
        _ => Ok(()),
    }
}

fn wrong(flag: &'static str, uri: &str, kind: RecordKind, file: String) -> EngineError {
    EngineError::OtherRecords {
        flag,
        uri: uri.to_owned(),
        kind,
        file,
    }
}

/// The URI that no map covers, if that is what went wrong.
fn outside(error: &EngineError) -> Option<&str> {
    match error {
        EngineError::ManifestEntry { source, .. } => match source.as_ref() {
            StoreError::OutsideRoots { uri, .. } => Some(uri),
            _ => None,
        },
        _ => None,
    }
}

fn entry_uri(entry: &str) -> &str {
    entry.split_once('=').map_or(entry, |(uri, _)| uri)
}

fn covers(entry: &str, uri: &str) -> bool {
    let rest = uri.strip_prefix(entry_uri(entry));
    rest.is_some_and(|rest| rest.starts_with('/'))
}
