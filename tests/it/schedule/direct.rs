//! A plain computation of a window's numbers from captures and labels: JSON, a map of labels, counts. No code of the
//! program.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::files;

/// Hours of folders as `yyyy-mm-ddThh`, which ascend as text does.
type Hour = String;

pub(super) struct Direct {
    /// Key and probability by hour.
    predictions: BTreeMap<Hour, Vec<(String, f64)>>,
    /// By key, in label order.
    labels: BTreeMap<String, Vec<(Hour, String)>>,
}

#[derive(Debug, Default, PartialEq)]
pub(super) struct Numbers {
    pub(super) predictions: u64,
    pub(super) labelled: u64,
    pub(super) accuracy: f64,
    pub(super) recall: f64,
    pub(super) precision: f64,
}

impl Direct {
    pub(super) fn read(data: &Path) -> Self {
        let mut direct = Self {
            predictions: BTreeMap::new(),
            labels: BTreeMap::new(),
        };
        for (hour, record) in records(&data.join("labels")) {
            let key = text(&record["eventMetadata"]["eventId"]);
            let label = text(&record["groundTruthData"]["data"]);
            direct.labels.entry(key).or_default().push((hour, label));
        }
        for (hour, record) in records(&data.join("captures")) {
            let meta = &record["eventMetadata"];
            let key = match text(&meta["inferenceId"]) {
                id if id.is_empty() => text(&meta["eventId"]),
                id => id,
            };
            let output = text(&record["captureData"]["endpointOutput"]["data"]);
            if let Some(probability) = output.split(',').next().and_then(|p| p.parse().ok()) {
                let of_hour = direct.predictions.entry(hour).or_default();
                of_hour.push((key, probability));
            }
        }
        direct
    }

    /// The numbers of `[from, to)`, seen with the label folders that had begun by `as_of` (`yyyy-mm-ddThh:mm:ssZ`).
    pub(super) fn numbers(&self, from: &str, to: &str, as_of: &str) -> Numbers {
        let mut numbers = Numbers::default();
        let (mut tp, mut fp, mut tn, mut fn_) = (0.0, 0.0, 0.0, 0.0);
        let window = from.to_owned()..to.to_owned();
        for (_, predictions) in self.predictions.range(window) {
            for (key, probability) in predictions {
                numbers.predictions += 1;
                let labels = self.labels.get(key).map(Vec::as_slice).unwrap_or_default();
                let seen = labels.iter().rfind(|(hour, _)| hour.as_str() <= as_of);
                // A label without a value says nothing.
                let Some((_, label)) = seen.filter(|(_, label)| !label.is_empty()) else {
                    continue;
                };
                numbers.labelled += 1;
                *match (label == "1", *probability >= 0.5) {
                    (true, true) => &mut tp,
                    (false, true) => &mut fp,
                    (false, false) => &mut tn,
                    (true, false) => &mut fn_,
                } += 1.0;
            }
        }
        let ratio = |over: f64, under: f64| if under > 0.0 { over / under } else { 0.0 };
        numbers.accuracy = ratio(tp + tn, tp + fp + tn + fn_);
        numbers.recall = ratio(tp, tp + fn_);
        numbers.precision = ratio(tp, tp + fp);
        numbers
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Records below a folder with the hour of their folders, in order of file and line.
fn records(folder: &Path) -> Vec<(Hour, Value)> {
    let mut all = Vec::new();
    for file in files(folder) {
        let below = file.strip_prefix(folder).unwrap().to_str().unwrap();
        let parts: Vec<&str> = below.split('/').collect();
        let [.., year, month, day, hour, _] = parts.as_slice() else {
            panic!("{below} is in no folder of an hour");
        };
        let hour = format!("{year}-{month}-{day}T{hour}");
        for line in fs::read_to_string(&file).unwrap().lines() {
            all.push((hour.clone(), serde_json::from_str(line).unwrap()));
        }
    }
    all
}
