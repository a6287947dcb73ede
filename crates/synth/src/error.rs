use std::io;
use std::path::{Path, PathBuf};

/// Why a corpus could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// An option is outside what the generator can do.
    #[error("option `{option}` is {value}, expected {expected}")]
    Option {
        /// Name of the field of [`Options`](crate::Options).
        option: &'static str,
        /// The value that was given.
        value: String,
        /// What would be accepted.
        expected: &'static str,
    },
    /// The folder already holds something; old and new files would mix into a corpus that has no truth.
    #[error("output folder `{}` is not empty", path.display())]
    NotEmpty {
        /// The folder that was to be filled.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried: `create`, `write`, `read`, `list` or `remove`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl SynthError {
    /// Whether the caller can mend it by other options or another folder.
    pub fn is_user_error(&self) -> bool {
        !matches!(self, Self::Io { .. })
    }

    /// For `map_err`: names the action and the path that an IO error is about.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
