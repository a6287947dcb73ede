//! Flags over environment over file over defaults.

use std::path::Path;

use crate::config::environment;
use crate::config::file::{self, ConfigFile};
use crate::config::resolved::Resolved;
use crate::config::value::Layer;
use crate::failure::Failure;

/// All layers of one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layers {
    pub(crate) flags: Layer,
    pub(crate) environment: Layer,
    pub(crate) file: Option<ConfigFile>,
    /// Variables that look misspelt.
    pub(crate) warnings: Vec<String>,
}

impl Layers {
    /// Reads the environment, and the configuration that the flags or the environment name, else
    /// `groundline.toml` of the working directory, unless the flags say where the predictions are.
    pub(crate) fn load(flags: Layer) -> Result<Self, Failure> {
        let (environment, warnings) = environment::read(std::env::vars_os())?;
        let named = flags
            .get("config")
            .or_else(|| environment.get("config"))
            .map(ToString::to_string);
        let predictions = flags.get("captures").is_some() || flags.get("transforms").is_some();
        let found = named.is_none() && !predictions && Path::new(file::NAME).is_file();
        let path = named.or_else(|| found.then(|| file::NAME.to_owned()));
        let file = path.as_deref().map(ConfigFile::read).transpose()?;
        Ok(Self {
            flags,
            environment,
            file,
            warnings,
        })
    }

    /// Flags and environment alone, for a command that writes the configuration.
    pub(crate) fn without_file(flags: Layer) -> Result<Self, Failure> {
        let (environment, warnings) = environment::read(std::env::vars_os())?;
        Ok(Self {
            flags,
            environment,
            file: None,
            warnings,
        })
    }

    /// True when `[[model]]` entries describe the models, so that flags select among them.
    pub(crate) fn has_models(&self) -> bool {
        self.file
            .as_ref()
            .is_some_and(|file| !file.models.is_empty())
    }

    /// The settings that are not a model's.
    pub(crate) fn common(&self) -> Resolved<'_> {
        Resolved::new(self, None)
    }

    /// The settings of each model: of every `[[model]]`, or of the one that flags describe.
    pub(crate) fn models(&self) -> Vec<Resolved<'_>> {
        match &self.file {
            Some(file) if !file.models.is_empty() => file
                .models
                .iter()
                .map(|model| Resolved::new(self, Some(model)))
                .collect(),
            _ => vec![self.common()],
        }
    }
}
