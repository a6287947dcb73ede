//! The state of an hour (design.md "The output"): derived from the store each time, never stored.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::hour::Hour;
use crate::label_change::{ChangeWithin, LabelChange};
use crate::receipt::{InputIdentity, Receipt};

/// What is to be said of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HourState {
    /// Nothing has changed since its file was made.
    Done,
    /// It has objects and no hour file, or none that has a receipt.
    Missing,
    /// Inputs, settings or the hour file are not what its receipt says.
    Stale,
    /// Labels in its window were added, changed or deleted.
    LabelStale,
    /// It has not ended, or so lately that captures may still come.
    Open,
    /// It has no objects.
    Empty,
}

impl HourState {
    pub const ALL: [Self; 6] = [
        Self::Done,
        Self::Missing,
        Self::Stale,
        Self::LabelStale,
        Self::Open,
        Self::Empty,
    ];

    /// The design's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Missing => "missing",
            Self::Stale => "stale",
            Self::LabelStale => "label-stale",
            Self::Open => "open",
            Self::Empty => "empty",
        }
    }
}

/// Why an hour is in its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The hour has not ended.
    NotEnded,
    /// It ended less than so many minutes ago.
    Settling {
        minutes: i64,
    },
    NoHourFile,
    NoReceipt,
    /// What is wrong with the receipt.
    UnreadableReceipt(String),
    /// Objects of predictions.
    Inputs(Changed),
    Setting {
        name: String,
        was: String,
        is: String,
    },
    /// The hour file's bytes and those of the receipt.
    FileSize {
        is: u64,
        was: u64,
    },
    FileContent,
    /// The listing of labels that the receipt names cannot be read.
    NoSnapshot(String),
    /// Files of labels.
    Labels(Changed),
    /// `--format jsonl` asks for a file that is not there.
    NoMergedJsonl,
}

/// Objects that came, went or changed, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    pub added: usize,
    pub changed: usize,
    pub removed: usize,
    pub example: String,
}

/// Everything that the state of an hour with objects follows from.
#[derive(Clone, Copy, Debug)]
pub struct HourFacts<'a> {
    pub hour: Hour,
    /// Sorted by key.
    pub inputs: &'a [InputIdentity],
    pub found: &'a Found,
    /// What would change the bytes now.
    pub settings: &'a Value,
    /// The label window of now.
    pub labels: (Hour, Option<Hour>),
    /// From the listing of the receipt to that of now; an error if that cannot be read.
    pub change: Result<&'a LabelChange, &'a str>,
}

/// What the output holds of an hour.
#[derive(Clone, Debug, Default)]
pub enum Found {
    #[default]
    Nothing,
    /// A receipt and no hour file.
    OnlyReceipt,
    OnlyFile,
    Unreadable(String),
    Both {
        receipt: Box<Receipt>,
        file: FileCheck,
    },
}

/// Whether the hour file is the receipt's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileCheck {
    Same,
    OtherSize(u64),
    OtherContent,
}

/// Whether the hour is too young for its captures to be complete.
pub fn open_reason(hour: Hour, now_micros: i64, settle_micros: i64) -> Option<Why> {
    let end = hour.plus(1).micros();
    if now_micros < end {
        return Some(Why::NotEnded);
    }
    let settling = now_micros < end.saturating_add(settle_micros);
    let minutes = settle_micros / 60_000_000;
    settling.then_some(Why::Settling { minutes })
}

/// The state of an hour that has objects, whatever its age, and why it is not done.
pub fn state_of(facts: &HourFacts<'_>) -> (HourState, Vec<Why>) {
    let (receipt, file) = match facts.found {
        Found::Nothing | Found::OnlyReceipt => return (HourState::Missing, vec![Why::NoHourFile]),
        Found::OnlyFile => return (HourState::Missing, vec![Why::NoReceipt]),
        Found::Unreadable(why) => {
            return (
                HourState::Missing,
                vec![Why::UnreadableReceipt(why.clone())],
            );
        }
        Found::Both { receipt, file } => (receipt, file),
    };
    let mut stale = Vec::new();
    if let Some(changed) = changed_inputs(&receipt.inputs, facts.inputs) {
        stale.push(Why::Inputs(changed));
    }
    if !receipt.has_settings(facts.settings) {
        stale.extend(changed_settings(&receipt.settings, facts.settings));
    }
    match file {
        FileCheck::Same => {}
        FileCheck::OtherSize(is) => stale.push(Why::FileSize {
            is: *is,
            was: receipt.size,
        }),
        FileCheck::OtherContent => stale.push(Why::FileContent),
    }
    // Its label window is part of the settings, so they differ together.
    let change = match facts.change {
        Ok(change) => change.within(facts.labels.0, facts.labels.1),
        Err(why) => {
            stale.push(Why::NoSnapshot(why.to_owned()));
            ChangeWithin::default()
        }
    };
    let labels = changed_labels(change).map(Why::Labels);
    if !stale.is_empty() {
        stale.extend(labels);
        return (HourState::Stale, stale);
    }
    match labels {
        Some(why) => (HourState::LabelStale, vec![why]),
        None => (HourState::Done, Vec::new()),
    }
}

fn changed_inputs(was: &[InputIdentity], is: &[InputIdentity]) -> Option<Changed> {
    let by_key = |objects: &[InputIdentity]| -> BTreeMap<String, InputIdentity> {
        let objects = objects.iter();
        objects.map(|o| (o.key.clone(), o.clone())).collect()
    };
    let (was, is) = (by_key(was), by_key(is));
    let mut changed = Changed::default();
    for (key, now) in &is {
        match was.get(key) {
            None => changed.added += 1,
            Some(then) if then != now => changed.changed += 1,
            Some(_) => continue,
        }
        if changed.example.is_empty() {
            changed.example.clone_from(key);
        }
    }
    for key in was.keys().filter(|key| !is.contains_key(*key)) {
        changed.removed += 1;
        if changed.example.is_empty() {
            changed.example.clone_from(key);
        }
    }
    (changed.added + changed.changed + changed.removed > 0).then_some(changed)
}

fn changed_labels(change: ChangeWithin<'_>) -> Option<Changed> {
    if change.is_empty() {
        return None;
    }
    let again = change.added.iter().filter(|added| {
        let mut removed = change.removed.iter();
        removed.any(|gone| gone.hour == added.hour && gone.identity.key == added.identity.key)
    });
    let changed = again.count();
    let example = change.added.first().or(change.removed.first());
    Some(Changed {
        added: change.added.len() - changed,
        changed,
        removed: change.removed.len() - changed,
        example: example.map_or_else(String::new, |object| object.identity.key.clone()),
    })
}

/// Longest value of a setting that is shown.
const SHOWN: usize = 60;

fn changed_settings(was: &Value, is: &Value) -> Vec<Why> {
    let text = |settings: &Value, name: &str| match settings.get(name) {
        None | Some(Value::Null) => "none".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    let short = |text: String| match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    };
    let names = |settings: &Value| -> Vec<String> {
        let object = settings.as_object();
        object.map_or_else(Vec::new, |object| object.keys().cloned().collect())
    };
    let mut all = names(was);
    all.extend(names(is));
    all.sort();
    all.dedup();
    let mut changed: Vec<Why> = all
        .into_iter()
        .filter_map(|name| {
            let (then, now) = (text(was, &name), text(is, &name));
            (then != now).then(|| Why::Setting {
                name,
                was: short(then),
                is: short(now),
            })
        })
        .collect();
    if changed.is_empty() {
        // They differ in a way that the texts do not show, such as a number that became a text.
        changed.push(Why::Setting {
            name: "settings".to_owned(),
            was: "of another form".to_owned(),
            is: "of this version".to_owned(),
        });
    }
    changed
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotEnded => write!(f, "the hour has not ended"),
            Self::Settling { minutes } => write!(
                f,
                "it ended less than {minutes} minutes ago, and captures may still come (--settle)"
            ),
            Self::NoHourFile => write!(f, "there is no hour file"),
            Self::NoReceipt => write!(f, "its hour file has no receipt"),
            Self::UnreadableReceipt(why) => write!(f, "its receipt cannot be read: {why}"),
            Self::Inputs(changed) => write!(f, "inputs: {changed}"),
            Self::Setting { name, was, is } => write!(f, "setting {name}: was {was}, is {is}"),
            Self::FileSize { is, was } => {
                write!(f, "the hour file has {is} bytes, its receipt says {was}")
            }
            Self::FileContent => write!(f, "the hour file is not the one of its receipt (sha256)"),
            Self::NoSnapshot(why) => {
                write!(f, "the listing of labels that it saw cannot be read: {why}")
            }
            Self::NoMergedJsonl => write!(f, "there are no merged JSON Lines of it"),
            Self::Labels(changed) => write!(f, "labels: {changed}"),
        }
    }
}

impl fmt::Display for Changed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.added, "added"),
            (self.changed, "changed"),
            (self.removed, "removed"),
        ];
        let said = counts.iter().filter(|(count, _)| *count > 0);
        let said: Vec<String> = said
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        write!(f, "{} ({}", said.join(", "), self.example)?;
        let all = self.added + self.changed + self.removed;
        write!(f, "{})", if all > 1 { ", …" } else { "" })
    }
}
