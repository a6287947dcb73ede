//! What stopped a record, before it becomes a reject.

use crate::json::Kind;
use crate::reject::Reason;
use std::fmt;

/// A reason and what to say about it. Small and without heap, so that the hot path can carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) reason: Reason,
    pub(crate) detail: Detail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Another byte stood where the grammar wants `what`.
    Expected { what: &'static str, at: usize },
    /// The record ended where the grammar wants `what`.
    Ended { what: &'static str, at: usize },
    /// Something is wrong at a byte.
    At { what: &'static str, at: usize },
    /// A field of another type.
    Type {
        path: &'static str,
        found: Kind,
        expected: &'static str,
    },
    /// Nothing to locate.
    Says(&'static str),
}

impl Fault {
    pub(crate) fn says(reason: Reason, what: &'static str) -> Fault {
        Fault {
            reason,
            detail: Detail::Says(what),
        }
    }

    pub(crate) fn wrong_type(path: &'static str, found: Kind, expected: &'static str) -> Fault {
        Fault {
            reason: Reason::WrongType,
            detail: Detail::Type {
                path,
                found,
                expected,
            },
        }
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Detail::Expected { what, at } => {
                write!(f, "expected {what} at byte {at} of the record")
            }
            Detail::Ended { what, at } => {
                write!(f, "the record ends at byte {at}, expected {what}")
            }
            Detail::At { what, at } => write!(f, "{what} at byte {at} of the record"),
            Detail::Type {
                path,
                found,
                expected,
            } => write!(f, "{path} is {found}, expected {expected}"),
            Detail::Says(what) => f.write_str(what),
        }
    }
}
