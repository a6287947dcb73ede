//! The crate from outside: over temporary folders, over memory, and through a store that counts.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod commit;
mod conformance;
mod counting;
mod layers;
mod layout;
mod links;
mod listing;
mod names;
mod seal;
