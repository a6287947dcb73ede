//! How many predictions get a label, and how long it takes.

/// What is known of labels beside the series `label_coverage`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels {
    /// Share of a window's predictions that should have a label before its numbers are final (`min_coverage`), 0 to 1.
    pub target: Option<f64>,
    pub delay: Option<LabelDelay>,
}

/// How long labels took, from the hour of the prediction to the hour in which its label was collected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelDelay {
    /// In ascending order, without overlap.
    pub buckets: Vec<DelayBucket>,
    /// Share of the labels (0 to 1) and the hours within which they came, such as `(0.5, 26.0)`; ascending.
    pub quantiles: Vec<(f64, f64)>,
}

/// Labels that took about as long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DelayBucket {
    /// Hours; negative for labels collected before their prediction.
    pub from: f64,
    /// Hours, exclusive; `None` is without end.
    pub to: Option<f64>,
    pub count: u64,
}
