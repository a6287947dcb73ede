//! What a correct merge must find, recorded while the corpus is written and settled at the end.
//!
//! Observations go to a spool file at once, all but their label; in memory stays what decides the label.

mod ledger;
mod settle;
mod unmatched;

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::endpoint::{VARIANT, endpoint_name};
use crate::error::SynthError;
use crate::event::Key;
use crate::label::Draft;
use crate::malformed::Reason;
use crate::options::{Kind, Options};
use crate::payload::Probability;
use crate::plant::{NEIGHBOUR, Plant};
use crate::text::JsonText;
use crate::transform::BATCH;

/// Recorder of the truth; without a body when it is not asked for.
#[derive(Debug)]
pub(crate) struct Truth {
    kept: Option<Kept>,
}

#[derive(Debug)]
struct Kept {
    folder: PathBuf,
    options: Options,
    sources: Vec<Source>,
    labels: Vec<LabelTruth>,
    /// Those of the model that has its own.
    neighbour_labels: Vec<LabelTruth>,
    /// Keys of captures that no model reads.
    left_out: Vec<Key>,
    rejects: Vec<RejectTruth>,
    /// Endpoint and hour that are being written.
    current: Option<Current>,
    line: Vec<u8>,
}

/// An endpoint, or all transforms.
#[derive(Debug)]
struct Source {
    name: String,
    variant: &'static str,
    model: usize,
    spool: PathBuf,
    /// Number in the ids of its captures.
    endpoint: u32,
    events: Vec<(u32, EventTruth)>,
    filtered: Vec<EventTruth>,
    /// Keys that stand in bad lines, and where: file:line.
    broken: Vec<(Key, String)>,
    rejected: u64,
}

#[derive(Debug)]
struct Current {
    source: usize,
    hour_index: u32,
    spool: BufWriter<File>,
}

/// What decides the labels of an event in one endpoint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EventTruth {
    pub(crate) key: Key,
    pub(crate) records: u32,
    pub(crate) has_output: bool,
}

/// A label and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LabelTruth {
    pub(crate) draft: Draft,
    /// Hour of collection, counted from the start of the corpus.
    pub(crate) hour: u32,
    /// Number in the file name.
    pub(crate) file: u32,
    pub(crate) position: u64,
}

impl LabelTruth {
    /// Key of its file below the folder of labels.
    fn path(&self, options: &Options) -> String {
        let hour = options.start.plus(self.hour);
        format!("{}/{}.jsonl{}", hour.folder(), self.file, options.suffix())
    }
}

/// One prediction record, all but its label.
#[derive(Debug)]
pub(crate) struct Observation<'a> {
    pub(crate) key: &'a [u8],
    pub(crate) event_id: Option<&'a [u8]>,
    pub(crate) inference_id: Option<&'a [u8]>,
    pub(crate) inference_time: &'a [u8],
    pub(crate) record_index: u32,
    pub(crate) input: Option<&'a [u8]>,
    pub(crate) output: Option<&'a [u8]>,
    pub(crate) probability: Option<Probability>,
    pub(crate) file: &'a str,
    pub(crate) position: u64,
}

/// Which table a reject belongs to; predictions come first in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    Predictions,
    Labels,
}

/// In the order of `rejects.jsonl`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RejectTruth {
    table: Table,
    file: String,
    position: u64,
    line: u64,
    reason: &'static str,
}

impl Truth {
    pub(crate) fn new(out: &Path, options: &Options) -> Result<Self, SynthError> {
        if !options.truth {
            return Ok(Self { kept: None });
        }
        let folder = out.join("truth");
        fs::create_dir_all(&folder).map_err(SynthError::io("create", &folder))?;
        let source = |name: String, variant, model, endpoint| Source {
            spool: folder.join(format!(".observations-{name}.part")),
            name,
            variant,
            model,
            endpoint,
            events: Vec::new(),
            filtered: Vec::new(),
            broken: Vec::new(),
            rejected: 0,
        };
        let mut sources: Vec<Source> = (0..options.endpoints)
            .map(|endpoint| {
                let (name, variant) = match options.kind {
                    Kind::Endpoint => (endpoint_name(endpoint), VARIANT),
                    _ => (BATCH.to_owned(), BATCH),
                };
                source(name, variant, options.model(endpoint), endpoint)
            })
            .collect();
        if let Some(model) = options.neighbour() {
            let endpoint = Plant::OtherModel.code();
            sources.push(source(NEIGHBOUR.to_owned(), VARIANT, model, endpoint));
        }
        Ok(Self {
            kept: Some(Kept {
                folder,
                options: options.clone(),
                sources,
                labels: Vec::new(),
                neighbour_labels: Vec::new(),
                left_out: Vec::new(),
                rejects: Vec::new(),
                current: None,
                line: Vec::new(),
            }),
        })
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// What follows belongs to this endpoint (0 for transforms, the first number that no endpoint has for the
    /// neighbour) and hour.
    pub(crate) fn begin(&mut self, endpoint: u32, hour_index: u32) -> Result<(), SynthError> {
        let Some(kept) = &mut self.kept else {
            return Ok(());
        };
        let source = endpoint as usize;
        let Some(path) = kept.sources.get(source).map(|source| &source.spool) else {
            return Ok(());
        };
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(SynthError::io("create", path))?;
        kept.current = Some(Current {
            source,
            hour_index,
            spool: BufWriter::with_capacity(1 << 18, file),
        });
        Ok(())
    }

    pub(crate) fn end(&mut self) -> Result<(), SynthError> {
        let Some(kept) = &mut self.kept else {
            return Ok(());
        };
        match kept.current.take() {
            Some(mut current) => current
                .spool
                .flush()
                .map_err(SynthError::io("write", &kept.folder)),
            None => Ok(()),
        }
    }

    /// Records in the order of (file, position, record index).
    pub(crate) fn observe(&mut self, observation: &Observation<'_>) -> Result<(), SynthError> {
        let Some(kept) = &mut self.kept else {
            return Ok(());
        };
        let Some(current) = &mut kept.current else {
            return Ok(());
        };
        let Some(source) = kept.sources.get(current.source) else {
            return Ok(());
        };
        kept.line.clear();
        let hour = kept.options.start.plus(current.hour_index);
        push_observation(&mut kept.line, source, hour.to_string(), observation);
        kept.line.push(b'\n');
        current
            .spool
            .write_all(&kept.line)
            .map_err(SynthError::io("write", &source.spool))
    }

    /// After the observations of the event.
    pub(crate) fn event(&mut self, event: EventTruth) {
        if let Some((source, hour_index)) = self.current() {
            source.events.push((hour_index, event));
        }
    }

    /// An event that the configured `where` drops; it has no observations.
    pub(crate) fn filtered(&mut self, event: EventTruth) {
        if let Some((source, _)) = self.current() {
            source.filtered.push(event);
        }
    }

    /// A bad line in which this key can be read.
    pub(crate) fn broken(&mut self, key: Key, place: String) {
        if let Some((source, _)) = self.current() {
            source.broken.push((key, place));
        }
    }

    /// An event of an endpoint that no model reads.
    pub(crate) fn left_out(&mut self, event: EventTruth) {
        if let Some(kept) = &mut self.kept {
            kept.left_out.push(event.key);
        }
    }

    fn current(&mut self) -> Option<(&mut Source, u32)> {
        let kept = self.kept.as_mut()?;
        let current = kept.current.as_ref()?;
        let source = kept.sources.get_mut(current.source)?;
        Some((source, current.hour_index))
    }

    pub(crate) fn label(&mut self, label: LabelTruth) {
        if let Some(kept) = &mut self.kept {
            kept.labels.push(label);
        }
    }

    /// A label of the model that has its own.
    pub(crate) fn neighbour_label(&mut self, label: LabelTruth) {
        if let Some(kept) = &mut self.kept {
            kept.neighbour_labels.push(label);
        }
    }

    /// The line that begins at `position` is bad.
    pub(crate) fn reject(
        &mut self,
        table: Table,
        endpoint: u32,
        file: &str,
        position: u64,
        line: u64,
        reason: Reason,
    ) {
        let Some(kept) = &mut self.kept else {
            return;
        };
        if table == Table::Predictions
            && let Some(source) = kept.sources.get_mut(endpoint as usize)
        {
            source.rejected += 1;
        }
        kept.rejects.push(RejectTruth {
            table,
            file: file.to_owned(),
            position,
            line,
            reason: reason.name(),
        });
    }

    /// Gives every prediction its label, closes the ledger and writes the files.
    pub(crate) fn settle(self) -> Result<(), SynthError> {
        match self.kept {
            Some(kept) => settle::settle(kept),
            None => Ok(()),
        }
    }
}

/// Everything before the label; the object stays open.
fn push_observation(
    line: &mut Vec<u8>,
    source: &Source,
    hour: String,
    observation: &Observation<'_>,
) {
    let mut json = JsonText::new(line);
    json.open();
    json.key("endpoint").string(source.name.as_bytes());
    json.key("variant").string(source.variant.as_bytes());
    json.key("hour").string(format!("{hour}:00:00Z").as_bytes());
    json.key("key").string(observation.key);
    json.key("event_id").string_or_null(observation.event_id);
    json.key("inference_id")
        .string_or_null(observation.inference_id);
    json.key("inference_time")
        .string(observation.inference_time);
    json.key("record_index")
        .number(u64::from(observation.record_index));
    json.key("input").string_or_null(observation.input);
    json.key("output").string_or_null(observation.output);
    match observation.probability {
        Some(probability) => {
            let class: &[u8] = if probability.is_positive() {
                b"1"
            } else {
                b"0"
            };
            let mut text = Vec::new();
            probability.push(&mut text);
            json.key("prediction").string(class);
            json.key("probability").raw(&text);
        }
        None => {
            json.key("prediction").raw(b"null");
            json.key("probability").raw(b"null");
        }
    }
    json.key("file").string(observation.file.as_bytes());
    json.key("position").number(observation.position);
}
