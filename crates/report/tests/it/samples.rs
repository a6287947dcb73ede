//! Files of SageMaker beside the repository, for those who have them.

use std::fs;
use std::path::Path;

/// The text of a sample; `None`, with a message, where the samples are not there.
#[expect(clippy::print_stderr, reason = "a test that did nothing must say so")]
pub(super) fn sample(path: &str) -> Option<String> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    if !samples.is_dir() {
        eprintln!("skipped: {path} is not here");
        return None;
    }
    Some(fs::read_to_string(samples.join(path)).unwrap())
}
