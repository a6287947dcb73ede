//! The same jobs on several machines, by Apache Ballista.
//!
//! The engine makes plans of DataFusion's operators and of tasks that it ships as a few bytes; this crate knows how
//! Ballista ships them ([`PhysicalCodec`]), runs a scheduler and executors that understand them, and is the
//! client that submits a plan, waits for it, and cancels it when nobody waits any more. No other crate names Ballista.

mod address;
mod args;
mod client;
mod codec;
mod command;
mod connections;
mod executor;
mod failure;
mod fetch;
mod functions;
mod job;
mod job_options;
mod monitor;
mod scheduler;
mod settings;
mod stage;
mod stores;

pub use address::{AddressError, ClusterAddress};
pub use client::BallistaCluster;
pub use codec::PhysicalCodec;
pub use command::command;
