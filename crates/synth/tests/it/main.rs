//! The generator seen from outside: its bytes, its lines, and its truth against a second, naive merge.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod bytes;
mod lines;
mod mismatches;
mod reading;
mod records;
mod remerge;

use std::sync::OnceLock;

use groundline_synth::{Compress, Kind, LabelIdField, Options};

use crate::reading::Made;

/// A named corpus and what was made of it.
struct Case {
    name: &'static str,
    options: Options,
    made: Made,
}

/// Small corpora that together plant everything, made once for all tests.
fn cases() -> &'static [Case] {
    static CASES: OnceLock<Vec<Case>> = OnceLock::new();
    CASES.get_or_init(|| {
        corpora()
            .into_iter()
            .map(|(name, options)| Case {
                name,
                made: Made::new(&options),
                options,
            })
            .collect()
    })
}

fn corpora() -> Vec<(&'static str, Options)> {
    let base = Options {
        records: 900,
        hours: 3,
        files_per_hour: 12,
        seed: 11,
        duplicates: 0.1,
        malformed: 0.03,
        late: 0.1,
        payload_columns: 4,
        variety: true,
        ..Options::default()
    };
    let of = |kind, records_per_event, endpoints| Options {
        kind,
        records_per_event,
        endpoints,
        ..base.clone()
    };
    vec![
        ("plain", of(Kind::Endpoint, 1, 1)),
        (
            "plain gzip",
            Options {
                compress: Compress::Gzip,
                ..of(Kind::Endpoint, 1, 1)
            },
        ),
        ("many records", of(Kind::Endpoint, 3, 1)),
        ("many endpoints", of(Kind::Endpoint, 1, 3)),
        ("csv and json endpoints", of(Kind::Endpoint, 4, 3)),
        (
            "in order",
            Options {
                shuffle: false,
                malformed: 0.0,
                ..of(Kind::Endpoint, 1, 1)
            },
        ),
        (
            "all late, all repeated, half bad",
            Options {
                records: 120,
                late: 1.0,
                duplicates: 1.0,
                malformed: 0.5,
                payload_columns: 1,
                ..of(Kind::Endpoint, 2, 2)
            },
        ),
        (
            "no labels",
            Options {
                records: 40,
                label_rate: 0.0,
                ..of(Kind::Endpoint, 2, 1)
            },
        ),
        (
            "half bad json lines",
            Options {
                records: 120,
                malformed: 0.5,
                ..of(Kind::Jsonl, 1, 1)
            },
        ),
        (
            "labels by inferenceId",
            Options {
                label_id_field: LabelIdField::InferenceId,
                ..mismatches(of(Kind::Endpoint, 1, 1), 4)
            },
        ),
        ("csv transforms", of(Kind::Csv, 1, 1)),
        ("json lines transforms", of(Kind::Jsonl, 1, 1)),
        ("json lines transforms of lists", of(Kind::Jsonl, 3, 1)),
        (
            "json transforms",
            Options {
                records: 60,
                ..of(Kind::Json, 5, 1)
            },
        ),
        ("mismatches", mismatches(of(Kind::Endpoint, 1, 1), 13)),
        (
            "mismatches of csv and json endpoints",
            mismatches(of(Kind::Endpoint, 4, 3), 13),
        ),
        (
            "more mismatches than records",
            Options {
                records: 3,
                hours: 30,
                compress: Compress::Gzip,
                ..mismatches(of(Kind::Endpoint, 1, 1), 8)
            },
        ),
        (
            "mismatches of csv transforms",
            mismatches(of(Kind::Csv, 1, 1), 13),
        ),
        (
            "mismatches of json lines transforms",
            mismatches(of(Kind::Jsonl, 1, 1), 13),
        ),
        (
            "mismatches of json lines transforms of lists",
            mismatches(of(Kind::Jsonl, 3, 1), 13),
        ),
        (
            "mismatches of json transforms",
            Options {
                records: 60,
                ..mismatches(of(Kind::Json, 5, 1), 13)
            },
        ),
    ]
}

/// Over more hours, so that labels come before the window, after it, and either.
fn mismatches(options: Options, mismatches: u64) -> Options {
    Options {
        records: 300,
        hours: 6,
        mismatches,
        ..options
    }
}
