//! What a job says of itself to whoever runs its tasks, among the settings of its session.

use std::any::Any;

use datafusion::common::config::{ConfigEntry, ConfigExtension, ConfigOptions, ExtensionOptions};
use datafusion::common::{Result, config_err};
use datafusion::prelude::SessionConfig;

/// Where nothing is said, nothing is allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct JobOptions {
    /// Whether a stage may begin again: `BegunAgain`.
    pub(crate) stages_may_repeat: bool,
    /// `build_version` of the client.
    pub(crate) build: String,
}

const STAGES_MAY_REPEAT: &str = "stages_may_repeat";
const BUILD: &str = "build";

impl ConfigExtension for JobOptions {
    const PREFIX: &'static str = "groundline";
}

/// By hand, since the keys that DataFusion's macro lists have no prefix, so that what is listed could not be set.
impl ExtensionOptions for JobOptions {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn cloned(&self) -> Box<dyn ExtensionOptions> {
        Box::new(self.clone())
    }

    fn set(&mut self, key: &str, value: &str) -> Result<()> {
        match key {
            STAGES_MAY_REPEAT => self.stages_may_repeat = value == "true",
            BUILD => value.clone_into(&mut self.build),
            _ => return config_err!("a job has no option `{key}`"),
        }
        Ok(())
    }

    fn entries(&self) -> Vec<ConfigEntry> {
        [
            (STAGES_MAY_REPEAT, self.stages_may_repeat.to_string()),
            (BUILD, self.build.clone()),
        ]
        .into_iter()
        .map(|(key, value)| ConfigEntry {
            key: format!("{}.{key}", Self::PREFIX),
            value: Some(value),
            description: "of a job of groundline",
        })
        .collect()
    }
}

impl JobOptions {
    pub(crate) fn of(options: &ConfigOptions) -> Self {
        options.extensions.get().cloned().unwrap_or_default()
    }

    /// A session with these.
    pub(crate) fn within(self, config: SessionConfig) -> SessionConfig {
        config.with_option_extension(self)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ballista_core::extension::SessionConfigHelperExt;
    use datafusion_proto::physical_plan::PhysicalExtensionCodec;

    use super::*;
    use crate::codec::PhysicalCodec;
    use crate::settings::session_config;

    #[test]
    fn what_a_client_says_is_what_an_executor_hears() {
        let said = JobOptions {
            stages_may_repeat: true,
            build: "0.1.0 (output 3)".to_owned(),
        };
        let pairs = said
            .clone()
            .within(SessionConfig::new())
            .to_key_value_pairs();
        let codec: Arc<dyn PhysicalExtensionCodec> = Arc::new(PhysicalCodec::looking());
        let heard = session_config(&codec).update_from_key_value_pair(&pairs);
        assert_eq!(JobOptions::of(heard.options()), said);
        // By way of the scheduler.
        let heard = session_config(&codec).update_from_key_value_pair(&heard.to_key_value_pairs());
        assert_eq!(JobOptions::of(heard.options()), said);
    }
}
