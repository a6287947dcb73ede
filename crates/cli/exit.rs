//! What the process says when it ends (design.md "Command line").

use clap::ValueEnum;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitStatus {
    /// Everything was done.
    Clean,
    /// The command failed.
    Failed,
    /// Arguments, environment or configuration are wrong.
    Usage,
    /// Everything was done, and constraints are violated.
    Violations,
    /// Some hours were written, some failed.
    Part,
    /// The window holds no input.
    NoInput,
    /// Stopped by Ctrl-C; what was complete stays, and the next run does the rest.
    Interrupted,
}

impl ExitStatus {
    /// The number that scripts see.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Violations => 3,
            Self::Part => 4,
            Self::NoInput => 5,
            Self::Interrupted => 130,
        }
    }

    /// The status after `--ok`: what the caller accepts counts as clean.
    pub(crate) fn accepting(self, accepted: &[Accepted]) -> Self {
        let asks = match self {
            Self::NoInput => Accepted::NoInput,
            Self::Violations => Accepted::Violations,
            _ => return self,
        };
        match accepted.contains(&asks) {
            true => Self::Clean,
            false => self,
        }
    }
}

/// An outcome that `--ok` turns into status 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Accepted {
    /// Status 3: constraints were violated.
    Violations,
    /// Status 5: the window holds no input.
    NoInput,
}

impl Accepted {
    /// As it is written after `--ok`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Violations => "violations",
            Self::NoInput => "no-input",
        }
    }

    /// Of the environment, where clap does not look.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        [Self::Violations, Self::NoInput]
            .into_iter()
            .find(|accepted| accepted.name() == text)
            .ok_or_else(|| format!("`{text}` is not one of violations, no-input"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ok_accepts_what_it_names_and_nothing_else() {
        let accepted = [Accepted::Violations, Accepted::NoInput];
        assert_eq!(ExitStatus::NoInput.accepting(&accepted), ExitStatus::Clean);
        assert_eq!(
            ExitStatus::NoInput.accepting(&[Accepted::Violations]),
            ExitStatus::NoInput
        );
        assert_eq!(
            ExitStatus::Violations.accepting(&accepted),
            ExitStatus::Clean
        );
        assert_eq!(
            ExitStatus::Violations.accepting(&[Accepted::NoInput]),
            ExitStatus::Violations
        );
        assert_eq!(ExitStatus::Failed.accepting(&accepted), ExitStatus::Failed);
        assert_eq!(ExitStatus::Part.accepting(&accepted), ExitStatus::Part);
    }
}
