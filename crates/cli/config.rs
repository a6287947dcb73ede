//! Settings: what the flags, the environment, `groundline.toml` and the defaults say together.
//!
//! [`setting`] is the table of everything that can be set. [`file`] and [`environment`] read their
//! layer by that table, the argument structs give theirs, [`layers`] puts them over each other, and
//! [`model`] and [`run`] turn the outcome into what the engine takes.

pub(crate) mod cluster;
pub(crate) mod columns;
pub(crate) mod environment;
pub(crate) mod file;
pub(crate) mod glob;
pub(crate) mod labels;
pub(crate) mod layers;
pub(crate) mod mapping;
pub(crate) mod memory;
pub(crate) mod model;
pub(crate) mod own_columns;
pub(crate) mod publishing;
pub(crate) mod quality;
pub(crate) mod resolved;
pub(crate) mod run;
pub(crate) mod schedule;
pub(crate) mod select;
pub(crate) mod setting;
pub(crate) mod size;
pub(crate) mod target;
pub(crate) mod toml_value;
pub(crate) mod value;
