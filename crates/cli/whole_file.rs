//! Files that the program writes for people: whole or not at all, and never over another without being told.

use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::failure::Failure;

/// Writes beside the file and then gives it its name; `what` it is stands in messages.
pub(crate) fn write(what: &str, path: &str, text: &str, replace: bool) -> Result<(), Failure> {
    let cannot = |error: &std::io::Error| {
        Failure::usage(format!("cannot write the {what} `{path}`")).because(error)
    };
    let folder = match Path::new(path).parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new()
        .prefix(".groundline-")
        .suffix(".toml")
        .tempfile_in(folder)
        .map_err(|error| cannot(&error))?;
    file.write_all(text.as_bytes())
        .map_err(|error| cannot(&error))?;
    readable(file.path());
    let done = if replace {
        file.persist(path)
    } else {
        file.persist_noclobber(path)
    };
    match done {
        Ok(_) => Ok(()),
        // It came while we were looking.
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
            Err(Failure::usage(format!("`{path}` is there already"))
                .hint("replace it with --force, or write another with --config FILE"))
        }
        Err(error) => Err(cannot(&error.error)),
    }
}

/// Temporary files are their owner's alone; these are no secret, and teams share them.
#[cfg(unix)]
fn readable(path: &Path) {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    // Where this fails the file is there all the same.
    let _ = std::fs::set_permissions(path, Permissions::from_mode(0o644));
}

#[cfg(not(unix))]
fn readable(_path: &Path) {}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_replaced_only_when_told() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("g.toml");
        let path = path.to_str().unwrap();
        write("file", path, "a", false).unwrap();
        assert!(write("file", path, "b", false).is_err());
        assert_eq!(std::fs::read_to_string(path).unwrap(), "a");
        write("file", path, "c", true).unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "c");
        assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 1);
    }
}
