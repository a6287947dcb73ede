use super::{Job, Pair, Scratch, fill, input_line, push_line};
use crate::corpus::Corpus;
use crate::error::SynthError;
use crate::event::{Event, Key, KeySpace, Outcome};
use crate::malformed::{Reason, spoil};
use crate::options::{Kind, Options};
use crate::payload::Probability;
use crate::random::Stream;
use crate::transform_record::RecordForm;

/// Makes the event that a bad line or document is made from.
fn fill_lost(options: &Options, stream: &mut Stream, scratch: &mut Scratch) {
    let key = Key {
        space: KeySpace::Lost,
        number: stream.below(100_000_000),
    };
    let event = Event::lost();
    let outcome = Outcome::new(options.seed, key.number, 0);
    scratch.scores.clear();
    scratch.scores.push(Probability::new(stream, outcome));
    fill(options, &event, key, stream, scratch);
}

/// A line that must be refused, between good ones.
pub(super) fn write_line(
    corpus: &mut Corpus<'_>,
    job: &Job,
    pair: &mut Pair,
    stream: &mut Stream,
    scratch: &mut Scratch,
) -> Result<(), SynthError> {
    let options = corpus.options;
    fill_lost(options, stream, scratch);
    let is_csv = options.kind == Kind::Csv;
    let reason = if is_csv {
        Reason::draw(stream, Reason::OF_TRANSFORM_ROWS)
    } else {
        Reason::draw(stream, Reason::OF_TRANSFORM_LINES)
    };
    pair.reject(corpus, pair.output.position(), reason);
    if is_csv && reason == Reason::NoInferenceId {
        let row: &[u8] = if stream.below(2) == 0 {
            b"0.5"
        } else {
            b"0.5,7,yesterday"
        };
        pair.output.buffer().extend_from_slice(row);
    } else {
        let from = pair.output.buffer().len();
        push_line(options, job, RecordForm::Plain, scratch, &mut pair.output);
        spoil(pair.output.buffer(), from, stream, reason);
    }
    pair.output.end_line(false)?;
    // The job did read this input line, so that the files still pair line by line.
    if let Some(input) = &mut pair.input {
        let text = input_line(options, scratch).to_vec();
        input.buffer().extend_from_slice(&text);
        input.end_line(false)?;
    }
    corpus.summary.predictions += 1;
    corpus.summary.rejects += 1;
    Ok(())
}

/// A file whose one document must be refused.
pub(super) fn write_document(
    corpus: &mut Corpus<'_>,
    job: &Job,
    pair: &mut Pair,
    stream: &mut Stream,
    scratch: &mut Scratch,
) {
    fill_lost(corpus.options, stream, scratch);
    let reason = Reason::Truncated;
    pair.reject(corpus, pair.output.position(), reason);
    let from = pair.output.buffer().len();
    push_line(
        corpus.options,
        job,
        RecordForm::Plain,
        scratch,
        &mut pair.output,
    );
    spoil(pair.output.buffer(), from, stream, reason);
    corpus.summary.predictions += 1;
    corpus.summary.rejects += 1;
}
