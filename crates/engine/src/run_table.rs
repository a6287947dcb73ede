//! The tables of what runs leave behind: where each lies, what its paths hold and what its columns mean.
//! The comments in the Parquet files, the tables of `groundline sql`, `groundline ddl` and docs/analyst.md
//! have them from here.

mod comments;
mod left_behind;
mod spark;

use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema, SchemaRef};

use crate::merge;

pub use left_behind::LeftBehind;
pub(crate) use spark::spark_schema;

/// Key of a field's comment in Arrow metadata.
pub const COMMENT: &str = "comment";

/// A table of what runs leave behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunTable {
    Merged,
    Rejects,
    Ledger,
    UnmatchedLabels,
    Metrics,
    Runs,
}

/// A column that the path holds and no file: `name=value`, percent-encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionColumn {
    pub name: &'static str,
    pub kind: PartitionKind,
    pub comment: &'static str,
}

/// What the values of a partition column look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartitionKind {
    Text,
    /// `2026-11-01`
    Date,
    /// `00` to `23`
    HourOfDay,
}

impl RunTable {
    /// Every table, the one that most people want first.
    pub const ALL: [Self; 6] = [
        Self::Merged,
        Self::Rejects,
        Self::Ledger,
        Self::UnmatchedLabels,
        Self::Metrics,
        Self::Runs,
    ];

    /// As SQL names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Merged => "merged",
            Self::Rejects => "rejects",
            Self::Ledger => "ledger",
            Self::UnmatchedLabels => "unmatched_labels",
            Self::Metrics => "metrics",
            Self::Runs => "runs",
        }
    }

    /// The table of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// Its folder in the output.
    pub fn folder(self) -> &'static str {
        match self {
            Self::UnmatchedLabels => "unmatched",
            other => other.name(),
        }
    }

    /// The levels of its paths below the folder, in order; a `part-0.parquet` lies below the last.
    pub fn partitions(self) -> &'static [PartitionColumn] {
        match self {
            Self::Merged | Self::Rejects => comments::OF_AN_HOUR,
            Self::Ledger | Self::UnmatchedLabels => comments::OF_A_WINDOW,
            Self::Metrics => comments::OF_A_MEASUREMENT,
            Self::Runs => comments::OF_AN_EXECUTION,
        }
    }

    /// What a row is.
    pub fn row(self) -> &'static str {
        comments::row(self)
    }

    /// The columns of its files, with comments; of hour files all that every model has.
    pub fn schema(self) -> SchemaRef {
        self.schema_with(&[])
    }

    /// The same, and after them a model's own columns, which bring their comments ([`COMMENT`]).
    pub fn schema_with(self, own: &[FieldRef]) -> SchemaRef {
        let all = merge::run_table_schema(self);
        let all = all.fields().iter().chain(own).cloned();
        self.commented(&Schema::new(all.collect::<Vec<_>>()))
    }

    /// The schema with a comment in each field's metadata. A field that brings its own keeps it: a
    /// model's own columns are not known here.
    ///
    /// For readers and writers only: plans compare schemas, and there the metadata would make equal ones differ.
    pub(crate) fn commented(self, schema: &Schema) -> SchemaRef {
        let field = |field: &FieldRef| {
            let comment = comments::comment(self, field.name());
            match (field.metadata().get(COMMENT), comment) {
                (None, Some(comment)) => {
                    let comment = (COMMENT.to_owned(), comment.to_owned());
                    Arc::new(field.as_ref().clone().with_metadata([comment].into()))
                }
                _ => Arc::clone(field),
            }
        };
        Arc::new(Schema::new(
            schema.fields().iter().map(field).collect::<Vec<_>>(),
        ))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use arrow::datatypes::{DataType, Field};

    use super::*;

    #[test]
    fn every_column_has_a_comment_and_every_comment_a_column() {
        for table in RunTable::ALL {
            let schema = table.schema();
            let columns: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
            let commented: Vec<&str> = comments::of(table).iter().map(|(name, _)| *name).collect();
            assert_eq!(commented, columns, "{}", table.name());
            for field in schema.fields() {
                assert!(field.metadata().contains_key(COMMENT), "{}", field.name());
            }
        }
    }

    #[test]
    fn comments_are_short_and_need_no_escaping() {
        let partitions = RunTable::ALL.into_iter().flat_map(|t| t.partitions());
        let columns = RunTable::ALL.into_iter().flat_map(comments::of);
        let comments = partitions
            .map(|p| p.comment)
            .chain(columns.map(|(_, comment)| *comment));
        for comment in comments {
            // They stand in every file, and in statements of five dialects.
            assert!(comment.len() <= 140, "{comment}");
            assert!(
                !comment.contains(['\'', '"', '\\', '`', '\n', '|']),
                "{comment}"
            );
            assert!(comment.is_ascii(), "{comment}");
        }
    }

    #[test]
    fn an_own_comment_stays() {
        let own = Field::new("plan", DataType::Utf8, true)
            .with_metadata([(COMMENT.to_owned(), "input 4".to_owned())].into());
        let commented = RunTable::Merged.schema_with(&[Arc::new(own)]);
        let comment = |name: &str| {
            let field = commented.field_with_name(name).unwrap();
            field.metadata().get(COMMENT).cloned()
        };
        assert_eq!(comment("plan").as_deref(), Some("input 4"));
        assert!(comment("key").is_some());
    }
}
