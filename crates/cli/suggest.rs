//! "Did you mean": the nearest of the words that would have been right.

/// The candidate that a misspelt word most likely stands for; `None` when nothing is near.
/// Case and the difference between `-` and `_` do not count.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // A longer word is no misspelling, and comparing it would cost time.
    if word.len() > 64 {
        return None;
    }
    let word = folded(word);
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&word, &folded(candidate)),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean `x`?`, or nothing.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> String {
    nearest(word, candidates)
        .map(|near| format!("; did you mean `{near}`?"))
        .unwrap_or_default()
}

fn folded(word: &str) -> String {
    word.to_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swapped_or_missing_letter_finds_the_word() {
        let keys = ["labels", "label_lead", "captures"];
        assert_eq!(nearest("lables", keys), Some("labels"));
        assert_eq!(nearest("capture", keys), Some("captures"));
        assert_eq!(nearest("LABEL-LEAD", keys), Some("label_lead"));
    }

    #[test]
    fn a_word_that_is_near_nothing_finds_nothing() {
        assert_eq!(nearest("schedule", ["labels", "captures"]), None);
        assert_eq!(nearest(&"labels".repeat(20), ["labels"]), None);
        assert_eq!(nearest("", ["labels"]), None);
        assert_eq!(did_you_mean("x", ["labels"]), "");
    }
}
