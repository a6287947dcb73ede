//! Where the prompt keeps its history.

use std::ffi::OsString;
use std::path::PathBuf;

/// `$XDG_STATE_HOME/groundline/history`, else below `$HOME/.local/state`; `None` where neither is set.
/// `lookup` reads a variable.
pub(crate) fn path(lookup: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let set = |name| {
        lookup(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let state = set("XDG_STATE_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local").join("state")))?;
    Some(state.join("groundline").join("history"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(variables: &[(&str, &str)]) -> Option<PathBuf> {
        path(|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn the_state_folder_goes_before_the_home_folder() {
        let history = check(&[("XDG_STATE_HOME", "/state"), ("HOME", "/home/a")]);
        assert_eq!(history, Some("/state/groundline/history".into()));
        let history = check(&[("XDG_STATE_HOME", "relative"), ("HOME", "/home/a")]);
        assert_eq!(
            history,
            Some("/home/a/.local/state/groundline/history".into())
        );
        assert_eq!(check(&[]), None);
    }
}
