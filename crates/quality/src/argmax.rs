//! The predicted class where the prediction is a list of probabilities.

use std::borrow::Cow;

use thiserror::Error;

/// Probabilities of one row beyond which the list is taken for something else.
pub const MOST_PROBABILITIES: usize = 10_000;

/// A list that cannot be one probability for each class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ArgmaxError {
    /// The list and the names of the classes differ in length, so that no index can be trusted.
    #[error(
        "a prediction is a list of {probabilities} probabilities, but {names} classes are named"
    )]
    Names { probabilities: usize, names: usize },
    /// More than [`MOST_PROBABILITIES`] numbers.
    #[error(
        "a prediction is a list of more than {MOST_PROBABILITIES} numbers; is it a class or its probabilities?"
    )]
    TooLong,
}

/// The class of the largest probability, the first of equal ones: its name, or its index from 0 where `names` is empty.
///
/// A list is a JSON array of two or more numbers, or two or more numbers between commas. `None` for anything else: a
/// class as it stands.
///
/// # Errors
/// [`ArgmaxError`] where the list is not one number for each name, or too long.
pub fn argmax<'n>(text: &str, names: &'n [String]) -> Result<Option<Cow<'n, str>>, ArgmaxError> {
    let text = text.trim();
    let list = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let mut largest: Option<(usize, f64)> = None;
    let mut count = 0;
    for (index, entry) in list.split(',').enumerate() {
        let Some(number) = number(entry) else {
            return Ok(None);
        };
        count = index + 1;
        if count > MOST_PROBABILITIES {
            return Err(ArgmaxError::TooLong);
        }
        if largest.is_none_or(|(_, most)| number > most) {
            largest = Some((index, number));
        }
    }
    let Some((index, _)) = largest.filter(|_| count >= 2) else {
        return Ok(None);
    };
    if names.is_empty() {
        return Ok(Some(Cow::Owned(index.to_string())));
    }
    match names.get(index) {
        Some(name) if names.len() == count => Ok(Some(Cow::Borrowed(name))),
        _ => Err(ArgmaxError::Names {
            probabilities: count,
            names: names.len(),
        }),
    }
}

fn number(entry: &str) -> Option<f64> {
    entry
        .trim()
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let class = argmax(text, &[]).map(|class| class.map(Cow::into_owned));
        assert_eq!(class, Ok(expected.map(str::to_owned)), "{text}");
    }

    #[test]
    fn a_list_becomes_the_index_of_its_largest() {
        check("[0.1, 0.7, 0.2]", Some("1"));
        check("0.1,0.7,0.2", Some("1"));
        check(" [1e-05,2E-5] ", Some("1"));
        check("-3, -1, -2", Some("1"));
    }

    #[test]
    fn the_first_of_equal_ones_wins() {
        check("[0.4,0.4,0.2]", Some("0"));
        check("0,-0.0", Some("0"));
    }

    #[test]
    fn a_class_stays() {
        for class in [
            "",
            "1",
            "[1]",
            "cat",
            "[]",
            "a,b",
            "0.1,",
            "0.1,x",
            "[[0.1,0.9]]",
            "nan,1",
            "inf,1",
            "[0.1,0.9",
            "{}",
        ] {
            // "[0.1,0.9" has one bracket only: its first entry is no number.
            check(class, None);
        }
    }

    #[test]
    fn names_stand_for_indices() {
        let names = ["cat".to_owned(), "dog".to_owned()];
        assert_eq!(argmax("0.2,0.8", &names), Ok(Some(Cow::Borrowed("dog"))));
        assert_eq!(argmax("bird", &names), Ok(None));
    }

    #[test]
    fn a_list_of_another_length_than_the_names_is_an_error() {
        let names = ["cat".to_owned(), "dog".to_owned()];
        let error = argmax("0.9,0.1,0.0", &names).map_err(|error| error.to_string());
        let expected = "a prediction is a list of 3 probabilities, but 2 classes are named";
        assert_eq!(error, Err(expected.to_owned()));
    }

    #[test]
    fn a_list_beyond_the_bound_is_an_error() {
        let most = vec!["0"; MOST_PROBABILITIES].join(",");
        assert_eq!(argmax(&most, &[]), Ok(Some(Cow::Borrowed("0"))));
        assert_eq!(argmax(&format!("{most},0"), &[]), Err(ArgmaxError::TooLong));
    }
}
