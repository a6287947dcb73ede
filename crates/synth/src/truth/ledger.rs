use crate::text::JsonText;

/// The accounts of a merge with default settings (design.md "The ledger closes").
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ledger {
    pub(super) predictions: PredictionLedger,
    pub(super) labels: LabelLedger,
    pub(super) observations: u64,
}

/// Prediction records by the first bucket that applies.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PredictionLedger {
    pub(super) rejected: u64,
    pub(super) filtered: u64,
    pub(super) no_output: u64,
    pub(super) labelled: u64,
    pub(super) unlabelled: u64,
}

/// Label records by the first bucket that applies.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LabelLedger {
    pub(super) rejected: u64,
    pub(super) matched: u64,
    pub(super) duplicate: u64,
    pub(super) superseded: u64,
    pub(super) unmatched: u64,
}

impl Ledger {
    pub(super) fn add(&mut self, other: &Self) {
        let (mine, theirs) = (&mut self.predictions, &other.predictions);
        mine.rejected += theirs.rejected;
        mine.filtered += theirs.filtered;
        mine.no_output += theirs.no_output;
        mine.labelled += theirs.labelled;
        mine.unlabelled += theirs.unlabelled;
        let (mine, theirs) = (&mut self.labels, &other.labels);
        mine.rejected += theirs.rejected;
        mine.matched += theirs.matched;
        mine.duplicate += theirs.duplicate;
        mine.superseded += theirs.superseded;
        mine.unmatched += theirs.unmatched;
        self.observations += other.observations;
    }

    /// Writes the members `predictions`, `labels` and `observations` into an open object.
    pub(super) fn push_members(&self, json: &mut JsonText<'_>) {
        let of = &self.predictions;
        json.key("predictions").open();
        json.key("read")
            .number(of.rejected + of.filtered + of.no_output + of.labelled + of.unlabelled);
        json.key("rejected").number(of.rejected);
        json.key("filtered").number(of.filtered);
        json.key("no_output").number(of.no_output);
        json.key("labelled").number(of.labelled);
        json.key("unlabelled").number(of.unlabelled).close();
        let of = &self.labels;
        json.key("labels").open();
        json.key("read")
            .number(of.rejected + of.matched + of.duplicate + of.superseded + of.unmatched);
        json.key("rejected").number(of.rejected);
        json.key("matched").number(of.matched);
        json.key("duplicate").number(of.duplicate);
        json.key("superseded").number(of.superseded);
        json.key("unmatched").number(of.unmatched).close();
        json.key("observations").number(self.observations);
    }
}
