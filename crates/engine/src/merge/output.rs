//! Shape of the hour files: columns, Parquet properties (design.md "The output").
//! A change here that can change bytes raises [`OUTPUT_REVISION`].

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

use crate::tables::hour_type;

/// Part of every receipt: files of another revision are stale.
pub(crate) const OUTPUT_REVISION: u32 = 3;

/// Columns of the hour files, in order.
pub(crate) const COLUMNS: &[&str] = &[
    "key",
    "event_id",
    "inference_id",
    "inference_time",
    "hour",
    "record_index",
    "input",
    "input_encoding",
    "output",
    "output_encoding",
    "prediction",
    "prediction_value",
    "probability",
    "label",
    "label_value",
    "label_hour",
    "label_file",
    "label_position",
    "file",
    "position",
];

/// Columns whose values hardly ever repeat: a dictionary would be built and thrown away.
const NO_DICTIONARY: &[&str] = &[
    "key",
    "event_id",
    "inference_id",
    "inference_time",
    "input",
    "output",
    "probability",
    "position",
    "label_position",
];

/// Columns that ascend by small steps.
const DELTA_PACKED: &[&str] = &["inference_time", "position", "label_position"];

/// Columns without statistics: nobody prunes by the least payload.
const NO_STATISTICS: &[&str] = &["input", "output"];

/// One in a million keys that are not there is looked for in vain.
const BLOOM_FALSE_POSITIVES: f64 = 1e-6;

/// Names of all hour-file columns.
pub fn hour_file_columns() -> &'static [&'static str] {
    COLUMNS
}

/// Type of a column of the hour files; `None` for a name that is none.
pub(crate) fn column_type(name: &str) -> Option<DataType> {
    Some(match name {
        "inference_time" | "hour" | "label_hour" => hour_type(),
        "record_index" => DataType::Int32,
        "prediction_value" | "probability" | "label_value" => DataType::Float64,
        "label_position" | "position" => DataType::Int64,
        name if COLUMNS.contains(&name) => DataType::Utf8,
        _ => return None,
    })
}

/// Arrow schema of hour files with these columns, some of the model's own; nullability too never depends on the data.
pub(crate) fn schema(columns: &[String], own: &[Field]) -> SchemaRef {
    let fields: Vec<Field> = columns
        .iter()
        .filter_map(|name| {
            let constant = column_type(name).map(|data_type| Field::new(name, data_type, true));
            constant.or_else(|| own.iter().find(|field| field.name() == name).cloned())
        })
        .collect();
    Arc::new(Schema::new(fields))
}

/// How hour files are written. Compression is a third of a merge's work at the fastest level already.
pub(crate) fn properties(
    columns: &[String],
    bloom_rows: u64,
) -> Result<WriterProperties, ParquetError> {
    let path = |name: &str| ColumnPath::from(name);
    let mut builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_created_by("groundline".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        // Row groups end where the writer is told to, by rule of the rows (merge/recut.rs).
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for name in columns {
        let column = name.as_str();
        if NO_DICTIONARY.contains(&column) {
            builder = builder.set_column_dictionary_enabled(path(column), false);
        }
        if NO_STATISTICS.contains(&column) {
            builder = builder.set_column_statistics_enabled(path(column), EnabledStatistics::None);
        }
        if DELTA_PACKED.contains(&column) {
            builder = builder.set_column_encoding(path(column), Encoding::DELTA_BINARY_PACKED);
        }
        if column == "key" {
            builder = builder
                .set_column_bloom_filter_enabled(path(column), true)
                .set_column_bloom_filter_fpp(path(column), BLOOM_FALSE_POSITIVES)
                .set_column_bloom_filter_max_ndv(path(column), bloom_rows.max(1));
        }
    }
    let place: Option<Vec<SortingColumn>> = ["file", "position", "record_index"]
        .iter()
        .map(|name| {
            let index = columns.iter().position(|c| c == name)?;
            Some(SortingColumn {
                column_idx: i32::try_from(index).ok()?,
                descending: false,
                nulls_first: false,
            })
        })
        .collect();
    Ok(builder.set_sorting_columns(place).build())
}
