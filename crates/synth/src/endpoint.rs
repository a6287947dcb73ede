//! Data capture files of one endpoint and hour (formats.md 1.1).

pub(crate) mod planted;

use crate::capture::{Capture, Form, InferenceId, Time};
use crate::corpus::Corpus;
use crate::error::SynthError;
use crate::event::{Event, Key, KeySpace, Outcome};
use crate::malformed::{Reason, spoil};
use crate::object::Object;
use crate::options::Options;
use crate::payload::{Payload, Probability, probabilities};
use crate::plant::Plant;
use crate::random::{Purpose, Stream};
use crate::text::{push_number, push_padded, push_uuid};
use crate::truth::{EventTruth, Observation, Table};

/// The one variant that SDK deployments have.
pub(crate) const VARIANT: &str = "AllTraffic";

/// Share of lines in an unusual form.
const UNUSUAL: f64 = 0.02;

pub(crate) fn endpoint_name(endpoint: u32) -> String {
    format!("endpoint-{endpoint}")
}

/// What a line is made in; kept from line to line so that none allocates.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    input: Payload,
    output: Payload,
    scores: Vec<Probability>,
    event_id: Vec<u8>,
    inference_id: Vec<u8>,
}

/// Writes the hour's files of one endpoint.
pub(crate) fn write_hour(
    corpus: &mut Corpus<'_>,
    endpoint: u32,
    hour_index: u32,
) -> Result<(), SynthError> {
    let options = corpus.options;
    let events = options.events(endpoint, hour_index);
    let count = events.end - events.start;
    if count == 0 {
        return Ok(());
    }
    let hour = options.start.plus(hour_index);
    let mut stream = Stream::new(
        options.seed,
        Purpose::Captures,
        u64::from(endpoint),
        u64::from(hour_index),
    );
    let files = u64::from(options.files_per_hour).min(count);
    let first_of = |file: u64| (u128::from(count) * u128::from(file) / u128::from(files)) as u64;
    let milliseconds = |index: u64| (u128::from(index) * 3_600_000 / u128::from(count)) as u64;
    let mut names: Vec<String> = (0..files)
        .map(|file| {
            file_name(
                options,
                endpoint,
                hour_index,
                file,
                milliseconds(first_of(file)),
            )
        })
        .collect();
    names.sort();

    let mut scratch = Scratch::default();
    corpus.truth.begin(endpoint, hour_index)?;
    for (file, name) in (0_u64..).zip(&names) {
        let key = format!(
            "{}/{VARIANT}/{}/{name}",
            endpoint_name(endpoint),
            hour.folder()
        );
        let path = format!("captures/{key}");
        let mut object = Object::create(corpus.out, &path, options.compress)?;
        if options.unusual(&mut stream, 0.05) {
            object.buffer().extend_from_slice("\u{feff}".as_bytes());
        }
        for index in first_of(file)..first_of(file + 1) {
            let time = Time {
                hour,
                milliseconds: milliseconds(index),
                fraction: false,
            };
            let is_first = index == first_of(file);
            if !is_first && stream.chance(options.bad_line_chance()) {
                let reason = Reason::draw(&mut stream, Reason::OF_CAPTURES);
                corpus.truth.reject(
                    Table::Predictions,
                    endpoint,
                    &key,
                    object.position(),
                    object.line(),
                    reason,
                );
                write_bad_line(
                    options,
                    endpoint,
                    time,
                    reason,
                    &mut stream,
                    &mut scratch,
                    &mut object,
                )?;
                corpus.summary.predictions += 1;
                corpus.summary.rejects += 1;
            }
            let event = Event::new(options, events.start + index);
            write_event(
                corpus,
                endpoint,
                &event,
                time,
                &key,
                &mut stream,
                &mut scratch,
                &mut object,
            )?;
            if endpoint == 0 {
                for number in options.plants_of_event(event.number) {
                    planted::write_lines(corpus, number, time, &key, &mut scratch, &mut object)?;
                }
            }
        }
        corpus.summary.add_file(object.finish()?);
    }
    corpus.truth.end()
}

/// `MM-SS-mmm-<uuid>.jsonl`, the time of the file's first record.
fn file_name(
    options: &Options,
    endpoint: u32,
    hour_index: u32,
    file: u64,
    milliseconds: u64,
) -> String {
    let subject = u64::from(endpoint) << 32 | u64::from(hour_index);
    let mut stream = Stream::new(options.seed, Purpose::FileName, subject, file);
    let mut name = Vec::new();
    push_padded(&mut name, milliseconds / 60_000, 2);
    name.push(b'-');
    push_padded(&mut name, milliseconds / 1_000 % 60, 2);
    name.push(b'-');
    push_padded(&mut name, milliseconds % 1_000, 3);
    name.push(b'-');
    push_uuid(&mut name, stream.next(), stream.next());
    format!(
        "{}.jsonl{}",
        String::from_utf8_lossy(&name),
        options.suffix()
    )
}

#[expect(
    clippy::too_many_arguments,
    reason = "what a line depends on, each of another lifetime"
)]
fn write_event(
    corpus: &mut Corpus<'_>,
    endpoint: u32,
    event: &Event,
    mut time: Time,
    key: &str,
    stream: &mut Stream,
    scratch: &mut Scratch,
    object: &mut Object,
) -> Result<(), SynthError> {
    let options = corpus.options;
    probabilities(options.seed, stream, event, &mut scratch.scores);
    let form = if options.unusual(stream, UNUSUAL) {
        Form::unusual(stream)
    } else {
        Form::Plain
    };
    let has_output = !stream.chance(0.005);
    let has_input = !has_output || !options.unusual(stream, 0.002);
    time.fraction = options.unusual(stream, 0.005);
    fill_payloads(options, endpoint, event, has_output, stream, scratch);
    let no_id = if event.by_event_id && options.variety {
        stream.below(10)
    } else {
        10
    };
    let line = Line {
        form,
        time,
        has_input,
        has_output,
        no_id: match no_id {
            0 => InferenceId::Empty,
            1 => InferenceId::Null,
            _ => InferenceId::Absent,
        },
    };
    write_good_line(corpus, endpoint, event, &line, key, scratch, object)
}

/// How a good line is written.
struct Line {
    form: Form,
    time: Time,
    has_input: bool,
    has_output: bool,
    /// What stands for the inference id of an event that has none.
    no_id: InferenceId<'static>,
}

/// Writes the line of the payloads in `scratch`.
fn write_good_line(
    corpus: &mut Corpus<'_>,
    endpoint: u32,
    event: &Event,
    line: &Line,
    key: &str,
    scratch: &mut Scratch,
    object: &mut Object,
) -> Result<(), SynthError> {
    let options = corpus.options;
    let prediction_key = event.key(options, endpoint);
    scratch.event_id.clear();
    prediction_key
        .event_id(endpoint)
        .push(options.seed, &mut scratch.event_id);
    scratch.inference_id.clear();
    let inference_id = if event.by_event_id {
        line.no_id
    } else {
        prediction_key.push(options.seed, &mut scratch.inference_id);
        InferenceId::Text(&scratch.inference_id)
    };
    let capture = Capture {
        input: line.has_input.then_some(&scratch.input),
        output: line.has_output.then_some(&scratch.output),
        event_id: &scratch.event_id,
        inference_id,
        time: line.time,
    };
    if line.form == Form::AfterBlank {
        object.end_line(false)?;
    }
    let position = object.position();
    capture.push(object.buffer(), line.form);
    object.end_line(line.form == Form::CrLf)?;
    corpus.summary.predictions += 1;
    corpus.summary.prediction_records += u64::from(event.records);

    if !corpus.truth.is_kept() {
        return Ok(());
    }
    let truth = EventTruth {
        key: prediction_key,
        records: event.records,
        has_output: line.has_output,
    };
    match event.plant {
        Some(Plant::Filtered) => {
            corpus.truth.filtered(truth);
            return Ok(());
        }
        Some(Plant::OtherEndpoint) => {
            corpus.truth.left_out(truth);
            return Ok(());
        }
        _ => {}
    }
    let mut time_text = Vec::new();
    line.time.push(&mut time_text);
    for record in 0..event.records {
        let score = scratch.scores.get(record as usize).copied();
        corpus.truth.observe(&Observation {
            key: inference_id.text().unwrap_or(&scratch.event_id),
            event_id: Some(&scratch.event_id),
            inference_id: inference_id.text(),
            inference_time: &time_text,
            record_index: record,
            input: capture.input.map(|payload| payload.piece(record)),
            output: capture.output.map(|payload| payload.piece(record)),
            probability: score.filter(|_| line.has_output),
            file: key,
            position,
        })?;
    }
    corpus.truth.event(truth);
    Ok(())
}

fn fill_payloads(
    options: &Options,
    endpoint: u32,
    event: &Event,
    has_output: bool,
    stream: &mut Stream,
    scratch: &mut Scratch,
) {
    let columns = options.payload_columns;
    if options.speaks_json(endpoint) {
        scratch.input.json_input(stream, event.records, columns);
        let lines = options.unusual(stream, 0.1);
        scratch.output.json_output(&scratch.scores, lines);
        return;
    }
    let variety = if options.variety {
        stream.below(1_000)
    } else {
        1_000
    };
    scratch
        .input
        .csv_input(stream, event.records, columns, variety < 5);
    if (5..10).contains(&variety) {
        scratch.input.end_with_newline();
    }
    scratch.output.csv_output(&scratch.scores);
    if has_output && (10..15).contains(&variety) {
        scratch.output.wrap();
    }
}

fn write_bad_line(
    options: &Options,
    endpoint: u32,
    time: Time,
    reason: Reason,
    stream: &mut Stream,
    scratch: &mut Scratch,
    object: &mut Object,
) -> Result<(), SynthError> {
    let lost = Key {
        space: KeySpace::Lost,
        number: stream.below(100_000_000),
    };
    let event = Event::lost();
    scratch.scores.clear();
    let outcome = Outcome::new(options.seed, lost.number, 0);
    scratch.scores.push(Probability::new(stream, outcome));
    fill_payloads(options, endpoint, &event, false, stream, scratch);
    if reason == Reason::InvalidBase64 {
        scratch.output.wrap();
    }
    scratch.inference_id.clear();
    lost.push(options.seed, &mut scratch.inference_id);
    scratch.event_id.clear();
    scratch.event_id.extend_from_slice(b"lost-event-");
    push_number(&mut scratch.event_id, lost.number);
    let capture = Capture {
        input: Some(&scratch.input),
        output: Some(&scratch.output),
        event_id: &scratch.event_id,
        inference_id: InferenceId::Text(&scratch.inference_id),
        time,
    };
    let from = object.buffer().len();
    capture.push(object.buffer(), Form::Plain);
    spoil(object.buffer(), from, stream, reason);
    object.end_line(false)
}
