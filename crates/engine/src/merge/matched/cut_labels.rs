//! The labels of an event, cut for its records.

use std::borrow::Cow;

use groundline_capture::{Encoding, label_value, label_values};

use crate::merge::label_index::LabelIndex;
use crate::merge::settings::ModelRun;

/// Labels of an event of several records, cut once for all of them.
#[derive(Debug, Default)]
pub(crate) struct CutLabels {
    /// For each chosen label, the value of each record.
    values: Vec<Vec<Option<String>>>,
}

impl CutLabels {
    pub(crate) fn cut(&mut self, run: &ModelRun, labels: &LabelIndex, chosen: &[u32], count: u32) {
        self.values.clear();
        if count <= 1 {
            return;
        }
        for label in chosen {
            let mut values = Vec::new();
            if let Some(text) = labels.label(*label) {
                let encoding = Encoding::parse(labels.encoding(*label));
                let attribute = run.ground_truth.as_ref();
                let layout = run.model.mapping.label_layout;
                label_values(text, encoding, count, attribute, layout, |_, value| {
                    values.push(value.map(Cow::into_owned))
                });
            }
            self.values.push(values);
        }
    }

    /// The value of record `record` in the `at`-th chosen label.
    pub(crate) fn get<'a>(
        &'a self,
        run: &'a ModelRun,
        labels: &'a LabelIndex,
        at: usize,
        label: u32,
        record: u32,
        count: u32,
    ) -> Option<Cow<'a, str>> {
        if count > 1 {
            return self
                .values
                .get(at)?
                .get(record as usize)?
                .as_deref()
                .map(Cow::Borrowed);
        }
        let encoding = Encoding::parse(labels.encoding(label));
        label_value(
            labels.label(label)?,
            encoding,
            0,
            1,
            run.ground_truth.as_ref(),
            run.model.mapping.label_layout,
        )
    }
}
