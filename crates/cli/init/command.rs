//! Commands that a user can type next.

use groundline_engine::Whereabouts;
use groundline_store::shown;

/// The folders of one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inputs {
    pub(crate) captures: Option<String>,
    pub(crate) transforms: Option<String>,
    pub(crate) labels: Option<String>,
}

impl Inputs {
    /// Those that are given.
    pub(crate) fn named(&self) -> Vec<String> {
        let given = [&self.captures, &self.transforms, &self.labels];
        given.into_iter().flatten().cloned().collect()
    }

    /// `groundline init --captures … --labels …`
    pub(crate) fn command(&self) -> String {
        let mut command = "groundline init".to_owned();
        let flags = [
            ("captures", &self.captures),
            ("transforms", &self.transforms),
            ("labels", &self.labels),
        ];
        for (flag, uri) in flags {
            if let Some(uri) = uri {
                command.push_str(&format!(" --{flag} {}", quoted(&shown(uri))));
            }
        }
        if self.captures.is_none() && self.transforms.is_none() {
            command.push_str(" --captures DIR");
        }
        if self.labels.is_none() {
            command.push_str(" --labels DIR");
        }
        command
    }
}

/// What is to be typed where the folders were mixed up; what was not found is asked for.
impl From<Whereabouts> for Inputs {
    fn from(found: Whereabouts) -> Self {
        // Of a whole bucket one kind of predictions is enough to begin with.
        let transforms = found.transforms.filter(|_| found.captures.is_none());
        Self {
            captures: found.captures,
            transforms,
            labels: found.labels,
        }
    }
}

/// The merge of what was written.
pub(crate) fn merge(config: &str) -> String {
    format!("groundline merge --config {}", quoted(config))
}

/// For a POSIX shell.
pub(crate) fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    if !path.is_empty() && path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(captures: &str, transforms: &str, labels: &str) -> String {
        let given = |uri: &str| (!uri.is_empty()).then(|| uri.to_owned());
        let found = Whereabouts {
            captures: given(captures),
            transforms: given(transforms),
            labels: given(labels),
        };
        Inputs::from(found).command()
    }

    #[test]
    fn a_command_names_what_was_found_and_asks_for_the_rest() {
        assert_eq!(
            command("captures", "", "my labels"),
            "groundline init --captures captures --labels 'my labels'"
        );
        assert_eq!(
            command("", "batch", "labels"),
            "groundline init --transforms batch --labels labels"
        );
        assert_eq!(
            command("", "", "gt"),
            "groundline init --labels gt --captures DIR"
        );
        assert_eq!(
            command("s3://b/c", "s3://b/t", ""),
            "groundline init --captures s3://b/c --labels DIR"
        );
    }

    #[test]
    fn a_path_in_a_command_survives_the_shell() {
        assert_eq!(quoted("corpus/groundline.toml"), "corpus/groundline.toml");
        assert_eq!(quoted("my corpus/it's"), "'my corpus/it'\\''s'");
    }
}
