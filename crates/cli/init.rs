//! What `groundline init` says and writes about what the engine found.

pub(crate) mod command;
pub(crate) mod document;
pub(crate) mod report;
