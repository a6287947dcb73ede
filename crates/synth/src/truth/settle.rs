//! The merge by its definition, over what was planted: no file is read back but the spool.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::ops::Range;
use std::path::Path;

use super::ledger::Ledger;
use super::{EventTruth, Kept, LabelTruth, Source, Table, unmatched};
use crate::error::SynthError;
use crate::event::Key;
use crate::label::Data;
use crate::text::JsonText;

/// What became of a label in one model.
#[derive(Clone, Copy, Debug, Default)]
struct Fate {
    chosen: bool,
    candidate: bool,
}

pub(super) fn settle(mut kept: Kept) -> Result<(), SynthError> {
    kept.labels.sort_unstable_by(label_order);
    kept.neighbour_labels.sort_unstable_by(label_order);
    kept.sources.sort_by(|a, b| a.name.cmp(&b.name));
    let models = kept.options.models();
    let mut ledgers = vec![Ledger::default(); models.len()];
    let mut fates: Vec<Vec<Fate>> = (0..models.len())
        .map(|model| vec![Fate::default(); kept.labels_of(model).len()])
        .collect();

    let path = kept.folder.join("observations.jsonl");
    let file = File::create(&path).map_err(SynthError::io("create", &path))?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    for source in &kept.sources {
        let (Some(ledger), Some(fates)) =
            (ledgers.get_mut(source.model), fates.get_mut(source.model))
        else {
            continue;
        };
        ledger.predictions.rejected += source.rejected;
        let filtered = source.filtered.iter().map(|event| u64::from(event.records));
        ledger.predictions.filtered += filtered.sum::<u64>();
        write_observations(&kept, source, fates, ledger, &mut out)?;
    }
    out.flush().map_err(SynthError::io("write", &path))?;

    let rejected = kept
        .rejects
        .iter()
        .filter(|reject| reject.table == Table::Labels)
        .count() as u64;
    let mut unmatched = Vec::new();
    for (model, (ledger, fates)) in ledgers.iter_mut().zip(&fates).enumerate() {
        if Some(model) != kept.options.neighbour() {
            ledger.labels.rejected = rejected;
        }
        let labels = kept.labels_of(model);
        let mut of_model = Vec::new();
        account_labels(kept.options.seed, labels, fates, ledger, &mut of_model);
        unmatched.push(of_model);
    }
    write_ledger(&kept, &ledgers)?;
    unmatched::write(&kept, &unmatched)?;
    write_rejects(&mut kept)
}

impl Kept {
    /// The labels that a model reads, in order.
    pub(super) fn labels_of(&self, model: usize) -> &[LabelTruth] {
        if Some(model) == self.options.neighbour() {
            &self.neighbour_labels
        } else {
            &self.labels
        }
    }

    /// Whether a label collected in one hour is in the window of the predictions of another.
    pub(super) fn in_window(&self, label_hour: u32, hour: u32) -> bool {
        label_hour + self.options.label_lead() >= hour
            && self
                .options
                .label_horizon()
                .is_none_or(|horizon| label_hour < hour + horizon)
    }
}

/// By key, then in the order in which labels of a key follow each other.
fn label_order(a: &LabelTruth, b: &LabelTruth) -> Ordering {
    (a.draft.key, a.hour)
        .cmp(&(b.draft.key, b.hour))
        .then_with(|| {
            if a.file == b.file {
                Ordering::Equal
            } else {
                // Bytes of the names decide, so 10 comes before 2 and after 1.
                format!("{}.jsonl", a.file).cmp(&format!("{}.jsonl", b.file))
            }
        })
        .then_with(|| a.position.cmp(&b.position))
}

fn labels_of_key(labels: &[LabelTruth], key: Key) -> Range<usize> {
    let from = labels.partition_point(|label| label.draft.key < key);
    let length = labels.get(from..).map_or(0, |rest| {
        rest.partition_point(|label| label.draft.key == key)
    });
    from..from + length
}

/// The label that an event gets: the last usable one of its window. Marks every usable one.
fn choose(
    kept: &Kept,
    labels: &[LabelTruth],
    fates: &mut [Fate],
    hour_index: u32,
    event: &EventTruth,
) -> Option<usize> {
    let mut chosen = None;
    for index in labels_of_key(labels, event.key) {
        let (Some(label), Some(fate)) = (labels.get(index), fates.get_mut(index)) else {
            continue;
        };
        if kept.in_window(label.hour, hour_index) && label.draft.fits(event.records) {
            fate.candidate = true;
            chosen = Some(index);
        }
    }
    if let Some(fate) = chosen.and_then(|index| fates.get_mut(index)) {
        fate.chosen = true;
    }
    chosen
}

fn write_observations(
    kept: &Kept,
    source: &Source,
    fates: &mut [Fate],
    ledger: &mut Ledger,
    out: &mut impl Write,
) -> Result<(), SynthError> {
    let spool = &source.spool;
    if source.events.is_empty() {
        return remove_if_there(spool);
    }
    let file = File::open(spool).map_err(SynthError::io("read", spool))?;
    let mut lines = BufReader::with_capacity(1 << 20, file);
    let mut line = Vec::new();
    let labels = kept.labels_of(source.model);
    for (hour_index, event) in &source.events {
        let chosen = choose(kept, labels, fates, *hour_index, event);
        let chosen = chosen.and_then(|index| labels.get(index));
        for record in 0..event.records {
            line.clear();
            lines
                .read_until(b'\n', &mut line)
                .map_err(SynthError::io("read", spool))?;
            line.pop();
            let class = chosen.and_then(|label| label.draft.class(kept.options.seed, record));
            push_label(kept, &mut line, chosen, class);
            out.write_all(&line)
                .map_err(SynthError::io("write", &kept.folder))?;
            ledger.observations += 1;
            if !event.has_output {
                ledger.predictions.no_output += 1;
            } else if class.is_some() {
                ledger.predictions.labelled += 1;
            } else {
                ledger.predictions.unlabelled += 1;
            }
        }
    }
    remove_if_there(spool)
}

fn remove_if_there(path: &Path) -> Result<(), SynthError> {
    if path.exists() {
        fs::remove_file(path).map_err(SynthError::io("remove", path))?;
    }
    Ok(())
}

/// Ends an observation's line.
fn push_label(kept: &Kept, line: &mut Vec<u8>, label: Option<&LabelTruth>, class: Option<bool>) {
    let mut json = JsonText::new(line);
    match class {
        Some(true) => json.key("label").string(b"1"),
        Some(false) => json.key("label").string(b"0"),
        None => json.key("label").raw(b"null"),
    };
    match label {
        Some(label) => {
            let hour = kept.options.start.plus(label.hour);
            let file = label.path(&kept.options);
            json.key("label_hour")
                .string(format!("{hour}:00:00Z").as_bytes());
            json.key("label_file").string(file.as_bytes());
            json.key("label_position").number(label.position);
        }
        None => {
            for name in ["label_hour", "label_file", "label_position"] {
                json.key(name).raw(b"null");
            }
        }
    }
    json.close().raw(b"\n");
}

/// Puts each label into its bucket, and the indexes of unmatched ones into a list.
fn account_labels(
    seed: u64,
    labels: &[LabelTruth],
    fates: &[Fate],
    ledger: &mut Ledger,
    unmatched: &mut Vec<usize>,
) {
    let text = |label: &LabelTruth| {
        let mut data = Vec::new();
        label.draft.push_data(seed, &mut data);
        let is_null = label.draft.data == Data::Null;
        (is_null, data, label.draft.encoding())
    };
    let mut from = 0;
    for group in labels.chunk_by(|a, b| a.draft.key == b.draft.key) {
        let first = from;
        let fates = fates.get(from..from + group.len()).unwrap_or(&[]);
        from += group.len();
        for (index, (label, fate)) in group.iter().zip(fates).enumerate() {
            if fate.chosen {
                ledger.labels.matched += 1;
                continue;
            }
            let mut others = group
                .iter()
                .zip(fates)
                .enumerate()
                .filter(|(other, (_, fate))| *other < index || fate.chosen);
            if others.any(|(_, (other, _))| text(other) == text(label)) {
                ledger.labels.duplicate += 1;
            } else if fate.candidate {
                ledger.labels.superseded += 1;
            } else {
                ledger.labels.unmatched += 1;
                unmatched.push(first + index);
            }
        }
    }
}

fn write_ledger(kept: &Kept, ledgers: &[Ledger]) -> Result<(), SynthError> {
    let mut total = Ledger::default();
    for ledger in ledgers {
        total.add(ledger);
    }
    let mut text = Vec::new();
    let mut json = JsonText::new(&mut text);
    json.open();
    total.push_members(&mut json);
    json.key("models").open();
    for (name, ledger) in kept.options.models().iter().zip(ledgers) {
        json.key(name).open();
        ledger.push_members(&mut json);
        json.close();
    }
    json.close().close().raw(b"\n");
    let path = kept.folder.join("ledger.json");
    fs::write(&path, text).map_err(SynthError::io("write", &path))
}

fn write_rejects(kept: &mut Kept) -> Result<(), SynthError> {
    kept.rejects.sort();
    let mut text = Vec::new();
    for reject in &kept.rejects {
        let mut line = Vec::new();
        let mut json = JsonText::new(&mut line);
        json.open();
        json.key("table").string(match reject.table {
            Table::Predictions => b"predictions",
            Table::Labels => b"labels",
        });
        json.key("file").string(reject.file.as_bytes());
        json.key("position").number(reject.position);
        json.key("line").number(reject.line);
        json.key("reason").string(reject.reason.as_bytes());
        json.close().raw(b"\n");
        text.append(&mut line);
    }
    let path = kept.folder.join("rejects.jsonl");
    fs::write(&path, text).map_err(SynthError::io("write", &path))
}
