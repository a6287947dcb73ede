//! What a plan says of itself, and what a backfill did. Serialised as they stand by `--output json`.

use std::collections::BTreeMap;

use groundline_store::HourState;
use serde::Serialize;

use super::plan::{BackfillPlan, Looked, ModelPlan, PlannedHour, Work};
use crate::read::PART;
use crate::report::{LabelLedger, PredictionLedger};

/// States and work of all models.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PlanReport {
    /// Output as the user wrote it.
    pub out: String,
    pub models: Vec<ModelStates>,
}

/// States and work of one model.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ModelStates {
    pub model: String,
    /// First hour of the window, `yyyy-mm-ddThh`; empty without any hour.
    pub from: String,
    /// End of the window, exclusive.
    pub to: String,
    /// Every hour of the window that has objects, in order of (endpoint, variant, hour).
    pub hours: Vec<HourStates>,
    pub work: WorkReport,
    /// What added and deleted label files touch.
    pub looked: Looked,
    /// Why label-stale hours are rebuilt and not patched.
    pub not_patched: Option<String>,
    /// Set when the window has no input at all.
    pub no_input: Option<String>,
}

/// One hour.
#[derive(Clone, Debug, Serialize)]
pub struct HourStates {
    pub endpoint: String,
    pub variant: String,
    /// `yyyy-mm-ddThh`.
    pub hour: String,
    pub state: HourState,
    /// Why it is not done, each naming the file or the setting.
    pub why: Vec<String>,
    /// What a backfill would do: `build`, `patch`, `point`, `look-up` or nothing.
    pub work: Option<&'static str>,
    /// Objects of predictions, and their bytes.
    pub files: u64,
    pub bytes: u64,
    /// Buckets of its receipt, if it has one.
    pub records: Option<BTreeMap<String, u64>>,
}

/// What a backfill of the model would take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WorkReport {
    /// Hours that are read anew from captures and labels.
    pub build: u64,
    /// Hour files that late labels are written into.
    pub patch: u64,
    /// Receipts that are only to name the labels of now.
    pub point: u64,
    /// Hours whose labels are yet to be looked up.
    pub look_up: u64,
    /// Bytes of the inputs that are read, as they are stored.
    pub bytes: u64,
    /// About how many GET requests that takes, where inputs and output are in a store.
    pub gets: u64,
    /// LIST requests that the plan took.
    pub lists: u64,
}

impl WorkReport {
    /// Hours that anything is done about.
    pub fn hours(&self) -> u64 {
        self.build + self.patch + self.point + self.look_up
    }
}

/// What a backfill did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct BackfillReport {
    pub out: String,
    pub models: Vec<ModelDone>,
    /// Whether somebody asked it to stop before its end.
    pub interrupted: bool,
}

/// What was done for one model.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ModelDone {
    pub model: String,
    pub from: String,
    pub to: String,
    /// Hours that something was done about, in order of (endpoint, variant, hour).
    pub hours: Vec<HourDone>,
    /// Hours that needed nothing.
    pub untouched: u64,
    pub open: u64,
    /// Records of the built hours.
    pub predictions: PredictionLedger,
    /// Labels that were read, by what the hours of this run made of them.
    pub labels: LabelLedger,
    /// What stopped the model as a whole; hours that were written before are told.
    pub failure: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    pub no_input: Option<String>,
}

/// What was done about one hour.
#[derive(Clone, Debug, Serialize)]
pub struct HourDone {
    pub endpoint: String,
    pub variant: String,
    pub hour: String,
    pub done: Done,
    pub rows: u64,
    /// Of the hour file.
    pub bytes: u64,
    /// Why it was not written.
    pub failure: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The end of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Done {
    /// From captures and labels.
    Built,
    /// Late labels were written into its hour file.
    Patched,
    /// Its hour file stays; its receipt names the labels of now.
    Pointed,
    Failed,
    /// Its objects are in an archive.
    Archived,
    /// The run was stopped before.
    NotBegun,
}

impl Done {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Built => "built",
            Self::Patched => "patched",
            Self::Pointed => "pointed",
            Self::Failed => "failed",
            Self::Archived => "archived",
            Self::NotBegun => "not-begun",
        }
    }

    /// Whether the hour is now as it should be.
    pub fn is_done(self) -> bool {
        matches!(self, Self::Built | Self::Patched | Self::Pointed)
    }
}

impl BackfillReport {
    /// True when no model had an hour with objects in the window.
    pub fn is_empty(&self) -> bool {
        let mut models = self.models.iter();
        models.all(|model| model.no_input.is_some())
    }

    pub fn hours(&self) -> impl Iterator<Item = &HourDone> {
        self.models.iter().flat_map(|model| &model.hours)
    }
}

impl BackfillPlan {
    /// What the plan is.
    pub fn report(&self) -> PlanReport {
        let lists = self.options.merge.resources.stores.requests().list;
        let mut models: Vec<ModelStates> = self.models.iter().map(states).collect();
        // Which model a request was for is nobody's question.
        if let Some(first) = models.first_mut() {
            first.work.lists = lists;
        }
        PlanReport {
            out: self.options.merge.out.clone(),
            models,
        }
    }

    /// Hours that something is to be done about, and bytes of inputs to read.
    pub fn amount(&self) -> (u64, u64) {
        let works = self.models.iter().map(|model| states(model).work);
        works.fold((0, 0), |(hours, bytes), work| {
            (hours + work.hours(), bytes + work.bytes)
        })
    }
}

fn states(plan: &ModelPlan) -> ModelStates {
    let window = plan.run.inputs.window;
    let mut work = WorkReport::default();
    let hours = plan.hours.iter().map(|hour| {
        add(&mut work, plan, hour);
        hour_states(plan, hour)
    });
    let hours = hours.collect();
    let is_empty = plan.no_input.is_some();
    ModelStates {
        model: plan.run.model.name.clone(),
        from: if is_empty {
            String::new()
        } else {
            window.from.to_string()
        },
        to: if is_empty {
            String::new()
        } else {
            window.to.to_string()
        },
        hours,
        work,
        looked: plan.looked,
        not_patched: plan.not_patched.clone(),
        no_input: plan.no_input.clone(),
    }
}

fn hour_states(plan: &ModelPlan, hour: &PlannedHour) -> HourStates {
    let inputs = plan.inputs(hour);
    let objects = inputs
        .map(|inputs| inputs.inputs.as_slice())
        .unwrap_or_default();
    HourStates {
        endpoint: inputs
            .map(|inputs| inputs.endpoint.clone())
            .unwrap_or_default(),
        variant: inputs
            .map(|inputs| inputs.variant.clone())
            .unwrap_or_default(),
        hour: inputs
            .map(|inputs| inputs.hour.to_string())
            .unwrap_or_default(),
        state: hour.state,
        why: hour.why.iter().map(ToString::to_string).collect(),
        work: match hour.work {
            Work::Nothing => None,
            Work::Build => Some("build"),
            Work::LookUp => Some("look-up"),
            Work::Patch => Some("patch"),
            Work::Point => Some("point"),
        },
        files: objects.len() as u64,
        bytes: objects.iter().map(|input| input.object.size).sum(),
        records: hour.receipt().map(|receipt| receipt.ledger.clone()),
    }
}

fn add(work: &mut WorkReport, plan: &ModelPlan, hour: &PlannedHour) {
    let of_file = hour.stored.file.as_ref().map_or(0, |file| file.size);
    match hour.work {
        Work::Nothing => {}
        Work::Build => {
            work.build += 1;
            let inputs = plan.inputs(hour).map(|inputs| inputs.inputs.as_slice());
            for input in inputs.unwrap_or_default() {
                work.bytes += input.bytes();
                work.gets += input.bytes().div_ceil(PART).max(1);
            }
        }
        Work::Patch => {
            work.patch += 1;
            work.bytes += of_file;
            work.gets += of_file.div_ceil(PART).max(1);
        }
        Work::LookUp => {
            work.look_up += 1;
            work.gets += 1;
        }
        Work::Point => work.point += 1,
    }
}
