//! Roots, listing by hour, atomic commit and receipts over object_store.
