//! Where an execution's metrics go, from the settings.

use groundline_monitor::publish::{CloudWatchOptions, PointTime};
use groundline_monitor::{Published, Publisher, Publishing};
use groundline_store::check_endpoint_url;

use crate::config::resolved::Resolved;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::suggest::did_you_mean;

/// Most points that are told one by one.
const MOST_TOLD: usize = 5;

/// The settings of `[publish]`.
pub(crate) fn publishing(settings: &Resolved<'_>) -> Result<Publishing, Failure> {
    let given = |key: &str| settings.text(key).filter(|text| !text.is_empty());
    let mut to = Vec::new();
    settings.checked_list("publish", |words| {
        for word in words {
            let known = Publisher::ALL.map(Publisher::as_str);
            let publisher = Publisher::parse(word).ok_or_else(|| {
                let near = did_you_mean(word, known);
                format!("`{word}` is not one of {}{near}", known.join(", "))
            })?;
            if !to.contains(&publisher) {
                to.push(publisher);
            }
        }
        Ok(())
    })?;
    let publishing = Publishing {
        to,
        time: settings.require("publish-timestamp", PointTime::parse)?,
        all: settings.switch("publish-all"),
        restated: settings.switch("publish-restated"),
        namespace: given("cloudwatch-namespace"),
        cloudwatch: CloudWatchOptions {
            // The URL is not repeated: it may hold a password.
            endpoint_url: settings.parse("cloudwatch-endpoint-url", |url| {
                check_endpoint_url(url).map(|()| url.to_owned())
            })?,
            region: given("region"),
            ..CloudWatchOptions::default()
        },
        cloudwatch_file: given("cloudwatch-file"),
        openmetrics_file: given("openmetrics-file"),
    };
    publishing
        .check()
        .map_err(|why| Failure::usage(format!("--cloudwatch-namespace: {why}")))?;
    Ok(publishing)
}

/// Says what was published and what was not; false if something failed.
pub(crate) fn tell(published: &[Published], printer: Printer) -> bool {
    let mut all = true;
    for one in published {
        printer.note(&format!("published {} points to {}", one.points, one.to));
        if one.maybe_twice > 0 {
            let n = one.maybe_twice;
            printer.warn(&format!(
                "{n} of them were perhaps taken twice: an answer was lost"
            ));
        }
        for why in one.refused.iter().take(MOST_TOLD) {
            printer.warn(&format!("not published to {}: {why}", one.to));
        }
        if let more @ 1.. = one.refused.len().saturating_sub(MOST_TOLD) {
            printer.warn(&format!(
                "and {more} more points are not published to {}",
                one.to
            ));
        }
        all &= one.refused.is_empty();
        for why in one.undefined.iter().take(MOST_TOLD) {
            printer.note(&format!("not published to {}: {why}", one.to));
        }
        if let Some((why, hint)) = &one.failure {
            all = false;
            printer.failure(
                &Failure::failed(format!("not published to {}: {why}", one.to)).hint(hint.clone()),
            );
        }
    }
    all
}
