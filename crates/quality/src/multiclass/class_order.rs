//! The order classes are told in.

use std::cmp::Ordering;

/// Sorts distinct classes: by number where all are finite numbers, equal ones by text, else all by text.
pub(super) fn sort(classes: &mut [&str]) {
    let numbers: Option<Vec<(f64, &str)>> = classes
        .iter()
        .map(|class| number(class).map(|number| (number, *class)))
        .collect();
    match numbers {
        Some(mut numbers) => {
            numbers.sort_by(by_number);
            for (class, (_, sorted)) in classes.iter_mut().zip(numbers) {
                *class = sorted;
            }
        }
        None => classes.sort_unstable(),
    }
}

/// Text that is a number; the words that Rust reads as one, such as `nan` and `infinity`, are classes.
fn number(class: &str) -> Option<f64> {
    class.parse().ok().filter(|number: &f64| number.is_finite())
}

fn by_number(a: &(f64, &str), b: &(f64, &str)) -> Ordering {
    a.0.total_cmp(&b.0).then_with(|| a.1.cmp(b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mut classes: Vec<&str>, expected: &[&str]) {
        sort(&mut classes);
        assert_eq!(classes, expected);
    }

    #[test]
    fn numbers_are_in_order_of_value() {
        check(vec!["10", "9", "-1", "2.5"], &["-1", "2.5", "9", "10"]);
    }

    #[test]
    fn one_word_makes_all_of_them_text() {
        check(vec!["9", "10", "cat"], &["10", "9", "cat"]);
        check(vec!["9", "10", "nan"], &["10", "9", "nan"]);
    }

    #[test]
    fn equal_numbers_are_in_order_of_text() {
        check(vec!["1e0", "1", "01"], &["01", "1", "1e0"]);
    }
}
