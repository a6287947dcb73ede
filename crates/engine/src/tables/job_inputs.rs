//! Which input file belongs to which output of a batch transform: `x.csv` and `x.csv.out` of the same job.
//!
//! Jobs of one hour may use the same file names, and a manifest may end its prefix at any folder, so what counts is
//! how much of the paths agrees from their ends. A tie pairs with nothing: a wrong input is worse than none.

use std::collections::HashMap;

use groundline_store::{Object, Root};

/// An object that a manifest names.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// Prefix and key together.
    pub(crate) uri: String,
    /// Below the manifest's prefix.
    pub(crate) key: String,
    /// Where it is; `None` for an input that is not here.
    pub(crate) found: Option<(Root, Object)>,
}

/// For each output the number of its input.
pub(crate) fn pair(outputs: &[Named], inputs: &[Named]) -> Vec<Option<usize>> {
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, input) in inputs.iter().enumerate() {
        by_name
            .entry(last_part(&input.uri))
            .or_default()
            .push(number);
    }
    // How many parts agree, output, input.
    let mut candidates: Vec<(usize, usize, usize)> = Vec::new();
    for (number, output) in outputs.iter().enumerate() {
        let (Some(uri), Some(key)) = (
            output.uri.strip_suffix(".out"),
            output.key.strip_suffix(".out"),
        ) else {
            continue;
        };
        for input in by_name.get(last_part(uri)).into_iter().flatten() {
            let Some(source) = inputs.get(*input) else {
                continue;
            };
            if ends_with_parts(&source.uri, key) || ends_with_parts(uri, &source.key) {
                candidates.push((common_parts(uri, &source.uri), number, *input));
            }
        }
    }
    candidates.sort_unstable_by(|a, b| b.cmp(a));

    let mut pairs = vec![None; outputs.len()];
    let mut output_done = vec![false; outputs.len()];
    let mut input_done = vec![false; inputs.len()];
    for equal in candidates.chunk_by(|a, b| a.0 == b.0) {
        let open: Vec<_> = equal
            .iter()
            .filter(|(_, output, input)| !output_done[*output] && !input_done[*input])
            .collect();
        let mut of_output: HashMap<usize, u32> = HashMap::new();
        let mut of_input: HashMap<usize, u32> = HashMap::new();
        for (_, output, input) in &open {
            *of_output.entry(*output).or_default() += 1;
            *of_input.entry(*input).or_default() += 1;
        }
        for (_, output, input) in open {
            if of_output.get(output) == Some(&1) && of_input.get(input) == Some(&1) {
                pairs[*output] = Some(*input);
            }
            output_done[*output] = true;
            input_done[*input] = true;
        }
    }
    pairs
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn ends_with_parts(path: &str, end: &str) -> bool {
    path.strip_suffix(end)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

fn common_parts(a: &str, b: &str) -> usize {
    a.rsplit('/')
        .zip(b.rsplit('/'))
        .take_while(|(a, b)| a == b)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(prefix: &str, key: &str) -> Named {
        Named {
            uri: format!("{prefix}{key}"),
            key: key.to_owned(),
            found: None,
        }
    }

    #[test]
    fn the_same_job_wins_over_the_same_name() {
        let outputs = [
            named("s3://b/out/job-1/", "x.csv.out"),
            named("s3://b/out/job-2/", "x.csv.out"),
        ];
        let inputs = [named("s3://b/in/", "job-2/x.csv")];
        assert_eq!(pair(&outputs, &inputs), [None, Some(0)]);
    }

    #[test]
    fn a_tie_pairs_with_nothing() {
        let outputs = [named("s3://b/out/one/", "x.csv.out")];
        let inputs = [
            named("s3://b/in/two/", "x.csv"),
            named("s3://b/in/three/", "x.csv"),
        ];
        assert_eq!(pair(&outputs, &inputs), [None]);
    }

    #[test]
    fn an_only_candidate_pairs_whatever_its_folder() {
        let outputs = [named("s3://b/out/", "x.csv.out")];
        let inputs = [named("s3://other/sources/", "x.csv")];
        assert_eq!(pair(&outputs, &inputs), [Some(0)]);
    }
}
