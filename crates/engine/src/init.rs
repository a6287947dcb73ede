//! A look at a bucket: what is there, what its records hold, how labels find predictions, and what a configuration
//! should say. Reads a bounded sample, spread over hours and files; the same data gives the same answer.

mod bounds;
mod crossing;
mod examples;
mod fields;
mod findings;
mod groups;
mod guess;
mod ids;
mod join;
mod kinds;
mod label_data;
mod label_fields;
mod label_files;
mod label_kind;
mod label_table;
mod look;
mod matching;
mod model;
mod payload_ids;
mod places;
mod rank;
mod rejects;
mod sample;
mod scores;
mod source;
mod uri_search;
mod whereabouts;
mod window;

use std::collections::BTreeSet;
use std::sync::Arc;

use groundline_store::{Hour, Stores};

pub use bounds::Bounds;
pub use findings::{
    Counted, ExampleFindings, FieldFindings, Findings, LabelFindings, LabelTableFindings,
    MappingFindings, MatchFindings, ModelFindings, NearMiss, PlaceFindings, Proposal, ReadFindings,
    RejectFindings, SourceFindings, WayFindings, WindowFindings,
};
pub use kinds::RecordKind;
pub use whereabouts::{Whereabouts, whereabouts};

use crate::error::EngineError;
use bounds::Meter;
use fields::Profile;
use look::Look;
pub(crate) use source::refuse_other;
use source::{LabelSource, Source};

/// Where to look.
#[derive(Clone, Debug, Default)]
pub struct InitOptions {
    pub captures: Option<String>,
    pub transforms: Option<String>,
    pub labels: Option<String>,
    /// `s3://bucket/prefix=LOCAL` entries; what else the manifests need is searched for.
    pub map: Vec<String>,
    /// Hour of outputs that nothing else places.
    pub transform_hour: Option<Hour>,
    pub bounds: Bounds,
    /// What opens the roots.
    pub stores: Stores,
}

/// Looks at captures, transforms and labels, and proposes a configuration.
pub async fn init(options: &InitOptions) -> Result<Findings, EngineError> {
    let (bounds, stores) = (&options.bounds, &options.stores);
    let mut sources = Vec::new();
    if let Some(uri) = &options.captures {
        sources.push(Source::captures(stores, uri, bounds).await?);
    }
    if let Some(uri) = &options.transforms {
        sources.push(Source::transforms(stores, uri, &options.map, options.transform_hour).await?);
    }
    let mut findings = Findings::default();
    let labels = match &options.labels {
        Some(uri) => match label_files::files_in(stores, uri).await? {
            Some(files) => {
                let (table, labels) = label_table::look(&files, &sources, options).await?;
                findings.label_table = Some(table);
                labels
            }
            None => Some(LabelSource::open(stores, uri, bounds).await?),
        },
        None => None,
    };

    let (mut delays, mut judged) = (Vec::new(), Vec::new());
    let mut opened = BTreeSet::new();
    for source in &sources {
        let share = Bounds {
            events: bounds.events / sources.len(),
            bytes: bounds.bytes / sources.len() as u64,
            objects: bounds.objects / sources.len() as u64,
            ..*bounds
        };
        let look = Look {
            source,
            labels: labels.as_ref(),
            bounds: &share,
            meter: Arc::new(Meter::default()),
        };
        let seen = look.all().await?;
        findings.read.events += seen.events;
        findings.read.bytes += look.meter.bytes();
        opened.append(&mut look.meter.names());
        delays.extend(seen.delay);
        judged.extend(seen.judged);
        findings.sources.push(model::source_findings(source));
        for model in seen.models {
            let taken = |name: &str| findings.models.iter().any(|other| other.name == name);
            let name = unused(&model.name, taken);
            findings.models.push(ModelFindings { name, ..model });
        }
        if let (Some(labels), Some(of_labels)) = (&labels, seen.labels)
            && findings.labels.is_none()
        {
            findings.labels = Some(model::label_findings(labels, of_labels));
        }
    }
    let last_label = labels.as_ref().map(|labels| labels.place.last);
    findings.read.objects = opened.len() as u64;
    findings.rejects = rejects::propose(&judged);
    findings.window = window::propose(&sources, last_label, delays.iter().copied().min());
    Ok(findings)
}

/// A name that no other model has.
fn unused(name: &str, taken: impl Fn(&str) -> bool) -> String {
    let mut name = name.to_owned();
    let base = name.clone();
    let mut number = 2_u32;
    while taken(&name) {
        name = format!("{base}-{number}");
        number += 1;
    }
    name
}

/// The labels' values, for the report.
fn field_findings(profile: &Profile, records: u64) -> FieldFindings {
    let range = profile.range();
    FieldFindings {
        selector: profile.path.clone(),
        kind: profile.kind(),
        present: profile.values(),
        records,
        least: range.map(|(least, _)| least),
        most: range.map(|(_, most)| most),
        distinct: (!profile.many).then_some(profile.classes.len() as u64),
        examples: profile.examples.clone(),
    }
}
