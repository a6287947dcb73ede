//! Readers of what runs leave behind, in the words of other programs: one template and one file each.

mod athena;
mod duckdb;
mod pandas;
mod polars;
mod quote;
mod spark;
mod template;

use std::collections::BTreeSet;

use arrow::datatypes::{DataType, Field, SchemaRef};
use clap::ValueEnum;
use groundline_engine::{COMMENT, RunTable};
use groundline_store::encoded_name;

use crate::failure::Failure;

/// A program that reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Dialect {
    /// A view
    Duckdb,
    /// Python: a lazy frame
    Polars,
    /// Python: a data frame, through pyarrow
    Pandas,
    /// An external table with partition projection
    Athena,
    /// A temporary view
    Spark,
}

/// What is read.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) table: RunTable,
    /// The output, where the program finds it.
    pub(crate) location: String,
    pub(crate) model: Option<String>,
    /// Columns of the files, in order, with comments.
    pub(crate) schema: SchemaRef,
    /// Values of each partition column in the paths, encoded; empty where nobody has looked.
    pub(crate) values: Vec<BTreeSet<String>>,
}

impl Dialect {
    /// As it is written on the command line.
    fn name(self) -> &'static str {
        match self {
            Self::Duckdb => "duckdb",
            Self::Polars => "polars",
            Self::Pandas => "pandas",
            Self::Athena => "athena",
            Self::Spark => "spark",
        }
    }

    /// The reader as text.
    pub(crate) fn text(self, reader: &Reader) -> Result<String, Failure> {
        match self {
            Self::Duckdb => Ok(duckdb::text(reader)),
            Self::Polars => polars::text(reader),
            Self::Pandas => pandas::text(reader),
            Self::Athena => athena::text(reader),
            Self::Spark => spark::text(reader),
        }
    }

    /// The type of each column, by the words of `of`.
    fn types(
        self,
        reader: &Reader,
        of: impl Fn(&DataType) -> Option<String>,
    ) -> Result<Vec<String>, Failure> {
        let fields = reader.schema.fields().iter();
        fields
            .map(|field| {
                of(field.data_type()).ok_or_else(|| {
                    Failure::usage(format!(
                        "{} has no type for the column `{}`, which is {}",
                        self.name(),
                        field.name(),
                        field.data_type()
                    ))
                    .hint("leave it out: --columns names those to keep")
                })
            })
            .collect()
    }
}

impl Reader {
    /// The table's folder, without a slash at its end.
    fn folder(&self) -> String {
        format!(
            "{}/{}",
            self.location.trim_end_matches('/'),
            self.table.folder()
        )
    }

    /// Every file of the table below `folder`, as a glob.
    fn glob(&self, folder: &str) -> String {
        let mut glob = folder.to_owned();
        for (at, level) in self.table.partitions().iter().enumerate() {
            let value = match &self.model {
                Some(model) if at == 0 => encoded_name(model),
                _ => "*".to_owned(),
            };
            glob.push_str(&format!("/{}={value}", level.name));
        }
        glob + "/part-0.parquet"
    }
}

/// What a column means; nothing where nobody said.
fn comment(field: &Field) -> &str {
    field.metadata().get(COMMENT).map_or("", String::as_str)
}
