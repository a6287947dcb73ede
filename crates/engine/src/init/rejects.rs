//! What of the records that were read cannot be used, and how much of that a merge has to accept.

use std::collections::BTreeMap;

use groundline_capture::{Reason, Reject};
use groundline_store::Hour;

use super::findings::RejectFindings;
use super::places::Place;
use crate::tables::Input;

/// What was read of one object.
#[derive(Clone, Debug)]
struct Reading {
    read: u64,
    rejected: u64,
    /// The first of them and where it stands.
    first: Option<(String, Reject)>,
    /// Some of the rejects have no id of SageMaker's.
    without_id: bool,
    /// To its end.
    whole: bool,
}

/// Records that were read and rejected, by object of one place.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    objects: BTreeMap<(Hour, String), Reading>,
}

/// What a merge judges by `max_rejects`: the hours of a place one by one, or all labels together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grain {
    Hours,
    All,
}

/// What `max_rejects` has to accept of one side.
#[derive(Clone, Debug, Default)]
pub(super) struct Judged {
    /// In a message: `the predictions of churn`.
    pub(super) what: String,
    pub(super) read: u64,
    pub(super) rejected: u64,
    /// The largest share of rejects that the merge will judge, in percent, and the largest number.
    pub(super) percent: f64,
    pub(super) most: u64,
    /// The first one and where it stands.
    pub(super) first: Option<(String, Reject)>,
}

impl Tally {
    /// Adds a reading of an object; of two readings of one object the longer counts.
    pub(super) fn add(&mut self, input: &Input, events: u64, rejects: &[Reject], whole: bool) {
        let rejected = rejects.len() as u64;
        let reading = Reading {
            read: events + rejected,
            rejected,
            first: rejects.first().map(|first| {
                let place = format!("{} at byte {}", input.object.key, first.position);
                (place, first.clone())
            }),
            without_id: rejects
                .iter()
                .any(|reject| matches!(reject.reason, Reason::NoId | Reason::NoInferenceId)),
            whole,
        };
        self.keep(input.hour, input.object.key.clone(), reading);
    }

    /// Adds a row of a table that is no label. It belongs to no hour, and such rows are judged together.
    pub(super) fn add_row(&mut self, file: &str, reject: &Reject) {
        let key = (Hour::from_micros(0), format!("{file} rejected"));
        let rows = self.objects.entry(key).or_insert_with(|| Reading {
            read: 0,
            rejected: 0,
            first: Some((
                format!("{file} in row {}", reject.position + 1),
                reject.clone(),
            )),
            without_id: false,
            whole: true,
        });
        rows.read += 1;
        rows.rejected += 1;
    }

    fn keep(&mut self, hour: Hour, file: String, reading: Reading) {
        let before = self.objects.get(&(hour, file.clone()));
        if before.is_none_or(|before| before.read <= reading.read) {
            self.objects.insert((hour, file), reading);
        }
    }

    /// The same with what was read at another time.
    pub(super) fn with(mut self, other: &Self) -> Self {
        for ((hour, file), reading) in &other.objects {
            self.keep(*hour, file.clone(), reading.clone());
        }
        self
    }

    /// There are records without an id of SageMaker's: their ids may be in the payloads.
    pub(super) fn without_ids(&self) -> bool {
        self.objects.values().any(|seen| seen.without_id)
    }

    /// What the merge will judge, as far as what was read tells. Hours of which only a part was read are taken
    /// together: a few records of an hour say little about its share.
    pub(super) fn judge(&self, place: &Place, grain: Grain) -> Judged {
        let mut hours: BTreeMap<Hour, Vec<&Reading>> = BTreeMap::new();
        for ((hour, _), reading) in &self.objects {
            hours.entry(*hour).or_default().push(reading);
        }
        let (mut whole, mut parts) = (Vec::new(), (0, 0));
        for (hour, readings) in &hours {
            let sum = |of: fn(&Reading) -> u64| readings.iter().map(|seen| of(seen)).sum::<u64>();
            let counts = (sum(|seen| seen.rejected), sum(|seen| seen.read));
            let all_read = readings.iter().all(|seen| seen.whole)
                && readings.len() == place.inputs(*hour).len()
                && place.counted.is_none();
            if grain == Grain::Hours && all_read {
                whole.push(counts);
            } else {
                parts = (parts.0 + counts.0, parts.1 + counts.1);
            }
        }
        let judged = whole.iter().chain([&parts]);
        let percent =
            |(rejected, read): &(u64, u64)| *rejected as f64 * 100.0 / (*read).max(1) as f64;
        let first = self.objects.values().find_map(|seen| seen.first.clone());
        Judged {
            what: String::new(),
            read: self.objects.values().map(|seen| seen.read).sum(),
            rejected: self.objects.values().map(|seen| seen.rejected).sum(),
            percent: judged.clone().map(percent).fold(0.0, f64::max),
            most: judged.map(|(rejected, _)| *rejected).max().unwrap_or(0),
            first,
        }
    }
}

impl Judged {
    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            what: self.what,
            read: self.read + other.read,
            rejected: self.rejected + other.rejected,
            percent: self.percent.max(other.percent),
            most: self.most.max(other.most),
            first: self.first.or(other.first),
        }
    }

    /// One sentence about what cannot be read.
    pub(super) fn note(&self) -> Option<String> {
        let (place, first) = self.first.as_ref()?;
        Some(format!(
            "{} of the {} records that were read cannot be used, for example {place}: {} ({}); {}",
            self.rejected,
            self.read,
            first.reason.as_str(),
            first.detail,
            first.reason.hint()
        ))
    }
}

/// Shares that are proposed, in percent. More than half is no share of rejects to live with.
const SHARES: [u32; 6] = [1, 2, 5, 10, 20, 50];

/// The `max_rejects` with which a merge goes through, if what was read is like the rest; `None` where nothing was
/// rejected.
pub(super) fn propose(sides: &[Judged]) -> Option<RejectFindings> {
    let rejected: u64 = sides.iter().map(|side| side.rejected).sum();
    let worst = sides
        .iter()
        .max_by(|a, b| a.percent.total_cmp(&b.percent))?;
    let first = sides.iter().find_map(|side| side.first.as_ref());
    let (place, first) = first.filter(|_| rejected > 0)?;
    let seen: Vec<String> = sides
        .iter()
        .filter(|side| side.rejected > 0)
        .map(|side| format!("{} of {} {}", side.rejected, side.read, side.what))
        .collect();
    let seen = format!(
        "rejected in what was read: {}; for example {place}: {}",
        seen.join(", "),
        first.reason.as_str()
    );
    let findings = |max_rejects: Option<String>, why: String| {
        Some(RejectFindings {
            rejected,
            max_rejects,
            why: format!("{seen}. {why}"),
        })
    };
    if let Some(side) = sides.iter().find(|side| side.rejected * 2 > side.read) {
        return findings(
            None,
            format!(
                "These are more than half of {}: most likely they are another kind of file or are written wrongly, \
                 so no max_rejects is proposed and the merge will refuse them",
                side.what
            ),
        );
    }
    let needed = worst.percent;
    let room = |share: &&u32| f64::from(**share) >= needed * 2.0;
    let enough = |share: &&u32| f64::from(**share) >= needed;
    if let Some(share) = SHARES.iter().find(room).or(SHARES.iter().find(enough)) {
        let needed = (needed * 10.0).ceil() / 10.0;
        return findings(
            Some(format!("{share}%")),
            format!(
                "At most {needed} % of an hour or of the labels; this accepts up to {share} %, and 0 would stop at the first"
            ),
        );
    }
    let most = sides.iter().map(|side| side.most).max().unwrap_or(0);
    let count = rounded_up(most * 2);
    findings(
        Some(count.to_string()),
        format!(
            "Few in all, but more than half of one hour: this accepts up to {count} in an hour and of the labels, where \
             a share would have to accept nearly everything"
        ),
    )
}

/// 1, 2, 5, 10, 20, 50, 100 …
fn rounded_up(least: u64) -> u64 {
    let mut unit = 1_u64;
    loop {
        for step in [1, 2, 5] {
            let value = unit.saturating_mul(step);
            if value >= least || value == u64::MAX {
                return value;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn side(read: u64, rejected: u64, percent: f64, most: u64) -> Judged {
        let first = Reject::new(7, Reason::NotJson, "why".into(), b"x");
        Judged {
            what: "predictions".into(),
            read,
            rejected,
            percent,
            most,
            first: (rejected > 0).then(|| ("a.jsonl at byte 7".to_owned(), first)),
        }
    }

    fn proposed(sides: &[Judged]) -> Option<String> {
        propose(sides).unwrap().max_rejects
    }

    #[test]
    fn what_was_seen_is_rounded_up_generously() {
        let of =
            |rejected: u64| proposed(&[side(1_000, rejected, rejected as f64 / 10.0, rejected)]);
        for (rejected, expected) in [
            (1, "1%"),
            (5, "1%"),
            (6, "2%"),
            (30, "10%"),
            (250, "50%"),
            (500, "50%"),
        ] {
            assert_eq!(of(rejected).unwrap(), expected, "{rejected}");
        }
        assert_eq!(of(501), None);
        assert!(propose(&[side(10, 0, 0.0, 0)]).is_none());
        assert!(propose(&[]).is_none());
    }

    #[test]
    fn the_worst_hour_and_the_worse_side_decide() {
        let labels = side(1_000, 1, 0.1, 1);
        assert_eq!(
            proposed(&[side(1_000, 4, 20.0, 4), labels.clone()]).unwrap(),
            "50%"
        );
        // A share that accepts an hour of nothing but rejects would accept everything.
        assert_eq!(proposed(&[side(1_000, 3, 100.0, 3), labels]).unwrap(), "10");
    }

    #[test]
    fn where_most_cannot_be_used_nothing_is_proposed_and_it_is_said_why() {
        let found = propose(&[side(1_000, 1, 0.1, 1), side(10, 6, 60.0, 6)]).unwrap();
        assert_eq!(found.max_rejects, None);
        assert!(
            found.why.contains("a.jsonl at byte 7: not_json"),
            "{}",
            found.why
        );
        assert!(found.why.contains("more than half"), "{}", found.why);
    }

    #[test]
    fn counts_are_round() {
        let rounded: Vec<u64> = [1, 3, 6, 11, 51, 100].map(rounded_up).to_vec();
        assert_eq!(rounded, [1, 5, 10, 20, 100, 100]);
        assert_eq!(rounded_up(u64::MAX), u64::MAX);
    }
}
