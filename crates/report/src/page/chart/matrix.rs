//! Confusion matrix: which class was taken for which.

use std::collections::HashMap;

use groundline_quality::Measured;
use maud::{Markup, html};

use crate::page::number::{grouped, percent};
use crate::page::text;

/// Classes that have a row; the others are one together.
const MOST: usize = 12;

/// Pairs in the list of what is confused most.
const PAIRS: usize = 8;

/// A matrix of the classes with the most errors.
#[derive(Debug)]
pub(in crate::page) struct Matrix {
    /// Names of the classes that have a row, in the order of the model.
    shown: Vec<String>,
    /// Classes in the last row and column; 0 is none.
    others: usize,
    /// By actual, then predicted.
    cells: Vec<Vec<u64>>,
    /// Actual, predicted, rows: the most frequent errors.
    pairs: Vec<(String, String, u64)>,
}

/// Counts the classes; `None` without any.
pub(in crate::page) fn matrix(measured: &Measured) -> Option<Matrix> {
    if measured.confusion.is_empty() {
        return None;
    }
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut names: Vec<&str> = Vec::new();
    let known = measured.classes.iter().map(String::as_str);
    let met = measured
        .confusion
        .iter()
        .flat_map(|cell| [cell.0.as_str(), cell.1.as_str()]);
    for class in known.chain(met) {
        places.entry(class).or_insert_with(|| {
            names.push(class);
            names.len() - 1
        });
    }
    let mut errors = vec![0_u64; names.len()];
    for (actual, predicted, count) in &measured.confusion {
        if actual != predicted {
            errors[places[actual.as_str()]] += count;
            errors[places[predicted.as_str()]] += count;
        }
    }
    let mut ranked: Vec<usize> = (0..names.len()).collect();
    ranked.sort_by_key(|&class| (std::cmp::Reverse(errors[class]), class));
    ranked.truncate(MOST);
    ranked.sort_unstable();
    let mut row_of = vec![ranked.len(); names.len()];
    for (row, &class) in ranked.iter().enumerate() {
        row_of[class] = row;
    }
    let others = names.len() - ranked.len();
    let size = ranked.len() + usize::from(others > 0);
    let mut cells = vec![vec![0_u64; size]; size];
    for (actual, predicted, count) in &measured.confusion {
        cells[row_of[places[actual.as_str()]]][row_of[places[predicted.as_str()]]] += count;
    }
    Some(Matrix {
        shown: ranked
            .iter()
            .map(|&class| text::name(names[class]))
            .collect(),
        others,
        cells,
        pairs: pairs(measured),
    })
}

fn pairs(measured: &Measured) -> Vec<(String, String, u64)> {
    let mut wrong: Vec<&(String, String, u64)> = measured
        .confusion
        .iter()
        .filter(|(actual, predicted, count)| actual != predicted && *count > 0)
        .collect();
    wrong.sort_by(|one, two| two.2.cmp(&one.2).then_with(|| one.cmp(two)));
    wrong
        .into_iter()
        .take(PAIRS)
        .map(|(actual, predicted, count)| (text::name(actual), text::name(predicted), *count))
        .collect()
}

impl Matrix {
    /// The matrix as a table whose cells are shaded by their share of the row.
    pub(in crate::page) fn table(&self, caption: &str) -> Markup {
        let mut names = self.shown.clone();
        if self.others > 0 {
            names.push(format!("{} others", grouped(self.others as u64)));
        }
        html! {
            div.scroll tabindex="0" role="group" aria-label=(caption) {
                table.matrix {
                    caption { (caption) }
                    thead {
                        tr {
                            th.corner scope="col" { "actual ↓" br; "predicted →" }
                            @for name in &names { th scope="col" { bdi { (name) } } }
                            th scope="col" { "right" }
                        }
                    }
                    tbody {
                        @for (row, (name, cells)) in names.iter().zip(&self.cells).enumerate() {
                            tr {
                                th scope="row" { bdi { (name) } }
                                @for (column, &count) in cells.iter().enumerate() {
                                    (cell(count, cells, self.kind(row, column)))
                                }
                                td.sum { (self.right(row, cells)) }
                            }
                        }
                    }
                }
            }
            @if self.others > 0 {
                p.aside {
                    "The " (self.shown.len()) " classes with the most errors of "
                    (grouped((self.shown.len() + self.others) as u64))
                    "; the others are counted together, errors among them in one cell."
                }
            }
        }
    }

    /// Whether two of them fit beside each other.
    pub(in crate::page) fn is_small(&self) -> bool {
        self.cells.len() <= 5
    }

    /// What is confused most; nothing of two classes, where the matrix says it.
    pub(in crate::page) fn most_confused(&self) -> Markup {
        html! {
            @if self.shown.len() > 2 && !self.pairs.is_empty() {
                div.scroll tabindex="0" role="group" aria-label="Most frequent errors" {
                    table {
                        caption { "Most frequent errors" }
                        thead { tr { th scope="col" { "actual" } th scope="col" { "predicted as" } th.n scope="col" { "rows" } } }
                        tbody {
                            @for (actual, predicted, count) in &self.pairs {
                                tr { td { bdi { (actual) } } td { bdi { (predicted) } } td.n { (grouped(*count)) } }
                            }
                        }
                    }
                }
            }
        }
    }

    /// `r` is right, `w` is wrong, `o` is both: of the others nobody knows here.
    fn kind(&self, row: usize, column: usize) -> char {
        match row == column {
            false => 'w',
            true if row >= self.shown.len() => 'o',
            true => 'r',
        }
    }

    /// Share of a row that is right; of the others together nobody knows here.
    fn right(&self, row: usize, cells: &[u64]) -> String {
        let sum: u64 = cells.iter().sum();
        if sum == 0 || row >= self.shown.len() {
            return "–".to_owned();
        }
        percent(cells[row] as f64 / sum as f64)
    }
}

/// Five steps of shade; right and wrong differ in hue, and lie on and off the diagonal.
fn cell(count: u64, row: &[u64], kind: char) -> Markup {
    let sum: u64 = row.iter().sum();
    let share = if sum == 0 {
        0.0
    } else {
        count as f64 / sum as f64
    };
    let step = match share {
        none if none <= 0.0 => 0,
        below if below < 0.02 => 1,
        below if below < 0.1 => 2,
        below if below < 0.4 => 3,
        _ => 4,
    };
    let class = format!("{kind}{step}");
    html! {
        td class=(class) title=[(count > 0).then(|| format!("{} of the row", percent(share)))] {
            @if count > 0 { (grouped(count)) } @else { "·" }
        }
    }
}
