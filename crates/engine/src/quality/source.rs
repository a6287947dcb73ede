//! The rows that are measured, as the table `merged`, and which of its columns are label, prediction and probability.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, TimeUnit};
use datafusion::common::{Column, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::functions_aggregate::min_max::{max, min};
use datafusion::logical_expr::{Expr, lit};
use datafusion::prelude::{CsvReadOptions, ParquetReadOptions, SessionContext};
use groundline_store::{Hour, Stores, Window, encoded_name};

use super::error::QualityError;
use super::options::{Dataset, QualitySource};
use crate::error::EngineError;
use crate::functions;
use crate::run_table::RunTable;
use crate::sql::{FileKind, location, parquet_below};
use crate::tables::hour_type;

/// Name of the rows in SQL, whatever they are.
pub(crate) const MERGED: &str = "merged";

/// The rows, and what the three attributes are in them.
pub(crate) struct Source {
    pub(crate) frame: DataFrame,
    pub(crate) label: Expr,
    pub(crate) prediction: Option<Expr>,
    pub(crate) probability: Option<Expr>,
    /// Lines of JSON: the names of other columns are paths in `line`.
    pub(crate) json: bool,
    /// Hour files, with the levels of their paths.
    is_merged: bool,
    /// As messages name it.
    pub(crate) name: String,
}

/// Control characters cannot stand in JSON, so a line is one field.
const NO_DELIMITER: u8 = 1;
const NO_QUOTE: u8 = 2;

/// Column of a line of JSON.
const LINE: &str = "line";

impl Source {
    /// Opens the rows of `source` in `window`.
    pub(crate) async fn open(
        context: &SessionContext,
        stores: &Stores,
        source: &QualitySource,
        window: Option<Window>,
    ) -> Result<Self, EngineError> {
        match source {
            QualitySource::Merged {
                out,
                model,
                endpoints,
                variants,
            } => {
                let mut source = merged(context, stores, out, model, window).await?;
                for (level, globs) in [("endpoint", endpoints), ("variant", variants)] {
                    let column = Expr::Column(Column::from_name(level));
                    let like = globs
                        .iter()
                        .map(|glob| column.clone().like(lit(pattern(glob))));
                    if let Some(any) = like.reduce(Expr::or) {
                        source.frame = source.frame.filter(any)?;
                    }
                }
                Ok(source)
            }
            QualitySource::Dataset(dataset) => {
                let mut source = files(context, stores, dataset).await?;
                if let Some(window) = window {
                    source.frame = source.in_window(window)?;
                }
                Ok(source)
            }
        }
    }

    /// The time by which windows are cut.
    pub(crate) fn hour(&self) -> Option<Expr> {
        let field = self
            .frame
            .schema()
            .field_with_unqualified_name("hour")
            .ok()?;
        // In a CSV, times are text.
        let time =
            field.data_type().is_string() || matches!(field.data_type(), DataType::Timestamp(_, _));
        time.then(|| Expr::Column(Column::from_name("hour")))
    }

    /// From the first hour to the last.
    pub(crate) async fn hours(&self) -> Result<Option<Window>, EngineError> {
        let Some(hour) = self.hour() else {
            return Ok(None);
        };
        // Of the column itself: the statistics of Parquet know its ends.
        let ends = vec![min(hour.clone()), max(hour)];
        let ends = self.frame.clone().aggregate(Vec::new(), ends)?;
        let found = ends.collect().await?;
        let end = |at: usize| -> Option<Hour> {
            let column = found.first()?.columns().get(at)?;
            let instant = DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC")));
            let instant = cast(&cast(column, &instant).ok()?, &DataType::Int64).ok()?;
            let instant = instant.as_primitive::<Int64Type>().iter().next().flatten();
            instant.map(Hour::from_micros)
        };
        let (Some(first), Some(last)) = (end(0), end(1)) else {
            return Ok(None);
        };
        Ok(Window::new(first, last.plus(1)).ok())
    }

    /// The rows of a window.
    pub(crate) fn in_window(&self, window: Window) -> Result<DataFrame, EngineError> {
        let mut frame = self.frame.clone();
        if let Some(date) = self.column("date").filter(|_| self.is_merged) {
            // The date is in the path: other days are not opened.
            let day = |hour: Hour| lit(hour.date());
            let days = date.clone().gt_eq(day(window.from));
            frame = frame.filter(days.and(date.lt_eq(day(window.to))))?;
        }
        let hour = self.hour().ok_or_else(|| self.no_hour())?;
        Ok(frame.filter(inside(hour, window))?)
    }

    /// Why rows cannot be cut by hour.
    pub(crate) fn no_hour(&self) -> QualityError {
        QualityError::NoHour {
            files: self.name.clone(),
        }
    }

    /// A column by its name.
    pub(crate) fn column(&self, name: &str) -> Option<Expr> {
        let schema = self.frame.schema();
        schema.field_with_unqualified_name(name).ok()?;
        Some(Expr::Column(Column::from_name(name)))
    }
}

/// Hour files of one model.
async fn merged(
    context: &SessionContext,
    stores: &Stores,
    out: &str,
    model: &str,
    window: Option<Window>,
) -> Result<Source, EngineError> {
    let folder = format!(
        "{}/model={}",
        RunTable::Merged.folder(),
        encoded_name(model)
    );
    let name = model.to_owned();
    let Some(url) = parquet_below(context, stores, out, &folder).await? else {
        let there = super::models_of(stores, out).await?;
        let there = match there.is_empty() {
            true => "no hour files".to_owned(),
            false => format!("hour files of {}", there.join(", ")),
        };
        let missing = format!("`{out}` has no hour files of the model `{model}`; it has {there}");
        return Err(QualityError::Missing(missing).into());
    };
    let levels = RunTable::Merged.partitions().iter().skip(1);
    let levels = levels.map(|level| (level.name.to_owned(), DataType::Utf8));
    let levels: Vec<(String, DataType)> = levels.collect();
    let options = ParquetReadOptions::default().table_partition_cols(levels);
    let frame = context
        .read_parquet(url, options)
        .await?
        .with_column("model", lit(name.clone()))?;
    let mut source = Source {
        label: lit(ScalarValue::Utf8(None)),
        prediction: None,
        probability: None,
        json: false,
        is_merged: true,
        name: name.clone(),
        frame,
    };
    if let Some(window) = window {
        source.frame = source.in_window(window)?;
    }
    source.prediction = source.column("prediction");
    source.probability = source.column("probability");
    if source.prediction.is_none() && source.probability.is_none() {
        return Err(QualityError::Missing(format!(
            "the hour files of `{name}` have no column `prediction` and no `probability`: they were written with --columns"
        ))
        .into());
    }
    source.label = source.column("label").ok_or_else(|| {
        QualityError::Missing(format!(
            "the hour files of `{name}` have no column `label`: they were written with --columns"
        ))
    })?;
    Ok(source)
}

/// A glob over names as LIKE has it.
fn pattern(glob: &str) -> String {
    glob.chars().fold(String::new(), |mut pattern, c| {
        match c {
            '*' => pattern.push('%'),
            '?' => pattern.push('_'),
            '%' | '_' | '\\' => pattern.extend(['\\', c]),
            c => pattern.push(c),
        }
        pattern
    })
}

fn inside(hour: Expr, window: Window) -> Expr {
    let at = |hour: Hour| {
        lit(ScalarValue::TimestampMicrosecond(
            Some(hour.micros()),
            Some("UTC".into()),
        ))
    };
    let hour = datafusion::prelude::cast(hour, hour_type());
    hour.clone()
        .gt_eq(at(window.from))
        .and(hour.lt(at(window.to)))
}

/// Files of anybody's.
async fn files(
    context: &SessionContext,
    stores: &Stores,
    dataset: &Dataset,
) -> Result<Source, EngineError> {
    let files = &dataset.files;
    let plain = !files.contains("://") && !files.contains(['*', '?', '[']);
    if plain && !std::path::Path::new(files).exists() {
        return Err(QualityError::Missing(format!("there is no `{files}`")).into());
    }
    let url = location(context, stores, files).await?;
    let (kind, extension) = FileKind::of_input(std::path::Path::new(files))?;
    let frame = match kind {
        FileKind::Parquet => {
            let options = ParquetReadOptions::default();
            context.read_parquet(url, options).await?
        }
        FileKind::Csv => csv(context, &url, dataset.header).await?,
        FileKind::Json => {
            let schema = text_schema(&[LINE.to_owned()]);
            let extension = format!(".{extension}");
            let options = CsvReadOptions::new()
                .has_header(false)
                .delimiter(NO_DELIMITER)
                .quote(NO_QUOTE)
                .file_extension(&extension)
                .schema(&schema);
            context.read_csv(url, options).await?
        }
    };
    let mut source = Source {
        frame,
        label: lit(ScalarValue::Utf8(None)),
        prediction: None,
        probability: None,
        json: matches!(kind, FileKind::Json),
        is_merged: false,
        name: files.clone(),
    };
    let given = |what: &'static str, attribute: &Option<String>| match attribute {
        Some(attribute) => source.attribute(what, attribute).map(Some),
        None => Ok(None),
    };
    let label = given("--ground-truth-attribute", &dataset.ground_truth_attribute)?;
    let prediction = given("--inference-attribute", &dataset.inference_attribute)?;
    let probability = given("--probability-attribute", &dataset.probability_attribute)?;
    if prediction.is_none() && probability.is_none() {
        let missing = format!(
            "which column of `{files}` is the prediction is not given: say --inference-attribute or \
             --probability-attribute"
        );
        return Err(QualityError::Missing(missing).into());
    }
    source.label = label.ok_or_else(|| {
        QualityError::Missing(format!(
            "which column of `{files}` is the label is not given: say --ground-truth-attribute"
        ))
    })?;
    source.prediction = prediction;
    source.probability = probability;
    Ok(source)
}

fn text_schema(names: &[String]) -> Schema {
    let field = |name: &String| Field::new(name, DataType::Utf8, true);
    Schema::new(names.iter().map(field).collect::<Vec<_>>())
}

/// Every column is text: no types are guessed, because `007` is a class.
async fn csv(
    context: &SessionContext,
    url: &str,
    header: Option<bool>,
) -> Result<DataFrame, EngineError> {
    let looked = CsvReadOptions::new()
        .has_header(false)
        .schema_infer_max_records(1);
    let columns = context.read_csv(url, looked).await?;
    let columns = columns.schema().fields().len();
    let numbered: Vec<String> = (0..columns).map(|at| format!("_c{at}")).collect();
    let schema = text_schema(&numbered);
    let plain = CsvReadOptions::new().has_header(false).schema(&schema);
    let frame = context.read_csv(url, plain).await?;
    let first = frame.clone().limit(0, Some(1))?.collect().await?;
    let row: Vec<Option<String>> = first.first().map_or_else(Vec::new, |batch| {
        let columns = batch.columns().iter();
        columns
            .map(|column| {
                column
                    .as_string::<i32>()
                    .iter()
                    .next()
                    .flatten()
                    .map(str::to_owned)
            })
            .collect()
    });
    let number = |value: &Option<String>| {
        value
            .as_ref()
            .is_some_and(|value| value.trim().parse::<f64>().is_ok())
    };
    // Names are no numbers, and a row of a model's values has one.
    if !header.unwrap_or_else(|| !row.iter().any(number)) {
        return Ok(frame);
    }
    let mut names: Vec<String> = Vec::with_capacity(row.len());
    for (at, value) in row.into_iter().enumerate() {
        let name = value.map(|value| value.trim().trim_start_matches('\u{feff}').to_owned());
        let name = name.filter(|name| !name.is_empty() && !names.contains(name));
        names.push(name.unwrap_or_else(|| format!("_c{at}")));
    }
    let schema = text_schema(&names);
    let named = CsvReadOptions::new().has_header(true).schema(&schema);
    Ok(context.read_csv(url, named).await?)
}

impl Source {
    /// The column that an attribute names.
    fn attribute(&self, what: &'static str, name: &str) -> Result<Expr, EngineError> {
        if self.json {
            return self.path(name);
        }
        if let Some(column) = self.column(name) {
            return Ok(column);
        }
        let fields = self.frame.schema().fields();
        let index = name.strip_prefix("_c").unwrap_or(name).parse::<i64>().ok();
        let index = index.and_then(|index| match index {
            0.. => usize::try_from(index).ok(),
            _ => fields
                .len()
                .checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
        });
        if let Some(field) = index.and_then(|index| fields.get(index)) {
            return Ok(Expr::Column(Column::from_name(field.name())));
        }
        let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
        Err(QualityError::NoColumn {
            what,
            name: name.to_owned(),
            files: self.name.clone(),
            near: crate::warehouse::near(name, names.iter().copied()),
            columns: crate::warehouse::listed(names.iter().copied()),
        }
        .into())
    }

    /// Of JSON Lines, the lines that are no objects.
    pub(crate) fn broken(&self) -> Option<Expr> {
        let line = || Expr::Column(Column::from_name(LINE));
        self.json
            .then(|| functions::broken_line().call(vec![line()]))
    }

    /// What a path finds in each line.
    pub(crate) fn path(&self, selector: &str) -> Result<Expr, EngineError> {
        functions::check_selector(selector)?;
        let arguments = vec![
            Expr::Column(Column::from_name(LINE)),
            lit("JSON"),
            lit(selector),
        ];
        Ok(functions::payload_field().call(arguments))
    }
}

/// An instant in microseconds since the epoch, UTC.
pub(crate) fn micros(hour: Expr) -> Expr {
    datafusion::prelude::cast(
        datafusion::prelude::cast(
            hour,
            DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC"))),
        ),
        DataType::Int64,
    )
}
