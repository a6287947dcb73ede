//! Globs over endpoint and variant names; a glob matches the whole name.

use glob::Pattern;

use crate::error::EngineError;

/// Matches a name against any of some globs; none at all matches everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Globs(Vec<Pattern>);

impl Globs {
    pub(crate) fn new(globs: &[String]) -> Result<Self, EngineError> {
        globs
            .iter()
            .map(|glob| {
                Pattern::new(glob).map_err(|e| EngineError::Glob {
                    glob: glob.clone(),
                    reason: e.to_string(),
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|glob| glob.matches(name))
    }

    /// The globs as an error names them.
    pub(crate) fn describe(&self) -> String {
        self.0
            .iter()
            .map(|g| format!("`{g}`"))
            .collect::<Vec<_>>()
            .join(", ")
    }
}
