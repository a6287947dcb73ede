//! The exit message, from whose first word SageMaker takes the state of an execution (formats.md 7.3).

/// SageMaker's limit of an ExitMessage.
pub const MOST_CHARACTERS: usize = 1024;

/// The message of an analysis that ended. SageMaker's own text for one violation is not known: the plural is kept, so
/// that whoever reads the number by a pattern goes on.
pub fn completed(violations: usize) -> String {
    match violations {
        0 => "Completed: Job completed successfully with no violations.".to_owned(),
        count => {
            format!("CompletedWithViolations: Job completed successfully with {count} violations.")
        }
    }
}

/// The message of a job that failed: what and what to do, on lines of their own. Its first word is no state of success.
pub fn failed(lines: &[String]) -> String {
    let text = format!("Failed: {}", lines.join("\n"));
    match text.char_indices().nth(MOST_CHARACTERS) {
        None => text,
        Some(_) => text
            .chars()
            .take(MOST_CHARACTERS - 1)
            .chain(std::iter::once('…'))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_sagemakers_word_for_word() {
        assert_eq!(
            completed(10),
            "CompletedWithViolations: Job completed successfully with 10 violations."
        );
        assert_eq!(
            completed(0),
            "Completed: Job completed successfully with no violations."
        );
    }

    #[test]
    fn a_long_failure_is_cut_to_what_sagemaker_takes() {
        let text = failed(&["é".repeat(5000)]);
        assert_eq!(text.chars().count(), MOST_CHARACTERS);
        assert!(text.starts_with("Failed: é") && text.ends_with('…'));
        assert_eq!(failed(&["a".into(), "b".into()]), "Failed: a\nb");
    }
}
