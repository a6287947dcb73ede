//! Flags of labels that are the files of a warehouse.

use clap::Args;

use crate::config::value::Layer;

/// Labels as a table. In groundline.toml they are `[model.labels]`.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Labels as a table")]
pub(crate) struct LabelTableArgs {
    /// Parquet, CSV or JSON Lines files that hold labels, in place of --labels
    #[arg(long, value_name = "GLOB")]
    label_files: Option<String>,

    /// Column of the files, or SQL expression, that is the event's id
    #[arg(long, value_name = "COLUMN|SQL")]
    label_id: Option<String>,

    /// Column or expression that is the label
    #[arg(long, value_name = "COLUMN|SQL")]
    label_value: Option<String>,

    /// Column or expression that is the time when the label was collected
    #[arg(long, value_name = "COLUMN|SQL")]
    label_time: Option<String>,

    /// In place of these three, a query over the table `files` that returns id, label and collected_at
    #[arg(long, value_name = "SQL")]
    label_sql: Option<String>,

    /// The same from a file
    #[arg(long, value_name = "FILE")]
    label_sql_file: Option<String>,
}

impl LabelTableArgs {
    pub(crate) fn settings(&self, layer: &mut Layer) {
        layer.text("label-files", &self.label_files);
        layer.text("label-id", &self.label_id);
        layer.text("label-value", &self.label_value);
        layer.text("label-time", &self.label_time);
        layer.text("label-sql", &self.label_sql);
        layer.text("label-sql-file", &self.label_sql_file);
    }
}
