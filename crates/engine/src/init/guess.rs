//! Which kind of problem it is, and which field of the output is what.

use super::fields::{Leaf, Profile, Profiles};
use super::findings::Proposal;
use super::label_kind::{LabelKind, positive_of};
use super::rank::{CLASSES, VALUES, best_class, best_probability, enough, name_rank, rank};
use super::scores::correlation;

/// One output record with the label of its event.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) leaves: Vec<Leaf>,
    /// As a class.
    pub(super) label: String,
}

/// What the guess is made from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence<'a> {
    pub(super) outputs: &'a Profiles,
    /// Rows of transforms that may begin with the inputs: only their end can be the output.
    pub(super) joined: bool,
    pub(super) labels: &'a Profile,
    pub(super) pairs: &'a [Pair],
}

/// What is proposed.
#[derive(Clone, Debug, Default)]
pub(super) struct Guess {
    pub(super) problem_type: Option<&'static str>,
    pub(super) probability: Option<String>,
    pub(super) inference: Option<String>,
    pub(super) settings: Vec<Proposal>,
    pub(super) notes: Vec<String>,
}

impl Guess {
    /// The selectors that every output must have a value for.
    pub(super) fn attributes(&self) -> Vec<&str> {
        let attributes = [self.probability.as_deref(), self.inference.as_deref()];
        attributes.into_iter().flatten().collect()
    }

    fn set(&mut self, key: &'static str, value: &str, why: String) {
        self.settings.push(Proposal::new(key, value, why));
    }
}

/// Proposes a problem type and attributes; what cannot be told is a note and stays open.
pub(super) fn guess(evidence: Evidence<'_>) -> Guess {
    let kind = LabelKind::of(evidence.labels);
    let candidates = candidates(&evidence);
    let mut guess = Guess::default();
    if candidates.is_empty() {
        if evidence.outputs.records > 0 {
            guess.notes.push(
                "no field has a value in nearly all outputs, so no attribute is proposed".into(),
            );
        }
        return guess;
    }
    match kind {
        LabelKind::Continuous => regression(&evidence, &candidates, &mut guess),
        LabelKind::Few => {
            multiclass(&evidence, &candidates, &mut guess);
        }
        LabelKind::Two(..) | LabelKind::One(_) => binary(&evidence, &kind, &candidates, &mut guess),
        LabelKind::Unclear | LabelKind::None => {
            unlabelled(&evidence, &kind, &candidates, &mut guess)
        }
    }
    guess
}

/// The fields that can be an attribute.
fn candidates<'a>(evidence: &Evidence<'a>) -> Vec<&'a Profile> {
    let reliable: Vec<&Profile> = evidence.outputs.reliable().collect();
    if !evidence.joined {
        return reliable;
    }
    // Of a row with inputs before it only the last column is surely the output.
    let last = if reliable.len() <= 2 { 2 } else { 1 };
    reliable.into_iter().rev().take(last).rev().collect()
}

fn binary(evidence: &Evidence<'_>, kind: &LabelKind, found: &[&Profile], guess: &mut Guess) {
    let classes = kind.classes();
    let positive = positive_of(&classes);
    let probability = best_probability(evidence, found, positive.as_deref());
    let inference = best_class(evidence, found);
    let negative = classes
        .iter()
        .find(|class| Some(*class) != positive.as_ref());
    let plain = classes.iter().all(|class| class == "0" || class == "1");
    if probability.is_none() && inference.is_none() {
        guess.notes.push(format!(
            "the labels have {}, but no field of the output looks like a probability or a class; \
             problem_type stays open",
            kind.describe()
        ));
        return;
    }
    guess.problem_type = Some("BinaryClassification");
    guess.set(
        "problem_type",
        "BinaryClassification",
        format!("the labels have {}", kind.describe()),
    );
    if let Some((field, why)) = probability {
        guess.probability = Some(field.path.clone());
        guess.set("probability_attribute", &field.path, why);
    }
    if let Some((field, why)) = inference {
        guess.inference = Some(field.path.clone());
        guess.set("inference_attribute", &field.path, why);
    }
    if let (false, Some(positive)) = (plain, &positive) {
        let other = negative.map_or(String::new(), |class| format!(", the other is {class}"));
        guess.set(
            "positive_class",
            positive,
            format!("by its name{other}; swap the two if it is the other way round"),
        );
        if let Some(negative) = negative {
            guess.set(
                "negative_class",
                negative,
                "the other class of the labels".into(),
            );
        }
    }
}

fn multiclass(evidence: &Evidence<'_>, found: &[&Profile], guess: &mut Guess) {
    let classes = evidence.labels.classes.len();
    if let Some((field, why)) = best_class(evidence, found) {
        guess.problem_type = Some("MulticlassClassification");
        guess.inference = Some(field.path.clone());
        guess.set(
            "problem_type",
            "MulticlassClassification",
            format!("the labels have {classes} classes"),
        );
        guess.set("inference_attribute", &field.path, why);
        return;
    }
    // Whole numbers as labels and a number as output: a count or a rating is estimated.
    let number = found
        .iter()
        .any(|field| field.is_numeric() && !field.is_whole() && !field.is_probability());
    if evidence.labels.is_numeric() && number {
        return regression(evidence, found, guess);
    }
    guess.notes.push(format!(
        "the labels have {classes} classes, but no field of the output names one; problem_type stays open"
    ));
}

fn regression(evidence: &Evidence<'_>, found: &[&Profile], guess: &mut Guess) {
    let numbers = found.iter().copied().filter(|field| field.is_numeric());
    let best = numbers
        .map(|field| {
            let fit = correlation(evidence.pairs, &field.path).filter(|_| enough(evidence));
            (
                rank(fit.map_or(0.0, f64::abs), name_rank(&field.path, VALUES)),
                field,
                fit,
            )
        })
        .max_by_key(|(rank, _, _)| *rank);
    let Some((_, field, fit)) = best else {
        guess.notes.push(
            "the labels are numbers, but no field of the output is one; problem_type stays open"
                .into(),
        );
        return;
    };
    guess.problem_type = Some("Regression");
    guess.inference = Some(field.path.clone());
    let labels = evidence.labels;
    guess.set(
        "problem_type",
        "Regression",
        format!(
            "the labels are numbers from {} to {}",
            labels.least, labels.most
        ),
    );
    let range = format!("numbers from {} to {}", field.least, field.most);
    let why = match fit {
        Some(fit) => format!(
            "{range}; correlation with {} labels {fit:.2}",
            evidence.pairs.len()
        ),
        None => range,
    };
    guess.set("inference_attribute", &field.path, why);
}

/// Without labels that tell: what the outputs say by themselves.
fn unlabelled(evidence: &Evidence<'_>, kind: &LabelKind, found: &[&Profile], guess: &mut Guess) {
    guess.notes.push(match kind {
        LabelKind::None => "no label was seen, so the outputs alone were looked at".into(),
        _ => "the labels seen are neither few classes nor plainly numbers; look at problem_type"
            .into(),
    });
    if let Some((field, why)) = best_probability(evidence, found, None) {
        guess.problem_type = Some("BinaryClassification");
        guess.probability = Some(field.path.clone());
        guess.set(
            "problem_type",
            "BinaryClassification",
            "an output is a probability".into(),
        );
        guess.set("probability_attribute", &field.path, why);
    }
    let named = |field: &Profile| name_rank(&field.path, CLASSES) > 0;
    if let Some((field, why)) = best_class(evidence, found).filter(|(field, _)| named(field)) {
        guess.inference = Some(field.path.clone());
        guess.set("inference_attribute", &field.path, why);
    }
    if guess.attributes().is_empty() {
        guess.notes.push(
            "no field of the output is plainly a probability or a predicted class; problem_type stays open".into(),
        );
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use groundline_capture::Encoding;

    use super::*;
    use crate::init::fields::{last_columns, leaves};

    /// The guess over outputs of one encoding, each with its label; an empty label is none.
    fn of(encoding: Encoding, joined: bool, records: &[(&str, &str)]) -> Guess {
        let (mut outputs, mut labels) = (Profiles::default(), Profile::new("label"));
        let mut pairs = Vec::new();
        for (output, label) in records {
            let leaves = if joined {
                last_columns(output)
            } else {
                leaves(output, encoding)
            };
            outputs.add(&leaves);
            if !label.is_empty() {
                labels.add(Some(label));
                let label = (*label).to_owned();
                pairs.push(Pair { leaves, label });
            }
        }
        guess(Evidence {
            outputs: &outputs,
            joined,
            labels: &labels,
            pairs: &pairs,
        })
    }

    fn settings(guess: &Guess) -> Vec<String> {
        let lines = guess.settings.iter();
        lines
            .map(|line| format!("{}={}", line.key, line.value))
            .collect()
    }

    #[test]
    fn a_number_between_0_and_1_and_two_classes_are_binary() {
        let guess = of(
            Encoding::Csv,
            false,
            &[("0.9", "1"), ("0.2", "0"), ("0.4", "0")],
        );
        assert_eq!(
            settings(&guess),
            [
                "problem_type=BinaryClassification",
                "probability_attribute=0"
            ]
        );
    }

    #[test]
    fn score_and_predicted_label_are_both_found() {
        let record = r#"{"score":0.9,"predicted_label":1,"version":1}"#;
        let other = r#"{"score":0.1,"predicted_label":0,"version":1}"#;
        let guess = of(Encoding::Json, false, &[(record, "1"), (other, "0")]);
        assert_eq!(
            settings(&guess),
            [
                "problem_type=BinaryClassification",
                "probability_attribute=score",
                "inference_attribute=predicted_label"
            ]
        );
    }

    #[test]
    fn classes_that_are_not_0_and_1_are_named() {
        let guess = of(Encoding::Csv, false, &[("0.9", "True."), ("0.2", "False.")]);
        assert_eq!(
            settings(&guess)[2..],
            ["positive_class=True.", "negative_class=False."]
        );
    }

    #[test]
    fn the_last_column_of_a_joined_row_is_the_output() {
        let guess = of(
            Encoding::Csv,
            true,
            &[("7,1,0.5,0.9", "1"), ("8,0,0.1,0.2", "0")],
        );
        assert_eq!(guess.probability.unwrap(), "-1");
    }

    #[test]
    fn numbers_as_labels_are_regression() {
        let guess = of(
            Encoding::Csv,
            false,
            &[("101.5", "99.5"), ("88.25", "90.1")],
        );
        assert_eq!(
            settings(&guess),
            ["problem_type=Regression", "inference_attribute=0"]
        );
    }

    #[test]
    fn several_classes_that_come_again_are_multiclass() {
        let records: Vec<_> = (0..30)
            .map(|n| {
                [
                    ("setosa", "setosa"),
                    ("virginica", "virginica"),
                    ("versicolor", "setosa"),
                ][n % 3]
            })
            .chain([("versicolor", "versicolor"), ("setosa", "versicolor")])
            .collect();
        let guess = of(Encoding::Csv, false, &records);
        assert_eq!(
            settings(&guess),
            [
                "problem_type=MulticlassClassification",
                "inference_attribute=0"
            ]
        );
    }

    #[test]
    fn of_two_probabilities_that_add_up_to_1_the_second_is_taken() {
        let guess = of(
            Encoding::Json,
            false,
            &[("[0.25,0.75]", "1"), ("[0.9,0.1]", "0")],
        );
        assert_eq!(guess.probability.unwrap(), "1");
    }

    #[test]
    fn what_the_labels_follow_goes_before_a_name() {
        let records: Vec<(String, &str)> = (0..40)
            .map(|n| {
                let (p, label) = if n % 2 == 0 { (0.9, "1") } else { (0.1, "0") };
                let noise = f64::from(n % 7) / 10.0;
                (format!(r#"{{"score":{noise},"p1":{p}}}"#), label)
            })
            .collect();
        let records: Vec<_> = records.iter().map(|(r, l)| (r.as_str(), *l)).collect();
        let guess = of(Encoding::Json, false, &records);
        assert_eq!(guess.probability.unwrap(), "p1");
    }

    #[test]
    fn what_cannot_be_told_stays_open_with_a_note() {
        let guess = of(
            Encoding::Csv,
            false,
            &[("hello there", "1"), ("good day", "0")],
        );
        assert!(guess.settings.is_empty());
        assert!(
            guess.notes[0].contains("problem_type stays open"),
            "{:?}",
            guess.notes
        );
    }

    #[test]
    fn without_labels_the_outputs_are_looked_at() {
        let guess = of(Encoding::Csv, false, &[("0.9", ""), ("0.2", "")]);
        assert_eq!(
            settings(&guess),
            [
                "problem_type=BinaryClassification",
                "probability_attribute=0"
            ]
        );
    }
}
