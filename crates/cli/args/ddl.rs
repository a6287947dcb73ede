//! `groundline ddl`

use clap::Args;

use crate::config::value::Layer;
use crate::ddl::Dialect;

/// Prints what reads the output of merges in another program: a view for DuckDB, a table for Athena, a
/// temporary view for Spark, a few lines of Python for Polars and pandas. Columns have their types and
/// what they mean. Of an output that is there the columns are those of its files, the model's own among
/// them; else the documented ones. Nothing is run and nothing is written.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  \
    groundline ddl duckdb --out merged | duckdb lake.db\n  \
    groundline ddl athena --out merged --location s3://bucket/merged --model churn\n  \
    groundline ddl polars --out merged --table rejects")]
pub(crate) struct DdlArgs {
    /// Who reads
    #[arg(value_name = "READER", value_enum)]
    pub(crate) reader: Dialect,

    /// Configuration whose [output] says where the output is [default: ./groundline.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<String>,

    /// Output of merges
    #[arg(long, value_name = "DIR|URI")]
    out: Option<String>,

    /// Where the reader finds the output, if not where it is now: a copy in a bucket [default: --out]
    #[arg(long, value_name = "DIR|URI")]
    pub(crate) location: Option<String>,

    /// Only this model [default: all]
    #[arg(long, value_name = "NAME")]
    model: Option<String>,

    /// Which of the tables that merges leave behind
    #[arg(long, value_name = "TABLE", default_value = "merged",
        value_parser = ["merged", "rejects", "ledger", "unmatched_labels", "metrics", "runs"])]
    pub(crate) table: String,

    /// Columns of merged, in this order [default: all]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',')]
    columns: Vec<String>,

    /// Print only errors and warnings on stderr
    #[arg(long, short)]
    quiet: bool,
}

impl DdlArgs {
    /// The layer of the flags.
    pub(crate) fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        layer.text("config", &self.config);
        layer.text("out", &self.out);
        layer.text("model", &self.model);
        layer.list("columns", &self.columns);
        layer.switch("quiet", self.quiet);
        layer
    }
}
