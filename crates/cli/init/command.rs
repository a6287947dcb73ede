//! Commands that a user can type next.

use groundline_engine::RecordKind;

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

    fn slot(&mut self, flag: &str) -> &mut Option<String> {
        match flag {
            "captures" => &mut self.captures,
            "transforms" => &mut self.transforms,
            _ => &mut self.labels,
        }
    }

    /// The same with a folder given to the flag that takes its kind; what was there takes its place.
    pub(crate) fn moved(&self, flag: &str, uri: &str, kind: RecordKind) -> Self {
        let mut moved = self.clone();
        let Some(right) = kind.flag() else {
            return moved;
        };
        let given = moved.slot(flag).take();
        let other = moved
            .slot(right)
            .replace(given.unwrap_or_else(|| uri.to_owned()));
        // Captures and labels that were mixed up; where nothing was, the user has to say it.
        *moved.slot(flag) = other.filter(|_| flag == "labels" || right == "labels");
        moved
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
                command.push_str(&format!(" --{flag} {}", quoted(uri)));
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

    fn inputs(captures: &str, labels: &str) -> Inputs {
        let given = |uri: &str| (!uri.is_empty()).then(|| uri.to_owned());
        Inputs {
            captures: given(captures),
            transforms: None,
            labels: given(labels),
        }
    }

    #[test]
    fn folders_that_were_mixed_up_change_places() {
        let given = inputs("my labels", "captures");
        assert_eq!(
            given
                .moved("captures", "my labels", RecordKind::Labels)
                .command(),
            "groundline init --captures captures --labels 'my labels'"
        );
    }

    #[test]
    fn transforms_given_as_captures_move() {
        let given = inputs("batch", "labels");
        assert_eq!(
            given
                .moved("captures", "batch", RecordKind::Manifests)
                .command(),
            "groundline init --transforms batch --labels labels"
        );
    }

    #[test]
    fn what_is_missing_then_is_asked_for() {
        let given = inputs("gt", "");
        assert_eq!(
            given.moved("captures", "gt", RecordKind::Labels).command(),
            "groundline init --labels gt --captures DIR"
        );
    }

    #[test]
    fn a_path_in_a_command_survives_the_shell() {
        assert_eq!(quoted("corpus/groundline.toml"), "corpus/groundline.toml");
        assert_eq!(quoted("my corpus/it's"), "'my corpus/it'\\''s'");
    }
}
