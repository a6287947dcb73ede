//! The label files of one hour (formats.md 3.1), from what was collected in it.

use crate::corpus::Corpus;
use crate::error::SynthError;
use crate::event::{Key, KeySpace};
use crate::label::{Data, Draft, LabelForm, Layout};
use crate::malformed::{Reason, spoil};
use crate::object::Object;
use crate::options::Options;
use crate::random::{Purpose, Stream};
use crate::truth::{LabelTruth, Table};

/// Writes the hour's label files; none if `drafts` is empty.
pub(crate) fn write_hour(
    corpus: &mut Corpus<'_>,
    hour_index: u32,
    mut drafts: Vec<Draft>,
) -> Result<(), SynthError> {
    let options = corpus.options;
    let mut stream = Stream::new(options.seed, Purpose::LabelFiles, u64::from(hour_index), 0);
    if options.shuffle {
        stream.shuffle(&mut drafts);
    }
    let hour = options.start.plus(hour_index);
    let files = drafts.len().min(options.files_per_hour as usize);
    let mut scratch = Vec::new();
    for file in 0..files {
        let key = format!("{}/{file}.jsonl{}", hour.folder(), options.suffix());
        let path = format!("labels/{key}");
        let mut object = Object::create(corpus.out, &path, options.compress)?;
        if options.unusual(&mut stream, 0.05) {
            object.buffer().extend_from_slice("\u{feff}".as_bytes());
        }
        let from = drafts.len() * file / files;
        let to = drafts.len() * (file + 1) / files;
        // Half of the files end without a newline, as those of the samples do.
        let ends_open = stream.below(2) == 0;
        for (index, draft) in drafts.iter().enumerate().take(to).skip(from) {
            if index > from && stream.chance(options.bad_line_chance()) {
                let reason = Reason::draw(&mut stream, Reason::OF_LABELS);
                corpus.truth.reject(
                    Table::Labels,
                    0,
                    &key,
                    object.position(),
                    object.line(),
                    reason,
                );
                write_bad_line(options, reason, &mut stream, &mut object, &mut scratch)?;
                corpus.summary.labels += 1;
                corpus.summary.rejects += 1;
            }
            if draft.form == LabelForm::AfterBlank {
                object.end_line(false)?;
            }
            let line = object.position();
            let offset = draft.push_line(options, object.buffer(), &mut scratch);
            if !(ends_open && index + 1 == to) {
                object.end_line(draft.form == LabelForm::CrLf)?;
            }
            corpus.truth.label(LabelTruth {
                draft: *draft,
                hour: hour_index,
                file: file as u32,
                position: line + offset,
            });
            corpus.summary.labels += 1;
        }
        let bytes = object.finish()?;
        corpus.summary.label_bytes += bytes;
        corpus.summary.add_file(bytes);
    }
    Ok(())
}

fn write_bad_line(
    options: &Options,
    reason: Reason,
    stream: &mut Stream,
    object: &mut Object,
    scratch: &mut Vec<u8>,
) -> Result<(), SynthError> {
    let lost = Draft {
        key: Key {
            space: KeySpace::Lost,
            number: stream.below(100_000_000),
        },
        records: 1,
        data: Data::Classes {
            layout: Layout::Rows,
            flipped: false,
        },
        form: LabelForm::Plain,
    };
    let from = object.buffer().len();
    lost.push_line(options, object.buffer(), scratch);
    spoil(object.buffer(), from, stream, reason);
    object.end_line(false)
}
