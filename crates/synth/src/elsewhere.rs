//! Predictions that the labels below `labels/` are not for: those of an endpoint that the configuration leaves
//! out, and those of another model.

use crate::corpus::Corpus;
use crate::endpoint::planted::write_file;
use crate::error::SynthError;
use crate::event::Event;
use crate::object::Object;
use crate::options::Options;
use crate::plant::{NEIGHBOUR, Plant, SHADOW};
use crate::plant_labels::right;
use crate::truth::LabelTruth;

/// The endpoint that no model names.
pub(crate) fn write_shadow(corpus: &mut Corpus<'_>, hour_index: u32) -> Result<(), SynthError> {
    let plant = Plant::OtherEndpoint;
    let numbers = corpus.options.plants_of_hour(hour_index);
    if numbers.is_empty() {
        return Ok(());
    }
    let events: Vec<Event> = numbers
        .map(|number| Event::planted(corpus.options, plant, number))
        .collect();
    write_file(
        corpus,
        "captures",
        plant.code(),
        SHADOW,
        hour_index,
        &events,
    )
}

/// The other model: for each planted number a capture whose label went to the wrong folder, and one whose label is
/// where it belongs.
pub(crate) fn write_neighbour(corpus: &mut Corpus<'_>, hour_index: u32) -> Result<(), SynthError> {
    let plant = Plant::OtherModel;
    let options = corpus.options;
    let numbers = options.plants_of_hour(hour_index);
    if numbers.is_empty() {
        return Ok(());
    }
    let labelled = |number| Event::planted(options, plant, options.mismatches + number);
    let events: Vec<Event> = numbers
        .clone()
        .flat_map(|number| [Event::planted(options, plant, number), labelled(number)])
        .collect();
    corpus.truth.begin(options.endpoints, hour_index)?;
    let folder = format!("{NEIGHBOUR}/captures");
    write_file(
        corpus,
        &folder,
        plant.code(),
        NEIGHBOUR,
        hour_index,
        &events,
    )?;
    corpus.truth.end()?;
    let labelled: Vec<Event> = numbers.map(labelled).collect();
    write_labels(corpus, options, hour_index, &labelled)
}

fn write_labels(
    corpus: &mut Corpus<'_>,
    options: &Options,
    hour_index: u32,
    events: &[Event],
) -> Result<(), SynthError> {
    let hour = options.start.plus(hour_index);
    let path = format!(
        "{NEIGHBOUR}/labels/{}/0.jsonl{}",
        hour.folder(),
        options.suffix()
    );
    let mut object = Object::create(corpus.out, &path, options.compress)?;
    let mut scratch = Vec::new();
    for event in events {
        let draft = right(event.key(options, 0), event.records);
        let position = object.position();
        draft.push_line(options, object.buffer(), &mut scratch);
        object.end_line(false)?;
        corpus.truth.neighbour_label(LabelTruth {
            draft,
            hour: hour_index,
            file: 0,
            position,
        });
        corpus.summary.labels += 1;
    }
    let bytes = object.finish()?;
    corpus.summary.label_bytes += bytes;
    corpus.summary.add_file(bytes);
    Ok(())
}
