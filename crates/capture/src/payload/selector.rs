//! Selectors: which value of a record's payload.

use std::fmt;
use std::str::FromStr;

/// A CSV column index or a path into JSON.
///
/// `0`, `-1` (from the end); `score`, `a.b[0].c`, `$.a.b`, `a['b c']`, `/a/b/0`, `predictions[*].score`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Selector {
    text: String,
    /// Set when the whole selector is an integer.
    column: Option<i64>,
    steps: Vec<Step>,
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// A member by name; where the value is an array and the name is a number, that element.
    Name { name: String, index: Option<i64> },
    /// An array element, negative from the end.
    Index(i64),
    /// Every element of an array.
    All,
}

/// A selector that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "selector `{selector}`: {problem} at character {at}; accepted are a column index (0, -1), \
     a path (score, a.b[0].c, $.a.b, a['b c'], predictions[*].score) and a JSON Pointer (/a/b/0)"
)]
pub struct SelectorError {
    /// The text as given.
    pub selector: String,
    /// What is wrong.
    pub problem: &'static str,
    /// Where, in characters from 1.
    pub at: usize,
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// The text is none of the accepted forms; the error says what is wrong and where.
    pub fn parse(text: &str) -> Result<Selector, SelectorError> {
        let trimmed = text.trim();
        let fail = |(problem, offset): Problem| SelectorError {
            selector: text.to_owned(),
            problem,
            at: trimmed.get(..offset).map_or(0, |t| t.chars().count()) + 1,
        };
        let column = integer(trimmed);
        let steps = match trimmed.strip_prefix('/') {
            _ if trimmed.is_empty() => return Err(fail(("nothing to select", 0))),
            Some(pointer) => pointer_steps(pointer).map_err(fail)?,
            None if column.is_some() => vec![name_step(trimmed)],
            None => path_steps(trimmed).map_err(fail)?,
        };
        if steps.len() > MOST_STEPS {
            return Err(fail(("too many steps", 0)));
        }
        Ok(Selector {
            text: trimmed.to_owned(),
            column,
            steps,
        })
    }

    /// The selector as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The CSV column, if the selector is one.
    pub(crate) fn column(&self) -> Option<i64> {
        self.column
    }

    /// Whether the selector yields a list over the elements of another.
    pub(crate) fn projects(&self) -> bool {
        self.steps.contains(&Step::All)
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Selector, SelectorError> {
        Selector::parse(text)
    }
}

/// What is wrong, and the byte where.
type Problem = (&'static str, usize);

/// Evaluation recurses once a step.
const MOST_STEPS: usize = 64;

fn pointer_steps(pointer: &str) -> Result<Vec<Step>, Problem> {
    let mut steps = Vec::new();
    let mut offset = 1;
    for token in pointer.split('/') {
        let mut rest = token;
        while let Some(at) = rest.find('~') {
            rest = rest.get(at + 1..).unwrap_or_default();
            if !rest.starts_with(['0', '1']) {
                return Err(("`~` must be followed by 0 or 1", offset));
            }
        }
        steps.push(name_step(&token.replace("~1", "/").replace("~0", "~")));
        offset += token.len() + 1;
    }
    Ok(steps)
}

fn path_steps(text: &str) -> Result<Vec<Step>, Problem> {
    let mut steps = Vec::new();
    let mut rest = text;
    // A name may stand without a dot only at the start.
    let mut name_may_follow = true;
    if let Some(after) = text.strip_prefix('$')
        && (after.is_empty() || after.starts_with(['.', '[']))
    {
        rest = after;
        name_may_follow = false;
    }
    while !rest.is_empty() {
        let at = text.len() - rest.len();
        if let Some(bracket) = rest.strip_prefix('[') {
            let (step, after) = bracket_step(bracket).map_err(|problem| (problem, at))?;
            steps.push(step);
            rest = after;
        } else {
            let name = match rest.strip_prefix('.') {
                Some(_) if name_may_follow => return Err(("a name is missing before `.`", at)),
                Some(name) => name,
                None if name_may_follow => rest,
                None => return Err(("expected `.` or `[`", at)),
            };
            let end = name.find(['.', '[', ']']).unwrap_or(name.len());
            let (name, after) = name.split_at_checked(end).unwrap_or((name, ""));
            if name.is_empty() {
                return Err(("a name is missing", text.len() - after.len()));
            }
            if after.starts_with(']') {
                return Err(("`]` without `[`", text.len() - after.len()));
            }
            if name == "*" {
                return Err(("`*` stands only inside brackets", at));
            }
            steps.push(name_step(name));
            rest = after;
        }
        name_may_follow = false;
    }
    Ok(steps)
}

/// What stands after `[`, and the rest after `]`.
fn bracket_step(text: &str) -> Result<(Step, &str), &'static str> {
    for quote in ['\'', '"'] {
        let Some(inner) = text.strip_prefix(quote) else {
            continue;
        };
        let (name, after) = inner
            .split_once(quote)
            .ok_or("the quote of a name does not close")?;
        let after = after
            .strip_prefix(']')
            .ok_or("expected `]` after the quoted name")?;
        let name = name.to_owned();
        return Ok((Step::Name { name, index: None }, after));
    }
    let (inside, after) = text.split_once(']').ok_or("`[` does not close")?;
    if inside == "*" {
        return Ok((Step::All, after));
    }
    match integer(inside) {
        Some(index) => Ok((Step::Index(index), after)),
        None => Err("expected a number, `*` or a quoted name inside brackets"),
    }
}

fn name_step(name: &str) -> Step {
    Step::Name {
        index: integer(name),
        name: name.to_owned(),
    }
}

fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain =
        !digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn name(name: &str) -> Step {
        name_step(name)
    }

    #[track_caller]
    fn check(text: &str, column: Option<i64>, steps: &[Step]) {
        let selector = Selector::parse(text).unwrap();
        assert_eq!(selector.column, column);
        assert_eq!(selector.steps, steps);
        assert_eq!(selector.to_string(), text.trim());
    }

    #[test]
    fn every_accepted_form_is_read() {
        check("0", Some(0), &[name("0")]);
        check(" -1 ", Some(-1), &[name("-1")]);
        check("score", None, &[name("score")]);
        check(
            "a.b[0].c",
            None,
            &[name("a"), name("b"), Step::Index(0), name("c")],
        );
        check("$.a.b", None, &[name("a"), name("b")]);
        check("$", None, &[]);
        check("$x", None, &[name("$x")]);
        check(
            "$[1]['b c']",
            None,
            &[
                Step::Index(1),
                Step::Name {
                    name: "b c".into(),
                    index: None,
                },
            ],
        );
        check(
            "a[\"x.y\"][-2]",
            None,
            &[
                name("a"),
                Step::Name {
                    name: "x.y".into(),
                    index: None,
                },
                Step::Index(-2),
            ],
        );
        check(
            "predictions[*].score",
            None,
            &[name("predictions"), Step::All, name("score")],
        );
        check("/a~1b/0/~0", None, &[name("a/b"), name("0"), name("~")]);
        check("with space-and-é", None, &[name("with space-and-é")]);
    }

    #[test]
    fn a_wrong_selector_says_what_and_where() {
        for (text, problem, at) in [
            ("", "nothing to select", 1),
            ("  ", "nothing to select", 1),
            ("a..b", "a name is missing", 3),
            (".a", "a name is missing before `.`", 1),
            ("a.", "a name is missing", 3),
            ("a[", "`[` does not close", 2),
            (
                "a[x]",
                "expected a number, `*` or a quoted name inside brackets",
                2,
            ),
            ("a[0]b", "expected `.` or `[`", 5),
            ("é['b]", "the quote of a name does not close", 2),
            ("a['b'", "expected `]` after the quoted name", 2),
            ("a]b", "`]` without `[`", 2),
            ("a.*", "`*` stands only inside brackets", 2),
            ("/a/~2", "`~` must be followed by 0 or 1", 4),
        ] {
            let error = Selector::parse(text).unwrap_err();
            assert_eq!((error.problem, error.at), (problem, at), "{text}");
            assert!(error.to_string().contains("predictions[*].score"));
        }
    }
}
