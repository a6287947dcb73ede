//! Three records as they are shown.

use super::findings::ExampleFindings;
use super::groups::Ground;
use super::sample::{Event, Side};

/// Characters of a payload that are shown, and fields of its first record.
const SHOWN: usize = 160;
const FIELDS: usize = 8;

/// The first, the middle and the last of the sampled events.
pub(super) fn examples(events: &[&Event], ground: &Ground<'_>) -> Vec<ExampleFindings> {
    let chosen = super::bounds::spread(events.len(), 3);
    let shown = chosen.into_iter().filter_map(|index| events.get(index));
    shown.map(|event| example(event, ground)).collect()
}

fn example(event: &Event, ground: &Ground<'_>) -> ExampleFindings {
    let first = ground.outputs(event).into_iter().next().unwrap_or_default();
    // The end of a wide row is what counts.
    let skipped = first.len().saturating_sub(FIELDS);
    let from_the_end = first.first().is_some_and(|(path, _)| path.starts_with('-'));
    let fields = first
        .into_iter()
        .skip(if from_the_end { skipped } else { 0 })
        .take(FIELDS)
        .map(|(path, value)| (path, short(&value.unwrap_or_else(|| "null".to_owned()), 40)))
        .collect();
    let label = ground.label(event);
    ExampleFindings {
        place: event.place(),
        hour: event.hour.to_string(),
        event_id: event.event_id.clone(),
        inference_id: event.inference_id.clone(),
        records: event.records() as u64,
        input: event.input.as_ref().map(described),
        output: event.output.as_ref().map(described),
        fields,
        label: label.and_then(|label| Some(short(label.text.as_deref()?, SHOWN))),
    }
}

fn described(side: &Side) -> String {
    format!("{} {}", format_of(side), short(&side.text, SHOWN))
}

/// `CSV, text/csv`
pub(super) fn format_of(side: &Side) -> String {
    let encoding = match side.encoding_name.as_str() {
        "" => "no encoding",
        name => name,
    };
    match &side.content_type {
        Some(content_type) => format!("{encoding} ({content_type})"),
        None => encoding.to_owned(),
    }
}

/// The beginning and, where that is not all, the end.
fn short(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return text.to_owned();
    }
    let half = most / 2;
    let head: String = text.chars().take(half).collect();
    let tail: String = text.chars().skip(count - half).collect();
    format!("{head} … {tail}")
}
