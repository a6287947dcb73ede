//! Publishes the points of a file as a container writes it (formats.md 8), or prints them as OpenMetrics:
//!
//! ```text
//! put_metric_data NAMESPACE < cloudwatch_metrics.jsonl
//! put_metric_data openmetrics < cloudwatch_metrics.jsonl
//! ```

use std::error::Error;
use std::io::{Read, Write};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use groundline_monitor::publish::{CloudWatch, CloudWatchOptions, Prepared, PublishError};
use groundline_report::cloudwatch::UNITS;
use groundline_report::{Point, openmetrics};
use groundline_store::{StorageOptions, Stores};
use serde_json::Value;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell if this cannot be written.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let to = std::env::args()
        .nth(1)
        .ok_or("give a namespace, or `openmetrics`")?;
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let lines = text.lines().enumerate();
    let points = lines
        .map(|(at, line)| point(line).map_err(|why| format!("line {}: {why}", at + 1)))
        .collect::<Result<Vec<_>, _>>()?;
    let mut out = std::io::stdout().lock();
    if to == "openmetrics" {
        out.write_all(openmetrics(&points).as_bytes())?;
        return Ok(());
    }
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())?;
    let prepared = Prepared::new(&to, &points, now).map_err(hinted)?;
    for refused in prepared.refused() {
        let name = &refused.point.metric;
        writeln!(out, "{name} is not published: {}", refused.refusal)?;
    }
    let stores = Stores::new(StorageOptions::default());
    let opened = CloudWatch::open(&stores, &CloudWatchOptions::default()).await;
    let cloudwatch = opened.map_err(hinted)?;
    let publication = cloudwatch.publish(prepared).await;
    writeln!(
        out,
        "{} points published in {} requests to {}",
        publication.published,
        publication.requests,
        cloudwatch.endpoint()
    )?;
    match publication.failure {
        None => Ok(()),
        Some(error) => Err(hinted(error).into()),
    }
}

fn hinted(error: PublishError) -> String {
    format!("{error}\nhint: {}", error.hint())
}

fn point(line: &str) -> Result<Point, Box<dyn Error>> {
    let line: Value = serde_json::from_str(line)?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut dimensions = Vec::new();
    for dimension in line["Dimensions"].as_array().into_iter().flatten() {
        let name = text(&dimension["Name"]).ok_or("a dimension has no Name")?;
        let value = text(&dimension["Value"]).ok_or("a dimension has no Value")?;
        dimensions.push((name, value));
    }
    let timestamp: jiff::Timestamp = text(&line["Timestamp"]).ok_or("no Timestamp")?.parse()?;
    Ok(Point {
        metric: text(&line["MetricName"]).ok_or("no MetricName")?,
        value: line["Value"].as_f64().ok_or("no Value")?,
        timestamp: timestamp.as_microsecond(),
        dimensions,
        unit: UNITS.into_iter().find(|unit| line["Unit"] == *unit),
    })
}
