//! Counts of (actual class, predicted class), and the metrics of them.

use std::collections::HashMap;

use arrow::array::StringArray;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::figure::Measured;
use crate::samples::{SampleMask, Tally};

mod class_order;
mod confusion;
mod figures;
mod gradients;

use confusion::Confusion;

/// Classes beyond which a column is taken for something else than classes.
pub const MOST_CLASSES: usize = 10_000;

/// Rows of a written state that are believed: so many that sums of thousands of states still fit.
const MOST_ROWS: u64 = 1 << 53;

/// A column that cannot be one of classes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "more than {MOST_CLASSES} classes, among them {}: a number or an id may stand where a class belongs; \
     check which attribute is the label and which is the inference",
    examples.join(", ")
)]
pub struct TooManyClasses {
    /// The first classes that were seen and the one that was too many, in quotes, each cut to a few characters.
    pub examples: Vec<String>,
}

impl TooManyClasses {
    /// Examples in a message, and the characters of each.
    const EXAMPLES: usize = 3;
    const CHARACTERS: usize = 40;

    fn of<'a>(seen: impl Iterator<Item = &'a str>, last: &'a str) -> Self {
        let quoted = |class: &str| {
            let cut: String = class.chars().take(Self::CHARACTERS).collect();
            let more = if cut.len() < class.len() { "…" } else { "" };
            format!("\"{cut}{more}\"")
        };
        Self {
            examples: seen
                .take(Self::EXAMPLES - 1)
                .chain([last])
                .map(quoted)
                .collect(),
        }
    }
}

/// Counts of rows by actual and predicted class. States of parts of the rows merge into the state of all, in any order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(into = "Cells", try_from = "Cells")]
pub struct MulticlassState {
    /// Every class by its number, and back. The numbers are in order of sight, so nothing may depend on them.
    numbers: HashMap<String, u32>,
    names: Vec<String>,
    /// Bytes of all names, once.
    name_bytes: usize,
    cells: HashMap<(u32, u32), Tally>,
}

impl MulticlassState {
    /// Counts a row.
    ///
    /// # Errors
    /// [`TooManyClasses`] where the row would bring more than [`MOST_CLASSES`]; it is not counted then.
    #[inline]
    pub fn add(
        &mut self,
        actual: &str,
        predicted: &str,
        mask: SampleMask,
    ) -> Result<(), TooManyClasses> {
        let cell = (self.number(actual)?, self.number(predicted)?);
        self.cells.entry(cell).or_default().add(mask);
        Ok(())
    }

    /// Counts the rows of a batch, less those where either side is null. Columns of unequal length count as long as the
    /// shortest.
    ///
    /// # Errors
    /// [`TooManyClasses`] at the first row that brings too many; those before it are counted.
    pub fn update(
        &mut self,
        actual: &StringArray,
        predicted: &StringArray,
        masks: &[SampleMask],
    ) -> Result<(), TooManyClasses> {
        for ((actual, predicted), mask) in actual.iter().zip(predicted).zip(masks) {
            if let (Some(actual), Some(predicted)) = (actual, predicted) {
                self.add(actual, predicted, *mask)?;
            }
        }
        Ok(())
    }

    /// Adds the counts of another state.
    ///
    /// # Errors
    /// [`TooManyClasses`] where both together have more than [`MOST_CLASSES`]; the state is of no use then.
    pub fn merge(&mut self, other: &Self) -> Result<(), TooManyClasses> {
        let numbers = other
            .names
            .iter()
            .map(|name| self.number(name))
            .collect::<Result<Vec<_>, _>>()?;
        for (&(actual, predicted), tally) in &other.cells {
            let cell = (numbers[actual as usize], numbers[predicted as usize]);
            self.cells.entry(cell).or_default().merge(tally);
        }
        Ok(())
    }

    /// Rows counted.
    pub fn rows(&self) -> u64 {
        self.cells.values().map(|tally| tally.all).sum()
    }

    /// Bytes on the heap, nearly: a hash table does not tell all of its own.
    pub fn heap_size(&self) -> usize {
        let numbers = self.numbers.capacity() * size_of::<(String, u32)>();
        let names = self.names.capacity() * size_of::<String>() + 2 * self.name_bytes;
        numbers + names + self.cells.capacity() * size_of::<((u32, u32), Tally)>()
    }

    /// SageMaker's metrics (formats.md 6.3), then macro averages, Matthews' coefficient and four values for each class.
    ///
    /// Classes are in order of their number where all are numbers, else of their text; `confusion` holds the cells that
    /// have rows, in that order.
    pub fn finish(&self) -> Measured {
        let confusion = Confusion::of(&self.named());
        Measured {
            rows: confusion.all.rows,
            figures: figures::figures(&confusion),
            confusion: confusion.counts(),
            classes: confusion.classes,
            ..Measured::default()
        }
    }

    /// The number of a class, a new one where it was not seen before.
    #[inline]
    fn number(&mut self, class: &str) -> Result<u32, TooManyClasses> {
        if let Some(number) = self.numbers.get(class) {
            return Ok(*number);
        }
        if self.names.len() >= MOST_CLASSES {
            return Err(TooManyClasses::of(
                self.names.iter().map(String::as_str),
                class,
            ));
        }
        // Bounded by MOST_CLASSES just above.
        let number = self.names.len() as u32;
        self.numbers.insert(class.to_owned(), number);
        self.names.push(class.to_owned());
        self.name_bytes = self.name_bytes.saturating_add(class.len());
        Ok(number)
    }

    /// The cells by name, in no order.
    fn named(&self) -> Vec<(&str, &str, Tally)> {
        self.cells
            .iter()
            .map(|(&(actual, predicted), tally)| {
                let actual = self.names[actual as usize].as_str();
                let predicted = self.names[predicted as usize].as_str();
                (actual, predicted, *tally)
            })
            .collect()
    }
}

/// What a state is written as: equal counts are equal bytes, whatever the order the rows came in.
#[derive(Serialize, Deserialize)]
struct Cells {
    cells: Vec<(String, String, Tally)>,
}

impl From<MulticlassState> for Cells {
    fn from(state: MulticlassState) -> Self {
        let mut cells: Vec<_> = state
            .named()
            .into_iter()
            .map(|(actual, predicted, tally)| (actual.to_owned(), predicted.to_owned(), tally))
            .collect();
        cells.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        Self { cells }
    }
}

/// Why written counts are not a state.
#[derive(Debug, Error)]
enum BadCells {
    #[error(transparent)]
    TooManyClasses(#[from] TooManyClasses),
    #[error("the counts of classes add up to more than {MOST_ROWS}")]
    TooManyRows,
    #[error("a sample of a count of classes holds more rows than the count")]
    SampleBeyondWhole,
}

impl TryFrom<Cells> for MulticlassState {
    type Error = BadCells;

    fn try_from(written: Cells) -> Result<Self, BadCells> {
        let mut state = Self::default();
        let mut rows = 0_u64;
        for (actual, predicted, tally) in &written.cells {
            rows = rows.saturating_add(tally.all);
            if rows > MOST_ROWS {
                return Err(BadCells::TooManyRows);
            }
            if tally.samples.iter().any(|held| *held > tally.all) {
                return Err(BadCells::SampleBeyondWhole);
            }
            let cell = (state.number(actual)?, state.number(predicted)?);
            state.cells.entry(cell).or_default().merge(tally);
        }
        Ok(state)
    }
}
