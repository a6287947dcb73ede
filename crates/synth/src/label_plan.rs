//! Which labels an event gets, and how long after its hour each is collected.

use crate::event::{Event, Key, KeySpace};
use crate::label::{Data, Draft, LabelForm, Layout};
use crate::options::{Kind, Options};
use crate::random::{Purpose, Stream};

/// Share of labels in an unusual form or spelling.
const UNUSUAL: f64 = 0.02;

/// Hands over all labels of an event, each with its delay in hours.
pub(crate) fn labels_of_event(options: &Options, event: &Event, mut take: impl FnMut(u32, Draft)) {
    let mut stream = Stream::new(options.seed, Purpose::Labels, event.number, 0);
    if stream.chance(options.label_rate) {
        if event.by_event_id {
            // Every endpoint gave the request an id of its own, and each is labelled.
            for endpoint in 0..options.endpoints {
                if event.number < options.events_of_endpoint(endpoint) {
                    let key = event.key(options, endpoint);
                    labels_of_key(options, event, key, &mut stream.clone(), &mut take);
                }
            }
        } else {
            let key = event.key(options, 0);
            labels_of_key(options, event, key, &mut stream, &mut take);
        }
    }
    let mut stream = Stream::new(options.seed, Purpose::Labels, event.number, 1);
    if stream.chance(0.01) {
        take(0, stray(options, event, &mut stream));
    }
}

fn labels_of_key(
    options: &Options,
    event: &Event,
    key: Key,
    stream: &mut Stream,
    take: &mut impl FnMut(u32, Draft),
) {
    let delay = if stream.chance(options.late) {
        1 + stream.below(u64::from(options.latest)) as u32
    } else {
        0
    };
    let mut first = Draft {
        key,
        records: event.records,
        data: Data::Classes {
            layout: layout(options, event, stream),
            flipped: false,
        },
        form: form(options, stream),
    };
    if stream.chance(0.005) {
        first.data = if stream.below(2) == 0 {
            Data::Null
        } else {
            Data::Empty
        };
    }
    if options.records_per_event > 1 && stream.chance(0.02) {
        wrong_length(event, first, delay, stream, take);
        return;
    }
    take(delay, first);
    if stream.chance(options.duplicates) {
        repeats(options, first, delay, stream, take);
    }
}

/// A label with too many or too few values, before, after or instead of the right one.
fn wrong_length(
    event: &Event,
    right: Draft,
    delay: u32,
    stream: &mut Stream,
    take: &mut impl FnMut(u32, Draft),
) {
    let fewer = event.records > 1 && stream.below(2) == 0;
    let records = if fewer {
        event.records - 1
    } else {
        event.records + 1
    };
    let wrong = Draft {
        records,
        data: Data::Classes {
            layout: if event.records > 1 && records > 1 && stream.below(2) == 0 {
                Layout::Columns
            } else {
                Layout::Rows
            },
            flipped: false,
        },
        ..right
    };
    let gap = stream.below(4) as u32;
    match stream.below(4) {
        0 => take(delay, wrong),
        1 => {
            take(delay, right);
            take(delay + gap, wrong);
        }
        _ => {
            take(delay, wrong);
            take(delay + gap, right);
        }
    }
}

/// The label again: the same, another, or another and back.
fn repeats(
    options: &Options,
    first: Draft,
    delay: u32,
    stream: &mut Stream,
    take: &mut impl FnMut(u32, Draft),
) {
    let gap = stream.below(4) as u32;
    let again = Draft {
        form: form(options, stream),
        ..first
    };
    let changed = match first.data {
        Data::Classes { layout, flipped } => Draft {
            data: Data::Classes {
                layout,
                flipped: !flipped,
            },
            ..again
        },
        Data::Null | Data::Empty => again,
    };
    match stream.below(6) {
        0 => take(delay, again),
        1 => take(delay + 1 + gap, again),
        2 | 3 => take(delay + gap, changed),
        4 => {
            take(delay + gap, changed);
            take(delay + gap + stream.below(3) as u32, again);
        }
        _ => take(
            delay + gap,
            Draft {
                data: Data::Empty,
                ..again
            },
        ),
    }
}

/// A label that no prediction has the key of: an unknown id, or the event id of a capture that is known by its
/// inference id.
fn stray(options: &Options, event: &Event, stream: &mut Stream) -> Draft {
    let confused = options.kind == Kind::Endpoint && !event.by_event_id && stream.below(4) == 0;
    let space = if confused {
        KeySpace::EventId(0)
    } else {
        KeySpace::Stray
    };
    Draft {
        key: Key {
            space,
            number: event.number,
        },
        records: event.records,
        data: Data::Classes {
            layout: Layout::Rows,
            flipped: false,
        },
        form: LabelForm::Plain,
    }
}

fn layout(options: &Options, event: &Event, stream: &mut Stream) -> Layout {
    if event.records > 1 {
        let lists = if options.kind == Kind::Json { 3 } else { 10 };
        return if stream.below(lists) == 0 {
            Layout::JsonList
        } else if stream.below(2) == 0 {
            Layout::Rows
        } else {
            Layout::Columns
        };
    }
    if !options.unusual(stream, UNUSUAL) {
        return Layout::Rows;
    }
    match stream.below(3) {
        0 => Layout::Blank,
        1 => Layout::Decimal,
        _ => Layout::JsonScalar,
    }
}

fn form(options: &Options, stream: &mut Stream) -> LabelForm {
    if options.unusual(stream, UNUSUAL) {
        LabelForm::unusual(stream)
    } else {
        LabelForm::Plain
    }
}
