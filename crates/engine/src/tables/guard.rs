//! Keeps a forgotten condition on `hour` from reading a whole bucket.

use datafusion::catalog::Session;
use datafusion::prelude::SessionContext;
use groundline_store::Hour;

use super::input::Input;
use crate::error::EngineError;

/// Rows that can be had with a `LIMIT` and no condition: a look at the first objects, not at all of them.
const LOOK: usize = 1000;

/// Whether tables of remote stores may be read without a condition that chooses hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Guard {
    /// They may: the window of a run says what is read, or the user has said `--all`.
    #[default]
    Open,
    /// They may not.
    Closed,
}

/// Mark of a session whose plans are only shown.
struct ShownOnly;

/// A context with the same tables, whose plans are shown and not run: nothing is refused.
pub(crate) fn shown_only(context: &SessionContext) -> SessionContext {
    let mut state = context.state();
    state
        .config_mut()
        .set_extension(std::sync::Arc::new(ShownOnly));
    SessionContext::new_with_state(state)
}

impl Guard {
    /// Whether `inputs` may be scanned whatever hours they are of: they are local, or few rows are wanted.
    pub(crate) fn allows(
        self,
        inputs: &[Input],
        limit: Option<usize>,
        state: &dyn Session,
    ) -> bool {
        self == Self::Open
            || limit.is_some_and(|rows| rows <= LOOK)
            || state.config().get_extension::<ShownOnly>().is_some()
            || !inputs.iter().any(Input::is_fetched)
    }
}

/// What is said of a scan that would read all of `inputs`.
pub(crate) fn refusal(table: &'static str, inputs: &[Input]) -> EngineError {
    let remote = || inputs.iter().filter(|input| input.is_fetched());
    let hours = || remote().map(|input| input.hour);
    let root = remote().next().map(|input| input.root.display().to_owned());
    EngineError::WholeStore {
        table,
        root: root.unwrap_or_default(),
        files: remote().count() as u64,
        bytes: remote().map(|input| input.object.size).sum(),
        first: hours().min().unwrap_or(Hour::from_micros(0)),
        last: hours().max().unwrap_or(Hour::from_micros(0)),
    }
}

/// `1,234`
pub(crate) fn thousands(number: &u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1.2 GB`; a unit is a thousand of the one before, as bills have it.
pub(crate) fn amount(bytes: &u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let mut value = *bytes as f64;
    let mut shown = "bytes";
    for unit in UNITS {
        // What would be shown as 1000.0 is one of the next.
        if value < 999.95 {
            break;
        }
        value /= 1000.0;
        shown = unit;
    }
    match shown {
        "bytes" => format!("{bytes} bytes"),
        unit => format!("{value:.1} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_read_well() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(thousands(&number), text);
        }
        for (bytes, text) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (1_250_000_000, "1.2 GB"),
            (999_999, "1.0 MB"),
            (5_000_000_000_000_000, "5000.0 TB"),
        ] {
            assert_eq!(amount(&bytes), text);
        }
    }
}
