use std::collections::VecDeque;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::error::SynthError;
use crate::event::Event;
use crate::label::Draft;
use crate::label_plan::labels_of_event;
use crate::options::{Kind, Options};
use crate::truth::Truth;
use crate::{elsewhere, endpoint, guide, label_hour, plant_labels, transform};

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Capture lines, transform rows or transform documents, bad ones included.
    pub predictions: u64,
    /// Prediction records in the good ones.
    pub prediction_records: u64,
    /// Label records, bad ones included.
    pub labels: u64,
    /// Labels among them that were planted to match nothing.
    pub mismatches: u64,
    /// Bad lines of both.
    pub rejects: u64,
    /// Capture, transform (manifests too) and label files.
    pub files: u64,
    /// Bytes of those files, before compression.
    pub bytes: u64,
    /// Bytes of the label files alone, before compression.
    pub label_bytes: u64,
}

impl Summary {
    pub(crate) fn add_file(&mut self, bytes: u64) {
        self.files += 1;
        self.bytes += bytes;
    }
}

/// A corpus while it is written.
#[derive(Debug)]
pub(crate) struct Corpus<'a> {
    pub(crate) options: &'a Options,
    pub(crate) out: &'a Path,
    pub(crate) truth: Truth,
    pub(crate) summary: Summary,
}

/// Writes a corpus into `out`, which must be absent or empty: captures or transforms, labels,
/// `groundline.toml`, `README.md` and, unless it is switched off, `truth/`. Blocks; memory holds one hour's
/// labels and the late ones, and with `truth` a small state of every event and label.
///
/// # Errors
/// Options out of range, a folder that is not empty, and whatever the file system refuses.
pub fn generate(out: &Path, options: &Options) -> Result<Summary, SynthError> {
    options.validate()?;
    claim(out)?;
    let mut corpus = Corpus {
        options,
        out,
        truth: Truth::new(out, options)?,
        summary: Summary::default(),
    };
    // Front: the hour that is written next.
    let mut collected: VecDeque<Vec<Draft>> = VecDeque::new();
    for hour in 0..options.hours {
        write_predictions(&mut corpus, hour)?;
        for number in options.events_of_hour(hour) {
            let event = Event::new(options, number);
            labels_of_event(options, &event, |delay, draft| {
                collect(&mut collected, delay, draft);
            });
        }
        corpus.summary.mismatches += plant_labels::labels_of_hour(options, hour, |delay, draft| {
            collect(&mut collected, delay, draft);
        });
        let drafts = collected.pop_front().unwrap_or_default();
        label_hour::write_hour(&mut corpus, hour, drafts)?;
    }
    let mut hour = options.hours;
    while let Some(drafts) = collected.pop_front() {
        label_hour::write_hour(&mut corpus, hour, drafts)?;
        hour += 1;
    }
    guide::write(out, options)?;
    corpus.truth.settle()?;
    Ok(corpus.summary)
}

/// Keeps a label for the hour that comes `delay` hours after the one that is written next.
fn collect(collected: &mut VecDeque<Vec<Draft>>, delay: u32, draft: Draft) {
    let delay = delay as usize;
    if collected.len() <= delay {
        collected.resize_with(delay + 1, Vec::new);
    }
    if let Some(drafts) = collected.get_mut(delay) {
        drafts.push(draft);
    }
}

fn write_predictions(corpus: &mut Corpus<'_>, hour: u32) -> Result<(), SynthError> {
    if corpus.options.kind != Kind::Endpoint {
        transform::write_hour(corpus, hour)?;
        return elsewhere::write_neighbour(corpus, hour);
    }
    for endpoint in 0..corpus.options.endpoints {
        endpoint::write_hour(corpus, endpoint, hour)?;
    }
    elsewhere::write_shadow(corpus, hour)?;
    elsewhere::write_neighbour(corpus, hour)
}

fn claim(out: &Path) -> Result<(), SynthError> {
    match fs::read_dir(out) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(SynthError::NotEmpty {
                path: out.to_path_buf(),
            }),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            fs::create_dir_all(out).map_err(SynthError::io("create", out))
        }
        Err(error) => Err(SynthError::io("list", out)(error)),
    }
}
