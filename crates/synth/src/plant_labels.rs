//! The planted labels that match nothing, and how long after their prediction's hour each is collected.

use crate::event::{Event, Key, KeySpace};
use crate::label::{Data, Draft, LabelForm, Layout};
use crate::options::{Kind, Options};
use crate::plant::{HORIZON, LEAD, Plant, TOO_LATE};
use crate::random::{Purpose, Stream};

/// Hours by which a label that comes too early is too early for the window, by one.
const EARLY: u32 = LEAD + 1;

/// Hands over the planted labels of which an hour is the first that can hold them, each with its delay: those of
/// the hour's predictions, and those that come too early for the predictions of a later one. Returns how many.
pub(crate) fn labels_of_hour(
    options: &Options,
    hour: u32,
    mut take: impl FnMut(u32, Draft),
) -> u64 {
    let mut count = 0;
    let mut counted = |delay, draft| {
        count += 1;
        take(delay, draft);
    };
    for number in options.plants_of_hour(hour) {
        for plant in Plant::of(options) {
            if plant != Plant::OutsideWindow || !is_early(options, hour, number) {
                let (delay, draft) = label(options, plant, hour, number);
                counted(delay, draft);
            }
        }
    }
    let later = hour.saturating_add(EARLY);
    if later < options.hours {
        for number in options.plants_of_hour(later) {
            if is_early(options, later, number) {
                counted(0, label(options, Plant::OutsideWindow, later, number).1);
            }
        }
    }
    count
}

/// Whether a label outside the window comes before it, not after: every second one, but in the first hour none and
/// in the last hour all, because a run reads nothing from before its first window and after its last.
fn is_early(options: &Options, hour: u32, number: u64) -> bool {
    let (first, last) = options.prediction_hours();
    first < hour && (hour >= last || number.is_multiple_of(2))
}

fn label(options: &Options, plant: Plant, hour: u32, number: u64) -> (u32, Draft) {
    let event = Event::planted(options, plant, number);
    let mut stream = Stream::new(
        options.seed,
        Purpose::Planted,
        u64::from(plant.code()),
        number,
    );
    let delay = match plant {
        // At the end of the window, which is outside, or after it.
        Plant::OutsideWindow => {
            let (_, last) = options.prediction_hours();
            let after = TOO_LATE.min(last.saturating_sub(hour));
            HORIZON + stream.below(2) as u32 * stream.below(u64::from(after)) as u32
        }
        _ => stream.below(3) as u32,
    };
    let key = event.key(options, 0);
    let key = match plant {
        Plant::EventIdGiven => key.event_id(0),
        // The ids of a broken line can be read, and labels may give either.
        Plant::Rejected if options.kind == Kind::Endpoint && number % 4 == 3 => key.event_id(0),
        Plant::Spelled => Key {
            space: KeySpace::Misspelled {
                in_transform: options.kind != Kind::Endpoint,
            },
            ..key
        },
        _ => key,
    };
    let records = match plant {
        Plant::RecordCount if event.records > 1 && stream.below(2) == 0 => event.records - 1,
        Plant::RecordCount => event.records + 1,
        _ => event.records,
    };
    (delay, right(key, records))
}

/// A label in the plainest form, which states what turned out to be.
pub(crate) fn right(key: Key, records: u32) -> Draft {
    Draft {
        key,
        records,
        data: Data::Classes {
            layout: Layout::Rows,
            flipped: false,
        },
        form: LabelForm::Plain,
    }
}
