//! What the counted matches say about the settings of the join.

use std::collections::HashSet;

use super::findings::{MatchFindings, Proposal, WayFindings};
use super::ids::Labels;
use super::label_fields::ChosenField;
use super::payload_ids;
use super::sample::Event;

/// Settings and remarks.
#[derive(Debug, Default)]
pub(super) struct JoinSettings {
    pub(super) settings: Vec<Proposal>,
    pub(super) notes: Vec<String>,
}

/// The default looks back so far.
const LEAD_HOURS: i64 = 24;

/// Proposes what the defaults would miss, and adds the ways that were tried to the findings. Where the labels are read by
/// another field, the counted matches are by it, and `default` is what `eventId` gives.
pub(super) fn join_settings(
    matching: &mut MatchFindings,
    events: &[&Event],
    default: (u64, u64),
    label_field: Option<&ChosenField>,
    labels: &Labels,
) -> JoinSettings {
    let mut found = JoinSettings::default();
    let chosen = matching
        .ways
        .get(matching.chosen)
        .cloned()
        .unwrap_or_default();
    if matching.chosen > 0 {
        let by_one = matching.ways.first().map_or(0, |way| way.labels_matched);
        found.settings.push(Proposal::new(
            "match",
            "either",
            format!(
                "{} labels have a prediction by one of its ids, {by_one} by the inferenceId where there is one",
                chosen.labels_matched
            ),
        ));
    }
    if let Some(field) = label_field {
        for way in &mut matching.ways {
            way.setting = format!("label_id_field = \"{}\", {}", field.setting, way.setting);
        }
        matching.ways.push(WayFindings {
            setting: "label_id_field = \"eventId\", the default".to_owned(),
            labels: default.1,
            labels_matched: default.0,
            ..WayFindings::default()
        });
        let proposal = Proposal::new("label_id_field", &field.setting, &field.why);
        found.settings.push(proposal);
    }
    let is_low = chosen.labels_matched * 2 < chosen.labels.max(1);
    let names_payloads = label_field.is_some_and(|field| !field.by_known_ids);
    if is_low && (found.settings.is_empty() || names_payloads) {
        payload_id(matching, &chosen, events, labels, &mut found);
    }
    if let Some((least, _, _)) = matching.delay.filter(|delay| delay.0 < -LEAD_HOURS) {
        let days = (-least + 23) / 24;
        found.settings.push(Proposal::new(
            "label_lead",
            format!("P{days}D"),
            format!(
                "some labels were collected {} hours before their prediction's hour",
                -least
            ),
        ));
    }
    explain(matching, &chosen, &mut found);
    found
}

/// The labels name what the payloads hold.
fn payload_id(
    matching: &mut MatchFindings,
    chosen: &WayFindings,
    events: &[&Event],
    labels: &Labels,
    found: &mut JoinSettings,
) {
    let keys: HashSet<&str> = labels.ids.iter().map(|label| label.key.as_ref()).collect();
    let Some(id) = payload_ids::find(events.iter().copied(), &keys) else {
        return;
    };
    matching.ways.push(WayFindings {
        setting: format!("id_attribute = \"{}\"", id.selector),
        predictions: id.records,
        predictions_matched: id.matched,
        ..WayFindings::default()
    });
    matching.chosen = matching.ways.len() - 1;
    found.settings.push(Proposal::new(
        "id_attribute",
        &id.selector,
        format!(
            "{} of {} sampled records name a label there; by inferenceId or eventId {} labels match",
            id.matched, id.records, chosen.labels_matched
        ),
    ));
}

/// Why the rate is what it is.
fn explain(matching: &MatchFindings, chosen: &WayFindings, found: &mut JoinSettings) {
    for miss in &matching.near_misses {
        found.notes.push(format!(
            "of {} labels {}: the label has `{}`, the prediction `{}`",
            miss.count, miss.what, miss.label, miss.prediction
        ));
    }
    let is_set = |key: &str| found.settings.iter().any(|setting| setting.key == key);
    let explained =
        is_set("id_attribute") || (is_set("label_id_field") && chosen.labels_matched > 0);
    if explained || chosen.labels == 0 {
        return;
    }
    let percent = chosen.labels_matched as f64 * 100.0 / chosen.labels as f64;
    if chosen.labels_matched == 0 {
        let read = if matching.whole {
            ""
        } else {
            " in the hours that were read"
        };
        found.notes.push(format!(
            "none of {} labels names a prediction{read}: look at the ids of both sides above",
            chosen.labels
        ));
    } else if (1.0..70.0).contains(&percent)
        && matching.near_misses.is_empty()
        && !matching.predictions_cut
    {
        let rounded = percent.round();
        found.settings.push(
            Proposal::new(
                "capture_percentage",
                format!("{rounded}"),
                format!(
                    "{rounded} % of the labels have a prediction: if the endpoint captures a sample of its \
                     requests, that is why, and this line makes the rate read as normal"
                ),
            )
            .inactive(),
        );
    }
}
