//! Sums of doubles that are exact until they are rounded, once.
//!
//! A superaccumulator: the sum is a long fixed-point number in digits of 32 bits, each kept in an `i64`, so that about five
//! hundred million numbers can be added before digits have to carry (Neal, "Fast exact summation using small and large
//! superaccumulators", 2015). Only the digits that the numbers touch are kept: a few for real data.

use serde::{Deserialize, Serialize};

use crate::ratio::rounded;

mod parts;
mod stored;

pub(crate) use parts::Pair;
use parts::Part;

/// Bits of a digit.
const BITS: u32 = 32;
const DIGIT: i64 = (1 << BITS) - 1;

/// Numbers that may be added between two carries: each adds less than a digit, and they must stay inside an `i64`.
const MOST_PENDING: u32 = 1 << 29;

/// Numbers from 2^-44 to 4, which most are, are first added up in one integer: in units of 2^-96 they are whole.
/// [`MOST_PENDING`] of them fit.
const NEAR_EXPONENT: i32 = -96;
/// The exponent field of the least, and how many there are above it.
const NEAR_LOWEST: u64 = 979;
const NEAR_HIGHER: u64 = 44;

/// A sum of doubles, or of products of up to four doubles, exact until [`ExactSum::value`] rounds it once: any order,
/// batching or merging gives the same bits.
///
/// A number that is not finite makes the sum infinite for good. Equal sums are equal, and serialize to equal bytes,
/// however they came about.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(into = "stored::Stored", try_from = "stored::Stored")]
pub struct ExactSum {
    /// The sum is that of `digits[i] * 2^(32 * (lowest + i))`.
    digits: Vec<i64>,
    lowest: i32,
    /// And of this many times 2^-96.
    near: i128,
    /// Numbers added since the digits last carried.
    pending: u32,
    infinite: bool,
}

impl ExactSum {
    /// Adds a finite number.
    #[inline]
    pub fn add(&mut self, value: f64) {
        let bits = value.to_bits();
        let shift = (bits >> 52 & 0x7ff).wrapping_sub(NEAR_LOWEST);
        if shift <= NEAR_HIGHER {
            let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
            let units = i128::from(mantissa) << shift;
            self.near += if value < 0.0 { -units } else { units };
            self.count(1);
        } else {
            self.add_far(value);
        }
    }

    /// Adds any finite number.
    fn add_far(&mut self, value: f64) {
        let Some(part) = self.taken(value) else {
            return;
        };
        if part.mantissa == 0 {
            return;
        }
        let wide = u128::from(part.mantissa) << (part.exponent & 31);
        let sign = -i64::from(part.negative);
        if let [low, middle, high] = self.digits_from(part.exponent >> 5, 3) {
            *low += ((wide as u32 as i64) ^ sign) - sign;
            *middle += (((wide >> 32) as u32 as i64) ^ sign) - sign;
            *high += (((wide >> 64) as u32 as i64) ^ sign) - sign;
        }
        self.count(1);
    }

    /// Adds `value * value`, which is not rounded.
    #[inline]
    pub fn add_square(&mut self, value: f64) {
        self.add_product(value, value);
    }

    /// Adds `a * b`, which is not rounded.
    #[inline]
    pub fn add_product(&mut self, a: f64, b: f64) {
        let (Some(a), Some(b)) = (self.taken(a), self.taken(b)) else {
            return;
        };
        let product = u128::from(a.mantissa) * u128::from(b.mantissa);
        self.add_words(
            a.negative ^ b.negative,
            [product as u64, (product >> 64) as u64, 0],
            a.exponent + b.exponent,
        );
    }

    /// Adds the product of four finite numbers, which is not rounded. With 1.0 among them it is one of fewer.
    #[inline]
    pub fn add_product_of_four(&mut self, factors: [f64; 4]) {
        let [a, b, c, d] = factors;
        self.add_pairs(&Pair::of(a, b), &Pair::of(c, d));
    }

    /// Adds the product of two pairs, which is not rounded: quicker where several sums need the same pairs.
    #[inline]
    pub(crate) fn add_pairs(&mut self, first: &Option<Pair>, second: &Option<Pair>) {
        let (Some(first), Some(second)) = (first, second) else {
            self.infinite = true;
            return;
        };
        let (negative, words, exponent) = first.times(second);
        self.add_words(negative, words, exponent);
    }

    /// Adds all of another sum.
    pub fn merge(&mut self, other: &Self) {
        self.infinite |= other.infinite;
        self.add_near(other.near);
        if other.digits.is_empty() {
            return;
        }
        // Both are below half of what an i64 holds, so that their sum is inside it; then they carry.
        let sums = self.digits_from(other.lowest, other.digits.len());
        for (sum, more) in sums.iter_mut().zip(&other.digits) {
            *sum += more;
        }
        self.count(other.pending.saturating_add(1));
    }

    /// The double next to the sum, to even when two are; infinite beyond the largest.
    pub fn value(&self) -> f64 {
        if self.infinite {
            return f64::INFINITY;
        }
        let (negative, lowest, digits) = self.magnitude();
        // The highest four digits are at least 97 bits; of the rest it only matters whether there is any.
        let split = digits.len().saturating_sub(4);
        let (rest, highest) = digits.split_at(split);
        let mut mantissa = highest
            .iter()
            .rev()
            .fold(0, |sum, &digit| sum << BITS | u128::from(digit));
        mantissa |= u128::from(rest.iter().any(|&digit| digit != 0));
        rounded(
            negative,
            mantissa,
            i64::from(BITS) * (i64::from(lowest) + split as i64),
        )
    }

    /// Bytes on the heap.
    pub fn heap_size(&self) -> usize {
        self.digits.capacity() * size_of::<i64>()
    }

    /// Whether a number was added that is not finite.
    pub(crate) fn is_infinite(&self) -> bool {
        self.infinite
    }

    /// The finite sum as sign, place of the lowest digit, and digits from the lowest, none of them 0 at either end: one
    /// form only for one sum.
    pub(crate) fn magnitude(&self) -> (bool, i32, Vec<u32>) {
        let mut sum = self.clone();
        sum.carry();
        let negative = sum.digits.last().is_some_and(|&highest| highest < 0);
        let digits = sum
            .digits
            .iter()
            .map(|digit| digit.unsigned_abs() as u32)
            .collect();
        (negative, sum.lowest, digits)
    }

    /// The parts of a number; what is not finite is remembered instead.
    #[inline]
    fn taken(&mut self, value: f64) -> Option<Part> {
        let part = Part::of(value);
        self.infinite |= part.is_none();
        part
    }

    /// Adds the words, the lowest first, times a power of two; the highest word has 32 bits to spare.
    #[inline]
    fn add_words<const WORDS: usize>(
        &mut self,
        negative: bool,
        words: [u64; WORDS],
        exponent: i32,
    ) {
        if words == [0; WORDS] {
            return;
        }
        let shift = exponent & 31;
        let sign = -i64::from(negative);
        let mut over = 0;
        let digits = self.digits_from(exponent >> 5, 2 * WORDS);
        for (pair, word) in digits.chunks_exact_mut(2).zip(words) {
            let wide = u128::from(word) << shift | over;
            over = wide >> 64;
            if let [low, high] = pair {
                *low += ((wide as u32 as i64) ^ sign) - sign;
                *high += (((wide >> 32) as u32 as i64) ^ sign) - sign;
            }
        }
        self.count(1);
    }

    /// Counts what was added, and carries before a digit could overflow.
    #[inline]
    fn count(&mut self, added: u32) {
        self.pending = self.pending.saturating_add(added);
        if self.pending >= MOST_PENDING {
            self.carry();
        }
    }

    /// So many digits from a place on.
    #[inline]
    fn digits_from(&mut self, place: i32, count: usize) -> &mut [i64] {
        let begin = place.wrapping_sub(self.lowest) as usize;
        if begin.saturating_add(count) > self.digits.len() {
            self.grow(place, count);
        }
        let begin = (place - self.lowest) as usize;
        &mut self.digits[begin..begin + count]
    }

    #[cold]
    fn grow(&mut self, place: i32, count: usize) {
        if self.digits.is_empty() {
            self.lowest = place;
        }
        if place < self.lowest {
            let more = (self.lowest - place) as usize;
            self.digits.splice(..0, std::iter::repeat_n(0, more));
            self.lowest = place;
        }
        let end = (place - self.lowest) as usize + count;
        if end > self.digits.len() {
            self.digits.resize(end, 0);
        }
    }

    /// Adds to the digits what is in units of 2^-96.
    fn add_near(&mut self, near: i128) {
        let units = near.unsigned_abs();
        let words = [units as u64, (units >> 64) as u64];
        self.add_words(near < 0, words, NEAR_EXPONENT);
    }

    /// Carries, so that all digits have the sign of the sum and are below 2^32, and cuts zeros from both ends.
    fn carry(&mut self) {
        self.pending = 0;
        let near = std::mem::take(&mut self.near);
        self.add_near(near);
        self.pending = 0;
        carry_up(&mut self.digits);
        if self.digits.last().is_some_and(|&highest| highest < 0) {
            self.negate();
            carry_up(&mut self.digits);
            self.negate();
        }
        let end = self.digits.iter().rposition(|&digit| digit != 0);
        self.digits.truncate(end.map_or(0, |end| end + 1));
        match self.digits.iter().position(|&digit| digit != 0) {
            None => self.lowest = 0,
            Some(zeros) => {
                self.digits.drain(..zeros);
                self.lowest += zeros as i32;
            }
        }
    }

    fn negate(&mut self) {
        for digit in &mut self.digits {
            *digit = -*digit;
        }
    }
}

/// Equal sums, however they are kept.
impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        self.infinite == other.infinite && (self.infinite || self.magnitude() == other.magnitude())
    }
}

/// Makes every digit but a new, highest one `0..2^32`.
fn carry_up(digits: &mut Vec<i64>) {
    let mut carried = 0;
    for digit in digits.iter_mut() {
        let sum = *digit + carried;
        *digit = sum & DIGIT;
        carried = sum >> BITS;
    }
    if carried != 0 {
        digits.push(carried);
    }
}
