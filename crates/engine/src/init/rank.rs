//! Which of several fields is the likeliest: by what the labels say of it, then by its name.

use super::fields::Profile;
use super::guess::Evidence;
use super::scores::{agreement, area};

/// Labelled records that are enough to prefer a field by what it says about the labels.
const ENOUGH: usize = 20;

/// Names of probabilities, best first.
const PROBABILITIES: &[&str] = &["probab", "proba", "prob", "score", "confidence"];
/// Names of predicted classes, best first.
pub(super) const CLASSES: &[&str] = &[
    "predicted_label",
    "predicted_class",
    "predicted",
    "prediction",
    "label",
    "class",
];
/// Names of predicted numbers, best first.
pub(super) const VALUES: &[&str] = &["prediction", "predicted", "value", "score", "output"];

/// The better, the larger; 0 for a name that says nothing.
pub(super) fn name_rank(path: &str, names: &[&str]) -> usize {
    let path = path.to_lowercase();
    let place = names.iter().position(|name| path.contains(name));
    place.map_or(0, |place| names.len() - place)
}

/// What the labels say goes before the name.
pub(super) fn rank(fit: f64, name: usize) -> (i64, usize) {
    ((fit * 20.0).round() as i64, name)
}

/// Whether what the labels say of a field is more than chance.
pub(super) fn enough(evidence: &Evidence<'_>) -> bool {
    evidence.pairs.len() >= ENOUGH
}

/// The field that is most likely the probability of the positive class, and why.
pub(super) fn best_probability<'a>(
    evidence: &Evidence<'_>,
    found: &[&'a Profile],
    positive: Option<&str>,
) -> Option<(&'a Profile, String)> {
    let mut probable: Vec<&Profile> = found
        .iter()
        .copied()
        .filter(|field| field.is_probability())
        .collect();
    // Of both classes' probabilities, which add up to 1, the second is the positive one's.
    if let [first, second] = probable.as_slice()
        && (first.least + second.most - 1.0).abs() < 1e-6
        && (first.most + second.least - 1.0).abs() < 1e-6
        && name_rank(&first.path, PROBABILITIES) == name_rank(&second.path, PROBABILITIES)
    {
        probable = vec![second];
    }
    let (_, field, area) = probable
        .into_iter()
        .map(|field| {
            let area = positive
                .filter(|_| enough(evidence))
                .and_then(|positive| area(evidence.pairs, &field.path, positive));
            let name = name_rank(&field.path, PROBABILITIES);
            (rank(area.unwrap_or(0.5), name), field, area)
        })
        .rev()
        .max_by_key(|(rank, _, _)| *rank)?;
    let mut why = format!("numbers from {} to {}", field.least, field.most);
    if let Some(area) = area {
        why.push_str(&format!(
            "; area under the curve over {} labelled records {area:.2}",
            evidence.pairs.len()
        ));
        if area < 0.3 {
            why.push_str(": perhaps the probability of the other class");
        }
    }
    Some((field, why))
}

/// The field that is most likely the predicted class, and why.
pub(super) fn best_class<'a>(
    evidence: &Evidence<'_>,
    found: &[&'a Profile],
) -> Option<(&'a Profile, String)> {
    let labels = &evidence.labels.classes;
    let (_, field, agree) = found
        .iter()
        .copied()
        .filter(|field| field.is_class())
        .filter_map(|field| {
            let name = name_rank(&field.path, CLASSES);
            let shared =
                !labels.is_empty() && field.classes.keys().all(|class| labels.contains_key(class));
            let alone = found.len() == 1;
            if name == 0 && !(shared && alone) && !(shared && enough(evidence)) {
                return None;
            }
            let agree = agreement(evidence.pairs, &field.path).filter(|_| enough(evidence));
            // A field that says nothing about the labels and has no telling name is a feature or a version.
            if name == 0 && agree.is_some_and(|agree| agree < 0.6) && !alone {
                return None;
            }
            Some((
                (usize::from(shared), rank(agree.unwrap_or(0.5), name)),
                field,
                agree,
            ))
        })
        .rev()
        .max_by_key(|(rank, _, _)| *rank)?;
    let mut classes: Vec<&str> = field.classes.keys().map(String::as_str).take(6).collect();
    if field.classes.len() > classes.len() {
        classes.push("…");
    }
    let mut why = format!("values {}", classes.join(", "));
    if let Some(agree) = agree {
        why.push_str(&format!(
            "; equal to {:.0} % of {} labels",
            agree * 100.0,
            evidence.pairs.len()
        ));
    }
    Some((field, why))
}
