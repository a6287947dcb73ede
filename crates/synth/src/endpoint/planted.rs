//! Captures for which labels are planted that match nothing.

use super::{Line, Scratch, VARIANT, file_name, fill_payloads, write_good_line};
use crate::capture::{Capture, Form, InferenceId, Time};
use crate::corpus::Corpus;
use crate::error::SynthError;
use crate::event::Event;
use crate::malformed::spoil_beside_ids;
use crate::object::Object;
use crate::payload::probabilities;
use crate::plant::Plant;
use crate::random::{Purpose, Stream};
use crate::truth::Table;

/// A stream of its own, so that the lines around a planted one stay as they are without it.
fn chance(corpus: &Corpus<'_>, plant: Plant, number: u64) -> Stream {
    Stream::new(
        corpus.options.seed,
        Purpose::Planted,
        u64::from(plant.code()) << 32,
        number,
    )
}

/// Writes one line for each of [`Plant::among_captures`].
pub(super) fn write_lines(
    corpus: &mut Corpus<'_>,
    number: u64,
    time: Time,
    key: &str,
    scratch: &mut Scratch,
    object: &mut Object,
) -> Result<(), SynthError> {
    for plant in Plant::among_captures(corpus.options) {
        let event = Event::planted(corpus.options, plant, number);
        if plant == Plant::Rejected {
            write_broken_line(corpus, &event, time, key, scratch, object)?;
        } else {
            write_line(corpus, 0, &event, time, key, scratch, object)?;
        }
    }
    Ok(())
}

/// Writes one hour of an endpoint that has nothing but planted events.
pub(crate) fn write_file(
    corpus: &mut Corpus<'_>,
    folder: &str,
    source: u32,
    endpoint: &str,
    hour_index: u32,
    events: &[Event],
) -> Result<(), SynthError> {
    let options = corpus.options;
    let hour = options.start.plus(hour_index);
    let name = file_name(options, source, hour_index, 0, 0);
    let key = format!("{endpoint}/{VARIANT}/{}/{name}", hour.folder());
    let path = format!("{folder}/{key}");
    let mut object = Object::create(corpus.out, &path, options.compress)?;
    let mut scratch = Scratch::default();
    for (index, event) in (0_u64..).zip(events) {
        let time = Time {
            hour,
            milliseconds: index * 3_600_000 / events.len() as u64,
            fraction: false,
        };
        write_line(corpus, source, event, time, &key, &mut scratch, &mut object)?;
    }
    corpus.summary.add_file(object.finish()?);
    Ok(())
}

fn write_line(
    corpus: &mut Corpus<'_>,
    endpoint: u32,
    event: &Event,
    time: Time,
    key: &str,
    scratch: &mut Scratch,
    object: &mut Object,
) -> Result<(), SynthError> {
    fill(corpus, event, scratch);
    let line = Line {
        form: match event.plant {
            Some(Plant::Filtered) => Form::Probe,
            _ => Form::Plain,
        },
        time,
        has_input: true,
        has_output: true,
        no_id: InferenceId::Absent,
    };
    write_good_line(corpus, endpoint, event, &line, key, scratch, object)
}

/// A line that must be refused although both of its ids can be read.
fn write_broken_line(
    corpus: &mut Corpus<'_>,
    event: &Event,
    time: Time,
    key: &str,
    scratch: &mut Scratch,
    object: &mut Object,
) -> Result<(), SynthError> {
    let seed = corpus.options.seed;
    let mut stream = fill(corpus, event, scratch);
    let prediction_key = event.key(corpus.options, 0);
    scratch.inference_id.clear();
    prediction_key.push(seed, &mut scratch.inference_id);
    scratch.event_id.clear();
    prediction_key.event_id(0).push(seed, &mut scratch.event_id);
    let capture = Capture {
        input: Some(&scratch.input),
        output: Some(&scratch.output),
        event_id: &scratch.event_id,
        inference_id: InferenceId::Text(&scratch.inference_id),
        time,
    };
    let metadata_first = event.number.is_multiple_of(2);
    let form = if metadata_first {
        Form::Reordered
    } else {
        Form::Plain
    };
    let from = object.buffer().len();
    capture.push(object.buffer(), form);
    let reason = spoil_beside_ids(object.buffer(), from, metadata_first, &mut stream);
    // The truth asks where the line begins; it is still the one that is written.
    let position = object.position() - (object.buffer().len() - from) as u64;
    corpus
        .truth
        .reject(Table::Predictions, 0, key, position, object.line(), reason);
    corpus
        .truth
        .broken(prediction_key, format!("{key}:{}", object.line()));
    object.end_line(false)?;
    corpus.summary.predictions += 1;
    corpus.summary.rejects += 1;
    Ok(())
}

/// Makes scores and payloads; what is left of their chance.
fn fill(corpus: &Corpus<'_>, event: &Event, scratch: &mut Scratch) -> Stream {
    let options = corpus.options;
    let plant = event.plant.unwrap_or(Plant::Unknown);
    let mut stream = chance(corpus, plant, event.number);
    probabilities(options.seed, &mut stream, event, &mut scratch.scores);
    // As the first endpoint, which speaks CSV.
    fill_payloads(options, 0, event, true, &mut stream, scratch);
    stream
}
