//! How large and how deep one record may be.

use serde::{Deserialize, Serialize};

/// Bounds on one record; what lies beyond is rejected, never guessed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Longest record in bytes of the decompressed object (default 64 MiB).
    /// More than 512 MiB is read as 512 MiB: an Arrow text column holds 2 GiB.
    pub max_record_bytes: usize,
    /// Deepest nesting of JSON arrays and objects (default 128).
    /// More than 1024 is read as 1024: the scanner recurses once a level.
    pub max_depth: usize,
}

impl Limits {
    const MOST_RECORD_BYTES: usize = 512 << 20;
    const MOST_DEPTH: usize = 1024;

    /// The same limits inside what this crate can hold.
    pub(crate) fn clamped(self) -> Limits {
        Limits {
            max_record_bytes: self.max_record_bytes.min(Self::MOST_RECORD_BYTES),
            max_depth: self.max_depth.min(Self::MOST_DEPTH),
        }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            max_record_bytes: 64 << 20,
            max_depth: 128,
        }
    }
}
