//! The ledger as a table: every bucket with its count, and whether they add up to what was read.

use groundline_engine::{Ledger, MergeReport};

use crate::output::table::Grid;

/// One table for all models of a run.
pub(crate) fn table(report: &MergeReport) -> Grid {
    let mut grid = Grid::new(&["model", "ledger", "bucket", "records"]);
    grid.right_align(3);
    for model in &report.models {
        for (account, bucket, count) in lines(&model.ledger) {
            grid.row(vec![model.model.clone(), account.to_owned(), bucket, count]);
        }
    }
    grid
}

fn lines(ledger: &Ledger) -> Vec<(&'static str, String, String)> {
    let predictions = &ledger.predictions;
    let labels = &ledger.labels;
    let mut lines = Vec::new();
    let mut account = |name, buckets: &[(&str, u64)], closes: bool| {
        for (bucket, count) in buckets {
            lines.push((name, (*bucket).to_owned(), count.to_string()));
        }
        lines.push((
            name,
            "closes".to_owned(),
            if closes { "yes" } else { "NO" }.to_owned(),
        ));
    };
    account(
        "predictions",
        &[
            ("read", predictions.read),
            ("rejected", predictions.rejected),
            ("filtered", predictions.filtered),
            ("no_output", predictions.no_output),
            ("labelled", predictions.labelled),
            ("unlabelled", predictions.unlabelled),
        ],
        predictions.closes(),
    );
    account(
        "labels",
        &[
            ("read", labels.read),
            ("rejected", labels.rejected),
            ("matched", labels.matched),
            ("duplicate", labels.duplicate),
            ("superseded", labels.superseded),
            ("unmatched_before", labels.unmatched_before),
            ("unmatched_inside", labels.unmatched_inside),
            ("unmatched_after", labels.unmatched_after),
        ],
        labels.closes(),
    );
    lines.push((
        "observations",
        "rows".to_owned(),
        ledger.observations.to_string(),
    ));
    for (note, count) in &ledger.notes {
        lines.push(("notes", note.clone(), count.to_string()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use groundline_engine::PredictionLedger;

    use super::*;

    #[test]
    fn every_bucket_is_shown_and_an_open_account_says_so() {
        let predictions = PredictionLedger {
            read: 3,
            labelled: 1,
            unlabelled: 1,
            ..Default::default()
        };
        let ledger = Ledger {
            predictions,
            ..Ledger::default()
        };
        let lines = lines(&ledger);
        let value = |account: &str, bucket: &str| {
            lines
                .iter()
                .find(|line| line.0 == account && line.1 == bucket)
                .map(|line| line.2.clone())
        };
        assert_eq!(value("predictions", "read").as_deref(), Some("3"));
        assert_eq!(value("predictions", "closes").as_deref(), Some("NO"));
        assert_eq!(value("labels", "closes").as_deref(), Some("yes"));
        assert_eq!(
            lines.iter().filter(|line| line.0 == "predictions").count(),
            7
        );
        assert_eq!(lines.iter().filter(|line| line.0 == "labels").count(), 9);
    }
}
