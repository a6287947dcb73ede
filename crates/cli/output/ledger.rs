//! The ledger as tables: every bucket with its count, and whether they add up to what was read.

use groundline_engine::{MergeReport, ModelReport};

use crate::output::table::Grid;

/// Predictions, labels, and the notes that are not zero: one row per model in each.
pub(crate) fn tables(report: &MergeReport) -> Vec<Grid> {
    let mut tables = vec![
        accounts("predictions", predictions, report),
        accounts("labels", labels, report),
    ];
    let mut notes = Grid::new(&["notes", "what", "count"]);
    notes.right_align(2);
    for model in &report.models {
        for (note, count) in model.ledger.notes.iter().filter(|(_, count)| **count > 0) {
            notes.row(vec![model.model.clone(), note.clone(), count.to_string()]);
        }
    }
    if notes.has_rows() {
        tables.push(notes);
    }
    tables
}

/// Buckets of a model, and whether their sum is what was read.
type Account = (Vec<(&'static str, u64)>, bool);

fn accounts(side: &str, account: fn(&ModelReport) -> Account, report: &MergeReport) -> Grid {
    let names: Vec<&str> = account(&ModelReport::default())
        .0
        .iter()
        .map(|(name, _)| *name)
        .collect();
    let mut grid = Grid::new(&[&[side], names.as_slice(), &["closes"]].concat());
    for column in 1..=names.len() {
        grid.right_align(column);
    }
    for model in report
        .models
        .iter()
        .filter(|model| model.no_input.is_none())
    {
        let (buckets, closes) = account(model);
        let mut cells = vec![model.model.clone()];
        cells.extend(buckets.iter().map(|(_, count)| count.to_string()));
        cells.push(if closes { "yes" } else { "NO" }.to_owned());
        grid.row(cells);
    }
    grid
}

fn predictions(model: &ModelReport) -> Account {
    let ledger = &model.ledger.predictions;
    let buckets = vec![
        ("read", ledger.read),
        ("rejected", ledger.rejected),
        ("filtered", ledger.filtered),
        ("no_output", ledger.no_output),
        ("labelled", ledger.labelled),
        ("unlabelled", ledger.unlabelled),
        // Not a bucket: what the hour files hold.
        ("→ observations", model.ledger.observations),
    ];
    (buckets, ledger.closes())
}

fn labels(model: &ModelReport) -> Account {
    let ledger = &model.ledger.labels;
    let buckets = vec![
        ("read", ledger.read),
        ("rejected", ledger.rejected),
        ("matched", ledger.matched),
        ("duplicate", ledger.duplicate),
        ("superseded", ledger.superseded),
        ("unmatched before", ledger.unmatched_before),
        ("inside", ledger.unmatched_inside),
        ("after", ledger.unmatched_after),
    ];
    (buckets, ledger.closes())
}

#[cfg(test)]
mod tests {
    use groundline_engine::{Ledger, PredictionLedger};

    use super::*;

    #[test]
    fn an_account_that_does_not_close_says_so() {
        let ledger = PredictionLedger {
            read: 3,
            labelled: 1,
            unlabelled: 1,
            ..Default::default()
        };
        let model = ModelReport {
            ledger: Ledger {
                predictions: ledger,
                ..Ledger::default()
            },
            ..ModelReport::default()
        };
        let (buckets, closes) = predictions(&model);
        assert!(!closes && labels(&model).1);
        assert!(buckets.contains(&("read", 3)) && buckets.contains(&("unlabelled", 1)));
    }
}
