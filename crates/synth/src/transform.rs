//! Batch transform jobs of one hour: manifests, outputs with inference ids, and inputs (formats.md 2).

mod bad;
mod manifest;
mod planted;

use crate::corpus::Corpus;
use crate::error::SynthError;
use crate::event::{Event, Key};
use crate::hour::Hour;
use crate::malformed::Reason;
use crate::object::Object;
use crate::options::{Compress, Kind, Options};
use crate::payload::{Payload, Probability, probabilities};
use crate::plant::Plant;
use crate::random::{Purpose, Stream};
use crate::transform_record::{RecordForm, push_json_record, push_row};
use crate::truth::{EventTruth, Observation, Table};

/// Stands where endpoint and variant would be.
pub(crate) const BATCH: &str = "_batch";

/// One transform job.
#[derive(Debug)]
struct Job {
    name: String,
    /// Start, the same in every record of the job.
    time: Vec<u8>,
    /// `join_source=Input`: each record brings its input along.
    joined: bool,
}

/// What a line or document is made in.
#[derive(Debug, Default)]
struct Scratch {
    input: Payload,
    output: Payload,
    scores: Vec<Probability>,
    id: Vec<u8>,
}

/// One output file and, where records do not bring their input, the input file that it was made from.
struct Pair {
    /// Key of the output below `transform-output/`.
    key: String,
    output: Object,
    input: Option<Object>,
}

/// Writes the hour's jobs.
pub(crate) fn write_hour(corpus: &mut Corpus<'_>, hour_index: u32) -> Result<(), SynthError> {
    let options = corpus.options;
    let events = options.events(0, hour_index);
    let count = events.end - events.start;
    if count == 0 {
        return Ok(());
    }
    let hour = options.start.plus(hour_index);
    let jobs = match options.kind {
        Kind::Json => u64::from(options.files_per_hour).min(count),
        _ => u64::from(options.files_per_hour).min(count).min(2),
    };
    corpus.truth.begin(0, hour_index)?;
    for number in 0..jobs {
        let mut stream = Stream::new(options.seed, Purpose::Jobs, u64::from(hour_index), number);
        let job = Job::new(hour, number, jobs, &mut stream);
        let from = events.start + count * number / jobs;
        let to = events.start + count * (number + 1) / jobs;
        write_job(corpus, hour, &job, from, to, jobs, &mut stream)?;
    }
    planted::write_smoke_job(corpus, hour, options.plants_of_hour(hour_index))?;
    corpus.truth.end()
}

impl Job {
    fn new(hour: Hour, number: u64, jobs: u64, stream: &mut Stream) -> Self {
        let length = (3_600 / jobs).max(1);
        let second = (number * length + stream.below(length)).min(3_599);
        let mut time = Vec::new();
        hour.push_time(&mut time, second);
        time.push(b'Z');
        Self {
            name: format!("synth-{hour}-{number:05}"),
            time,
            joined: stream.below(2) == 0,
        }
    }

    /// Whether its inputs lie in files of their own.
    fn has_inputs(&self, options: &Options) -> bool {
        !self.joined && options.kind != Kind::Json
    }
}

/// What a file of one document holds.
enum Document {
    Bad,
    Good(Event),
    Planted(Event),
}

fn write_job(
    corpus: &mut Corpus<'_>,
    hour: Hour,
    job: &Job,
    from: u64,
    to: u64,
    jobs: u64,
    stream: &mut Stream,
) -> Result<(), SynthError> {
    let options = corpus.options;
    let count = to - from;
    // A document file holds one event, or is a bad one that holds none.
    let mut documents = Vec::new();
    let files = if options.kind == Kind::Json {
        for number in from..to {
            if stream.chance(options.bad_line_chance()) {
                documents.push(Document::Bad);
            }
            documents.push(Document::Good(Event::new(options, number)));
            documents.extend(planted::documents(options, number));
        }
        documents.len() as u64
    } else {
        (u64::from(options.files_per_hour) / jobs).clamp(1, count)
    };
    let names = names(options, files);
    let has_inputs = job.has_inputs(options);
    let mut scratch = Scratch::default();
    let mut documents = documents.into_iter();
    for (file, name) in (0_u64..).zip(&names) {
        let mut pair = Pair::create(corpus, job, name, has_inputs)?;
        if options.kind == Kind::Json {
            match documents.next() {
                Some(Document::Good(event)) => {
                    write_document(corpus, job, &event, &mut pair, stream, &mut scratch)?;
                }
                Some(Document::Planted(event)) => {
                    planted::write_document(corpus, job, &event, &mut pair, &mut scratch)?;
                }
                Some(Document::Bad) | None => {
                    bad::write_document(corpus, job, &mut pair, stream, &mut scratch);
                }
            }
        } else {
            let first = from + count * file / files;
            for number in first..from + count * (file + 1) / files {
                if number > first && stream.chance(options.bad_line_chance()) {
                    bad::write_line(corpus, job, &mut pair, stream, &mut scratch)?;
                }
                let event = Event::new(options, number);
                write_line(corpus, job, &event, &mut pair, stream, &mut scratch)?;
                for number in options.plants_of_event(number) {
                    planted::write_lines(corpus, job, number, &mut pair, &mut scratch)?;
                }
            }
        }
        pair.finish(corpus)?;
    }
    write_manifests(corpus, hour, job, &names, stream)
}

/// Names of a job's outputs, in order.
fn names(options: &Options, files: u64) -> Vec<String> {
    let extension = match options.kind {
        Kind::Csv => "csv",
        Kind::Jsonl => "jsonl",
        Kind::Json | Kind::Endpoint => "json",
    };
    let mut names: Vec<String> = (0..files)
        .map(|file| format!("part-{file}.{extension}.out"))
        .collect();
    names.sort();
    names
}

fn write_manifests(
    corpus: &mut Corpus<'_>,
    hour: Hour,
    job: &Job,
    names: &[String],
    stream: &mut Stream,
) -> Result<(), SynthError> {
    manifest::write(corpus, hour, job, "output", names, stream)?;
    if job.has_inputs(corpus.options) {
        let inputs: Vec<String> = names
            .iter()
            .map(|name| name.trim_end_matches(".out").to_owned())
            .collect();
        manifest::write(corpus, hour, job, "input", &inputs, stream)?;
    }
    Ok(())
}

impl Pair {
    fn create(
        corpus: &Corpus<'_>,
        job: &Job,
        name: &str,
        has_input: bool,
    ) -> Result<Self, SynthError> {
        let key = format!("{}/{name}", job.name);
        let path = format!("transform-output/{key}");
        let output = Object::create(corpus.out, &path, Compress::None)?;
        let input = if has_input {
            let path = format!("transform-input/{}", key.trim_end_matches(".out"));
            Some(Object::create(corpus.out, &path, Compress::None)?)
        } else {
            None
        };
        Ok(Self { key, output, input })
    }

    /// The line that begins at `position` of the output is bad.
    fn reject(&self, corpus: &mut Corpus<'_>, position: u64, reason: Reason) {
        let line = self.output.line();
        corpus
            .truth
            .reject(Table::Predictions, 0, &self.key, position, line, reason);
    }

    fn finish(self, corpus: &mut Corpus<'_>) -> Result<(), SynthError> {
        corpus.summary.add_file(self.output.finish()?);
        if let Some(input) = self.input {
            corpus.summary.add_file(input.finish()?);
        }
        Ok(())
    }
}

/// Makes input, output, scores and id of an event.
fn fill(options: &Options, event: &Event, key: Key, stream: &mut Stream, scratch: &mut Scratch) {
    let columns = options.payload_columns;
    if options.kind == Kind::Csv {
        let quoted = options.unusual(stream, 0.005);
        scratch
            .input
            .csv_input(stream, event.records, columns, quoted);
        scratch.output.csv_output(&scratch.scores);
    } else {
        scratch.input.json_input(stream, event.records, columns);
        scratch.output.json_output(&scratch.scores, false);
    }
    scratch.id.clear();
    key.push(options.seed, &mut scratch.id);
}

/// Whether a JSON record is its event's only one, without a list around it.
fn is_flat(options: &Options) -> bool {
    options.kind == Kind::Jsonl && options.records_per_event == 1
}

fn write_line(
    corpus: &mut Corpus<'_>,
    job: &Job,
    event: &Event,
    pair: &mut Pair,
    stream: &mut Stream,
    scratch: &mut Scratch,
) -> Result<(), SynthError> {
    let options = corpus.options;
    probabilities(options.seed, stream, event, &mut scratch.scores);
    fill(options, event, event.key(options, 0), stream, scratch);
    let form = RecordForm::draw(options, stream);
    let position = pair.output.position();
    let crlf = form == RecordForm::CrLf;
    let row_end = push_line(options, job, form, scratch, &mut pair.output);
    let row = if options.kind == Kind::Csv && corpus.truth.is_kept() {
        let buffer = pair.output.buffer();
        let start = buffer.len() - row_end.line;
        buffer
            .get(start..start + row_end.output)
            .map(<[u8]>::to_vec)
    } else {
        None
    };
    pair.output.end_line(crlf)?;
    if let Some(input) = &mut pair.input {
        let text = input_line(options, scratch).to_vec();
        input.buffer().extend_from_slice(&text);
        input.end_line(false)?;
    }
    corpus.summary.predictions += 1;
    corpus.summary.prediction_records += u64::from(event.records);
    // A joined CSV row stays whole in the output, so its input is nowhere else.
    let has_input = pair.input.is_some() || options.kind != Kind::Csv;
    observe(
        corpus,
        job,
        event,
        &pair.key,
        position,
        scratch,
        has_input,
        row.as_deref(),
    )
}

/// Lengths of a written line.
struct Written {
    /// The whole line.
    line: usize,
    /// Its part before the comma of the id; CSV only.
    output: usize,
}

fn push_line(
    options: &Options,
    job: &Job,
    form: RecordForm,
    scratch: &Scratch,
    object: &mut Object,
) -> Written {
    let buffer = object.buffer();
    let from = buffer.len();
    let output = if options.kind == Kind::Csv {
        let input = job.joined.then(|| scratch.input.data());
        let before_id = push_row(
            buffer,
            input,
            scratch.output.data(),
            &scratch.id,
            &job.time,
            form,
        );
        before_id - from
    } else {
        let (output, input) = documents(options, scratch);
        let input = job.joined.then_some(input);
        push_json_record(buffer, &scratch.id, &job.time, input, output, form);
        0
    };
    Written {
        line: buffer.len() - from,
        output,
    }
}

/// Output and input of a JSON record.
fn documents<'a>(options: &Options, scratch: &'a Scratch) -> (&'a [u8], &'a [u8]) {
    if is_flat(options) {
        (scratch.output.piece(0), scratch.input.piece(0))
    } else {
        (scratch.output.data(), scratch.input.data())
    }
}

fn input_line<'a>(options: &Options, scratch: &'a Scratch) -> &'a [u8] {
    if options.kind == Kind::Csv {
        scratch.input.data()
    } else {
        documents(options, scratch).1
    }
}

fn write_document(
    corpus: &mut Corpus<'_>,
    job: &Job,
    event: &Event,
    pair: &mut Pair,
    stream: &mut Stream,
    scratch: &mut Scratch,
) -> Result<(), SynthError> {
    let options = corpus.options;
    probabilities(options.seed, stream, event, &mut scratch.scores);
    fill(options, event, event.key(options, 0), stream, scratch);
    let form = match stream.below(10) {
        0 => RecordForm::Pretty,
        _ => RecordForm::draw(options, stream),
    };
    let position = pair.output.position();
    push_line(options, job, form, scratch, &mut pair.output);
    // One-object files may end without a newline (formats.md 2.2).
    if stream.below(2) == 0 {
        pair.output.end_line(form == RecordForm::CrLf)?;
    }
    corpus.summary.predictions += 1;
    corpus.summary.prediction_records += u64::from(event.records);
    observe(
        corpus, job, event, &pair.key, position, scratch, job.joined, None,
    )
}

#[expect(
    clippy::too_many_arguments,
    reason = "what an observation depends on, each of another lifetime"
)]
fn observe(
    corpus: &mut Corpus<'_>,
    job: &Job,
    event: &Event,
    file: &str,
    position: u64,
    scratch: &Scratch,
    has_input: bool,
    row: Option<&[u8]>,
) -> Result<(), SynthError> {
    if !corpus.truth.is_kept() {
        return Ok(());
    }
    let truth = EventTruth {
        key: event.key(corpus.options, 0),
        records: event.records,
        has_output: true,
    };
    if event.plant == Some(Plant::Filtered) {
        corpus.truth.filtered(truth);
        return Ok(());
    }
    for record in 0..event.records {
        corpus.truth.observe(&Observation {
            key: &scratch.id,
            event_id: None,
            inference_id: Some(&scratch.id),
            inference_time: &job.time,
            record_index: record,
            input: has_input.then(|| scratch.input.piece(record)),
            output: Some(row.unwrap_or_else(|| scratch.output.piece(record))),
            probability: scratch.scores.get(record as usize).copied(),
            file,
            position,
        })?;
    }
    corpus.truth.event(truth);
    Ok(())
}
