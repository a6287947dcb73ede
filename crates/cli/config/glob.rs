//! Globs over names of models, endpoints and variants: `*`, `?` and plain text, for the whole name.

use std::collections::BTreeSet;

/// More patterns than anybody writes, and few enough to be compared with every name.
const MOST: usize = 256;

/// Says what is wrong with a glob.
pub(crate) fn check(glob: &str) -> Result<(), String> {
    if glob.is_empty() {
        return Err("a glob must not be empty; `*` matches every name".to_owned());
    }
    if glob.chars().count() > 256 {
        return Err(format!(
            "the glob of {} characters is too long",
            glob.chars().count()
        ));
    }
    match glob.chars().find(|c| "[]{}/".contains(*c)) {
        Some(c) => Err(format!(
            "`{glob}` holds `{c}`; a glob has `*` for any text and `?` for one character, and names have no `/`"
        )),
        None => Ok(()),
    }
}

/// Whether the glob matches the whole name.
pub(crate) fn matches(glob: &str, name: &str) -> bool {
    let glob: Vec<char> = glob.chars().collect();
    // reached[i]: the first i characters of the glob match the name so far.
    let mut reached = vec![false; glob.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    step_over_stars(&glob, &mut reached);
    for character in name.chars() {
        let before = reached;
        reached = vec![false; glob.len() + 1];
        for (at, pattern) in glob.iter().enumerate() {
            if !before.get(at).copied().unwrap_or(false) {
                continue;
            }
            let next = match pattern {
                '*' => at,
                '?' => at + 1,
                plain if *plain == character => at + 1,
                _ => continue,
            };
            if let Some(slot) = reached.get_mut(next) {
                *slot = true;
            }
        }
        step_over_stars(&glob, &mut reached);
    }
    reached.last().copied().unwrap_or(false)
}

/// Globs that together match exactly the names that match one of `left` and one of `right`. An empty
/// list matches everything; `Ok(None)` is that no name can match both.
pub(crate) fn both(left: &[String], right: &[String]) -> Result<Option<Vec<String>>, String> {
    if left.is_empty() || right.is_empty() {
        return Ok(Some(if left.is_empty() {
            right.to_vec()
        } else {
            left.to_vec()
        }));
    }
    let mut found = BTreeSet::new();
    for left in left {
        for right in right {
            let (left, right): (Vec<char>, Vec<char>) =
                (left.chars().collect(), right.chars().collect());
            let mut seen = BTreeSet::new();
            meet(&left, &right, String::new(), &mut seen, &mut found).map_err(|()| {
                "these globs are too alike to be combined; name the endpoints".to_owned()
            })?;
        }
    }
    Ok((!found.is_empty()).then(|| found.into_iter().collect()))
}

fn step_over_stars(glob: &[char], reached: &mut [bool]) {
    for (at, pattern) in glob.iter().enumerate() {
        if *pattern == '*'
            && reached.get(at).copied().unwrap_or(false)
            && let Some(next) = reached.get_mut(at + 1)
        {
            *next = true;
        }
    }
}

/// Walks both patterns at once and collects what they have in common; an error where that is more
/// than [`MOST`] patterns.
fn meet(
    left: &[char],
    right: &[char],
    so_far: String,
    seen: &mut BTreeSet<(usize, usize, String)>,
    found: &mut BTreeSet<String>,
) -> Result<(), ()> {
    if found.len() > MOST || seen.len() > MOST * 64 {
        return Err(());
    }
    if !seen.insert((left.len(), right.len(), so_far.clone())) {
        return Ok(());
    }
    let with = |c: char| {
        let mut text = so_far.clone();
        if c != '*' || !text.ends_with('*') {
            text.push(c);
        }
        text
    };
    match (left.split_first(), right.split_first()) {
        (None, None) => {
            found.insert(so_far);
            Ok(())
        }
        (Some(('*', l)), Some(('*', r))) => {
            meet(l, right, with('*'), seen, found)?;
            meet(left, r, with('*'), seen, found)
        }
        // The star ends here, or takes the other side's next character and goes on.
        (Some(('*', l)), other) => {
            meet(l, right, so_far.clone(), seen, found)?;
            other.map_or(Ok(()), |(c, r)| meet(left, r, with(*c), seen, found))
        }
        (other, Some(('*', r))) => {
            meet(left, r, so_far.clone(), seen, found)?;
            other.map_or(Ok(()), |(c, l)| meet(l, right, with(*c), seen, found))
        }
        (Some((a, l)), Some((b, r))) if a == b || *a == '?' || *b == '?' => {
            meet(l, r, with(if *a == '?' { *b } else { *a }), seen, found)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn globs(list: &[&str]) -> Vec<String> {
        list.iter().map(|glob| (*glob).to_owned()).collect()
    }

    #[test]
    fn a_glob_matches_the_whole_name() {
        assert!(matches("churn-*", "churn-prod") && matches("churn-*", "churn-"));
        assert!(matches("x?z", "xyz") && matches("*", "") && matches("*a*b", "aab"));
        assert!(!matches("churn-*", "a-churn-prod") && !matches("x?z", "xz") && !matches("", "a"));
        assert!(!matches(&"*a".repeat(30), &"a".repeat(29)));
    }

    #[test]
    fn the_globs_of_flag_and_file_meet_in_exactly_the_common_names() {
        let alphabet = ["a", "b", "c"];
        let mut names = vec![String::new()];
        for length in 0..4 {
            let longest: Vec<_> = names
                .iter()
                .filter(|name| name.len() == length)
                .cloned()
                .collect();
            names.extend(
                longest
                    .iter()
                    .flat_map(|name| alphabet.map(|c| format!("{name}{c}"))),
            );
        }
        let patterns = [
            "a*", "*b", "a?c", "*", "ab*", "*bc", "*a*b", "?", "c", "a*b*c", "**",
        ];
        for left in patterns {
            for right in patterns {
                let met = both(&globs(&[left]), &globs(&[right])).unwrap();
                for name in &names {
                    let expected = matches(left, name) && matches(right, name);
                    let got = met.iter().flatten().any(|glob| matches(glob, name));
                    assert_eq!(got, expected, "{left} and {right} on `{name}`: {met:?}");
                }
            }
        }
    }

    #[test]
    fn an_empty_list_is_everything_and_no_overlap_is_none() {
        assert_eq!(both(&[], &globs(&["a"])).unwrap(), Some(globs(&["a"])));
        assert_eq!(
            both(&globs(&["churn-*"]), &globs(&["churn-prod"])).unwrap(),
            Some(globs(&["churn-prod"]))
        );
        assert_eq!(
            both(&globs(&["churn-*"]), &globs(&["fraud-*"])).unwrap(),
            None
        );
    }

    #[test]
    fn combining_stays_bounded() {
        let left = "*a".repeat(60);
        let right = "*b".repeat(60);
        assert!(both(&[left], &[right]).is_err());
    }

    #[test]
    fn what_is_no_glob_is_refused() {
        for glob in ["", "a[b]", "a/b", "{a,b}"] {
            assert!(check(glob).is_err(), "{glob}");
        }
        assert_eq!(check("churn-prod-*"), Ok(()));
    }
}
