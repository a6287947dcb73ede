//! When a window's labels count as in, from the settings.

use groundline_monitor::LabelTarget;
use groundline_store::parse_duration_hours;

use crate::config::resolved::Resolved;
use crate::failure::Failure;

/// When a window's labels count as in.
pub(crate) fn target(settings: &Resolved<'_>) -> Result<LabelTarget, Failure> {
    let share = |text: &str| match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(format!("`{text}` is no share from 0 to 1, such as 0.9")),
    };
    Ok(LabelTarget {
        min_coverage: settings.require("min-coverage", share)?,
        max_age: settings.require("max-age", |text| match parse_duration_hours(text) {
            Ok(hours) if hours >= 0 => Ok(hours),
            Ok(_) => Err(format!("`{text}` is negative")),
            Err(error) => Err(error.to_string()),
        })?,
        restate_step: settings.require("restate-step", share)?,
    })
}
