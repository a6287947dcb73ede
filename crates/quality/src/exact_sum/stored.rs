//! An exact sum as it is kept in files: one form for one sum.

use serde::{Deserialize, Serialize};

use super::ExactSum;

/// Digits that a sum has at most, and places that they have on either side of the point: four doubles multiply to
/// between 2^-4296 and 2^4096.
const MOST_PLACES: usize = 160;

/// Sign, whether infinite, place of the lowest digit, digits of 32 bits from the lowest.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored(bool, bool, i16, Vec<u32>);

/// What was read is no exact sum.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoSum {
    #[error("an exact sum has digits from place {place} to {end}; it may have -160 to 160")]
    TooLong { place: i64, end: i64 },
    #[error("an exact sum begins or ends with a digit 0, or is infinite and has digits")]
    NotNormal,
}

impl From<ExactSum> for Stored {
    fn from(sum: ExactSum) -> Self {
        if sum.infinite {
            return Self(false, true, 0, Vec::new());
        }
        let (negative, lowest, digits) = sum.magnitude();
        // Places are within a few hundred.
        Self(negative, false, lowest as i16, digits)
    }
}

impl TryFrom<Stored> for ExactSum {
    type Error = NoSum;

    fn try_from(stored: Stored) -> Result<Self, NoSum> {
        let Stored(negative, infinite, lowest, digits) = stored;
        let place = i64::from(lowest);
        let end = place.saturating_add(digits.len() as i64);
        if place < -(MOST_PLACES as i64) || end > MOST_PLACES as i64 {
            return Err(NoSum::TooLong { place, end });
        }
        let zero_at_an_end = digits.first() == Some(&0) || digits.last() == Some(&0);
        let signed_zero = digits.is_empty() && (negative || lowest != 0);
        if zero_at_an_end || signed_zero || (infinite && !digits.is_empty()) {
            return Err(NoSum::NotNormal);
        }
        let sign = if negative { -1 } else { 1 };
        Ok(Self {
            digits: digits
                .iter()
                .map(|&digit| sign * i64::from(digit))
                .collect(),
            lowest: lowest.into(),
            near: 0,
            pending: 0,
            infinite,
        })
    }
}
