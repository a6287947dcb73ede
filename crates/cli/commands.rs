//! One file per subcommand: settings in, engine called, result and status out.

pub(crate) mod backfill;
pub(crate) mod baseline;
pub(crate) mod config;
pub(crate) mod container;
pub(crate) mod ddl;
pub(crate) mod execution;
pub(crate) mod explain_id;
pub(crate) mod files;
pub(crate) mod gc;
pub(crate) mod history;
pub(crate) mod init;
pub(crate) mod labels;
pub(crate) mod measured;
pub(crate) mod merge;
pub(crate) mod monitor;
pub(crate) mod prompt;
pub(crate) mod quality;
pub(crate) mod report;
pub(crate) mod runs;
pub(crate) mod schedule;
pub(crate) mod sql;
pub(crate) mod statements;
pub(crate) mod status;
pub(crate) mod subject;
pub(crate) mod synth;
pub(crate) mod unmatched;
