//! Which hours the first merge should have.

use groundline_store::Hour;

use super::findings::WindowFindings;
use super::places::Place;
use super::source::Source;

/// A span of so few hours and bytes is merged whole.
const FEW_HOURS: i64 = 7 * 24;
const FEW_BYTES: u64 = 2 << 30;

/// The whole span where it is small, else the last day that can have labels.
pub(super) fn propose(
    sources: &[Source],
    last_label: Option<Hour>,
    delay: Option<i64>,
) -> Option<WindowFindings> {
    let first = sources.iter().map(|source| source.span.0).min()?;
    let last = sources.iter().map(|source| source.span.1).max()?;
    let places = || sources.iter().flat_map(|source| &source.places);
    let bytes: u64 = places().map(Place::bytes).sum();
    let counted = places().all(|place| place.counted.is_none());
    let hours = last.since(first) + 1;
    let span = Some((first.to_string(), last.plus(1).to_string()));
    // Few folders far apart are few hours too.
    let folders: usize = places().map(|place| place.hours.len()).sum();
    let few = hours <= FEW_HOURS || i64::try_from(folders).is_ok_and(|n| n <= FEW_HOURS);
    if few && bytes <= FEW_BYTES && counted {
        return Some(WindowFindings {
            from: first.to_string(),
            to: last.plus(1).to_string(),
            why: "every hour there is so far; `all = true` in place of both also takes what comes"
                .into(),
            span: None,
        });
    }
    // Predictions whose labels are yet to come make a poor first look.
    let labelled = last_label.map(|label| label.plus(-delay.unwrap_or(0).max(0)));
    let end = labelled.map_or(last, |labelled| labelled.clamp(first, last));
    let why = if end < last {
        "the last day whose labels have come"
    } else {
        "the last day"
    };
    Some(WindowFindings {
        from: end.plus(-23).max(first).to_string(),
        to: end.plus(1).to_string(),
        why: format!("{why}; widen it once the result looks right"),
        span,
    })
}
