//! Texts of strangers, and metrics by names that people say.

use std::borrow::Cow;

use super::number::grouped;

/// Characters of a name, and of a sentence, that are shown.
const NAME: usize = 60;
const SENTENCE: usize = 400;

/// A name, such as a class, a key or a segment: what cannot be seen is spelled out, what is long is clipped.
pub(super) fn name(text: &str) -> String {
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    if text.chars().all(char::is_whitespace) {
        return format!("“{}”", shown(text, NAME));
    }
    shown(text, NAME)
}

/// A sentence, such as a message or a note.
pub(super) fn sentence(text: &str) -> String {
    shown(text, SENTENCE)
}

/// At most `most` characters, none of which moves or hides others.
fn shown(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == most {
            shown.push_str(&format!("… ({} bytes in all)", grouped(text.len() as u64)));
            break;
        }
        match character {
            '\n' | '\t' | '\r' => shown.push(' '),
            hidden if is_hidden(hidden) => shown.extend(hidden.escape_unicode()),
            plain => shown.push(plain),
        }
    }
    shown
}

/// Controls, marks of direction, separators and blanks without width: Unicode's Cc, and of Cf and Zl what changes how
/// its neighbours look.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// A metric as people say it: SageMaker's and ours; the user's own as they spelled it.
pub(super) fn metric(metric: &str) -> Cow<'static, str> {
    if let Some(known) = said(metric) {
        return Cow::Borrowed(known);
    }
    if let Some(of) = metric.strip_suffix("_best_constant_classifier")
        && let Some(known) = said(of)
    {
        return Cow::Owned(format!("{known}, best constant classifier"));
    }
    if let Some((of, class)) = of_class(metric)
        && let Some(known) = said(of)
    {
        return Cow::Owned(format!("{known} of {}", name(class)));
    }
    Cow::Owned(name(metric))
}

/// `recall(CLASS)`: metric and class.
pub(super) fn of_class(metric: &str) -> Option<(&str, &str)> {
    let (of, class) = metric.split_once('(')?;
    Some((of, class.strip_suffix(')')?))
}

fn said(metric: &str) -> Option<&'static str> {
    Some(match metric {
        "recall" => "Recall",
        "precision" => "Precision",
        "accuracy" => "Accuracy",
        "true_positive_rate" => "True positive rate",
        "true_negative_rate" => "True negative rate",
        "false_positive_rate" => "False positive rate",
        "false_negative_rate" => "False negative rate",
        "auc" => "AUC",
        "pr_auc" => "PR AUC",
        "f0_5" => "F0.5",
        "f1" => "F1",
        "f2" => "F2",
        "log_loss" => "Log loss",
        "brier_score" => "Brier score",
        "balanced_accuracy" => "Balanced accuracy",
        "mcc" => "MCC",
        "expected_calibration_error" => "Calibration error",
        "base_rate" => "Base rate",
        "weighted_recall" => "Weighted recall",
        "weighted_precision" => "Weighted precision",
        "weighted_f0_5" => "Weighted F0.5",
        "weighted_f1" => "Weighted F1",
        "weighted_f2" => "Weighted F2",
        "macro_recall" => "Macro recall",
        "macro_precision" => "Macro precision",
        "macro_f1" => "Macro F1",
        "support" => "Support",
        "mae" => "MAE",
        "mse" => "MSE",
        "rmse" => "RMSE",
        "r2" => "R²",
        "bias" => "Bias",
        "mape" => "MAPE",
        "median_absolute_error" => "Median absolute error",
        "residual_p05" => "Residual, 5 %",
        "residual_p25" => "Residual, 25 %",
        "residual_p50" => "Residual, median",
        "residual_p75" => "Residual, 75 %",
        "residual_p95" => "Residual, 95 %",
        "label_coverage" => "Label coverage",
        _ => return None,
    })
}

/// Whether more of a metric is better; `None` where nobody can say.
pub(super) fn more_is_better(metric: &str) -> Option<bool> {
    let of = of_class(metric).map_or(metric, |(of, _)| of);
    match of {
        "false_positive_rate"
        | "false_negative_rate"
        | "mae"
        | "mse"
        | "rmse"
        | "mape"
        | "median_absolute_error"
        | "log_loss"
        | "brier_score"
        | "expected_calibration_error" => Some(false),
        "base_rate" | "support" | "bias" => None,
        residual if residual.starts_with("residual_") => None,
        constant if constant.ends_with("_best_constant_classifier") => None,
        known if said(known).is_some() => Some(true),
        _ => None,
    }
}

/// Why there is no value, in words.
pub(super) fn reason(reason: &str) -> Cow<'static, str> {
    Cow::Borrowed(match reason {
        "no_rows" => "no row has both a prediction and a label",
        "no_positives" => "no label is of the positive class",
        "no_negatives" => "no label is of the negative class",
        "no_predicted_positives" => "nothing was predicted positive",
        "one_class" => "all labels and predictions are of one class",
        "no_probability" => "no row has a probability",
        "constant_labels" => "all labels are the same number",
        "zero_labels" => "a label is 0",
        "class_without_labels" => "the class is in no label",
        "class_without_predictions" => "the class was never predicted",
        "too_few_rows" => "too few rows",
        "overflow" => "beyond what a number can hold",
        "no_predictions" => "nothing was predicted",
        "no_value" => "the metric gave no number",
        other => return Cow::Owned(sentence(other)),
    })
}

/// `1 hour`, `3 hours`.
pub(super) fn count(number: u64, one: &str, several: &str) -> String {
    let word = if number == 1 { one } else { several };
    format!("{} {word}", grouped(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_spelled_out() {
        assert_eq!(
            name("a\u{202e}b\u{0}c\u{200b}"),
            "a\\u{202e}b\\u{0}c\\u{200b}"
        );
        assert_eq!(name("a\nb"), "a b");
        assert_eq!(name(""), "(empty)");
        assert_eq!(name("  "), "“  ”");
        assert_eq!(name("שלום"), "שלום");
    }

    #[test]
    fn ten_megabytes_are_clipped_and_say_so() {
        let long = name(&"x".repeat(10_000_000));
        assert!(long.starts_with("xxx"));
        assert!(
            long.ends_with("… (10\u{202f}000\u{202f}000 bytes in all)"),
            "{long}"
        );
        assert!(long.len() < 120);
    }

    #[test]
    fn known_metrics_have_names_and_others_their_own() {
        for (given, said) in [
            ("f0_5", "F0.5"),
            ("recall(a(b))", "Recall of a(b)"),
            (
                "f1_best_constant_classifier",
                "F1, best constant classifier",
            ),
            ("churn_cost", "churn_cost"),
        ] {
            assert_eq!(metric(given), said);
        }
        assert_eq!(more_is_better("recall(x)"), Some(true));
        assert_eq!(more_is_better("rmse"), Some(false));
        assert_eq!(more_is_better("churn_cost"), None);
    }
}
