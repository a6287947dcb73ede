//! Seeded generator of captures, transforms and labels, with the truth that must come out.
//!
//! It writes SageMaker's layouts from their documentation (formats.md 1 to 3) and shares no code with the
//! decoders, so that the two cannot share a mistake. It knows no clock and no global randomness: the same
//! [`Options`] give the same bytes.
//!
//! ```
//! use groundline_synth::{Options, generate};
//!
//! # let folder = tempfile::tempdir()?;
//! # let out = folder.path().join("corpus");
//! let summary = generate(&out, &Options { records: 100, hours: 2, ..Options::default() })?;
//! assert_eq!(summary.predictions, 100);
//! assert!(out.join("captures/endpoint-0/AllTraffic/2026/11/01/00").is_dir());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a corpus holds
//!
//! | path | content |
//! |---|---|
//! | `captures/{endpoint}/AllTraffic/yyyy/mm/dd/hh/` | capture lines, [`Kind::Endpoint`] |
//! | `transforms/{output,input}/yyyy/mm/dd/hh/` | manifests, the other kinds |
//! | `transform-output/`, `transform-input/` | what the manifests name |
//! | `labels/yyyy/mm/dd/hh/` | labels by hour of collection |
//! | `groundline.toml`, `README.md` | how to merge it |
//! | `neighbour/` | captures and labels of another model, with [`Options::mismatches`] |
//! | `truth/` | observations, ledger, rejects and unmatched labels of the merge with the settings of `groundline.toml` |
//!
//! Planted among the plain lines: late, repeated, corrected, empty and stray labels; labels of the wrong
//! length; predictions without output; about 2 % of lines in unusual but legal forms; and, on request, bad
//! lines. A bad line is never the first of its file, and stands directly before a good one.
//! [`Options::mismatches`] plants labels that match nothing, the same number for each reason: lines of their own
//! among the predictions, which change no other, and labels among the labels.

mod capture;
mod corpus;
mod elsewhere;
mod endpoint;
mod error;
mod event;
mod guide;
mod hour;
mod label;
mod label_hour;
mod label_plan;
mod malformed;
mod object;
mod options;
mod payload;
mod plant;
mod plant_labels;
mod random;
mod text;
mod transform;
mod transform_record;
mod truth;

pub use corpus::{Summary, generate};
pub use error::SynthError;
pub use hour::{Hour, ParseHourError};
pub use options::{Compress, Kind, LabelIdField, Options};
