//! `groundline report`: what an output holds of one model, gathered into the page's data. The page itself is
//! `groundline_report::page`.
//!
//! Everything comes from executions, hour files, receipts and accounts of runs: the same output gives the same page, and
//! no clock decides anything.

mod delays;
mod executions;
mod failed_hours;
mod gather;
mod ledger;
mod limits;
mod period;
mod request;
mod segments;
mod series;
mod span;
mod stored;
mod unmatched;
mod verdict;

pub(crate) use delays::delay_counts;
pub use gather::gather;
pub use request::{Comparing, Gathered, ReportRequest, reported_models};
