//! Transform records for which labels are planted that match nothing.

use std::ops::Range;

use super::{Document, Job, Pair, Scratch, fill, input_line, names, push_line, write_manifests};
use crate::corpus::Corpus;
use crate::error::SynthError;
use crate::event::Event;
use crate::hour::Hour;
use crate::malformed::{spoil_record_beside_ids, spoil_row_beside_ids};
use crate::options::{Kind, Options};
use crate::payload::probabilities;
use crate::plant::{Plant, SMOKE};
use crate::random::{Purpose, Stream};
use crate::transform_record::RecordForm;

/// A stream of its own, so that the records around a planted one stay as they are without it.
fn chance(options: &Options, event: &Event) -> Stream {
    let plant = event.plant.unwrap_or(Plant::Unknown);
    let subject = u64::from(plant.code()) << 32;
    Stream::new(options.seed, Purpose::Planted, subject, event.number)
}

/// Writes one line for each of [`Plant::among_records`].
pub(super) fn write_lines(
    corpus: &mut Corpus<'_>,
    job: &Job,
    number: u64,
    pair: &mut Pair,
    scratch: &mut Scratch,
) -> Result<(), SynthError> {
    for plant in Plant::among_records(corpus.options) {
        let event = Event::planted(corpus.options, plant, number);
        if plant == Plant::Rejected {
            write_broken(corpus, job, &event, pair, scratch);
            pair.output.end_line(false)?;
            if let Some(input) = &mut pair.input {
                let text = input_line(corpus.options, scratch).to_vec();
                input.buffer().extend_from_slice(&text);
                input.end_line(false)?;
            }
        } else {
            let mut stream = chance(corpus.options, &event);
            super::write_line(corpus, job, &event, pair, &mut stream, scratch)?;
        }
    }
    Ok(())
}

/// The documents that follow that of an event, each a file.
pub(super) fn documents(options: &Options, number: u64) -> Vec<Document> {
    let planted = |number| {
        Plant::among_records(options)
            .map(move |plant| Document::Planted(Event::planted(options, plant, number)))
    };
    options.plants_of_event(number).flat_map(planted).collect()
}

pub(super) fn write_document(
    corpus: &mut Corpus<'_>,
    job: &Job,
    event: &Event,
    pair: &mut Pair,
    scratch: &mut Scratch,
) -> Result<(), SynthError> {
    if event.plant == Some(Plant::Rejected) {
        write_broken(corpus, job, event, pair, scratch);
        return Ok(());
    }
    let mut stream = chance(corpus.options, event);
    super::write_document(corpus, job, event, pair, &mut stream, scratch)
}

/// A record that must be refused although its id can be read; its line stays open.
fn write_broken(
    corpus: &mut Corpus<'_>,
    job: &Job,
    event: &Event,
    pair: &mut Pair,
    scratch: &mut Scratch,
) {
    let options = corpus.options;
    let mut stream = chance(options, event);
    probabilities(options.seed, &mut stream, event, &mut scratch.scores);
    let key = event.key(options, 0);
    fill(options, event, key, &mut stream, scratch);
    let ids_first = event.number.is_multiple_of(2);
    let form = if ids_first {
        RecordForm::Plain
    } else {
        RecordForm::IdsLast
    };
    let position = pair.output.position();
    let from = pair.output.buffer().len();
    push_line(options, job, form, scratch, &mut pair.output);
    let buffer = pair.output.buffer();
    let reason = if options.kind == Kind::Csv {
        spoil_row_beside_ids(buffer, from)
    } else {
        spoil_record_beside_ids(buffer, from, ids_first)
    };
    pair.reject(corpus, position, reason);
    let place = format!("{}:{}", pair.key, pair.output.line());
    corpus.truth.broken(key, place);
    corpus.summary.predictions += 1;
    corpus.summary.rejects += 1;
}

/// Writes a job whose records the configured `where` drops, by the name of its files.
pub(super) fn write_smoke_job(
    corpus: &mut Corpus<'_>,
    hour: Hour,
    numbers: Range<u64>,
) -> Result<(), SynthError> {
    let options = corpus.options;
    if numbers.is_empty() {
        return Ok(());
    }
    let subject = u64::from(Plant::Filtered.code());
    let mut stream = Stream::new(options.seed, Purpose::Jobs, subject, numbers.start);
    let job = Job {
        name: format!("{SMOKE}-{hour}"),
        ..Job::new(hour, 0, 1, &mut stream)
    };
    let events: Vec<Event> = numbers
        .map(|number| Event::planted(options, Plant::Filtered, number))
        .collect();
    let of_file = if options.kind == Kind::Json {
        1
    } else {
        events.len()
    };
    let files: Vec<&[Event]> = events.chunks(of_file).collect();
    let names = names(options, files.len() as u64);
    let mut scratch = Scratch::default();
    for (events, name) in files.iter().zip(&names) {
        let mut pair = Pair::create(corpus, &job, name, job.has_inputs(options))?;
        for event in *events {
            if options.kind == Kind::Json {
                write_document(corpus, &job, event, &mut pair, &mut scratch)?;
            } else {
                let mut stream = chance(options, event);
                super::write_line(corpus, &job, event, &mut pair, &mut stream, &mut scratch)?;
            }
        }
        pair.finish(corpus)?;
    }
    write_manifests(corpus, hour, &job, &names, &mut stream)
}
