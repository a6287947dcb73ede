//! A user's statement as a plan, and what is said when it cannot be one or stops.

use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::SessionContext;

use super::super::outcome::HourFailure;
use crate::error::{EngineError, out_of_memory};
use crate::model::OwnSql;
use crate::session::{query, varying_function};

/// Plans the statement, which may not depend on the clock or on chance.
pub(super) async fn of(context: &SessionContext, sql: &OwnSql) -> Result<DataFrame, EngineError> {
    let frame = match query(context, &sql.text).await {
        Ok(frame) => frame,
        Err(error) => return Err(unplanned(context, sql, error).await),
    };
    match varying_function(frame.logical_plan())? {
        Some(function) => Err(EngineError::Varying {
            what: format!("the statement of `{}` (--sql)", sql.file),
            function,
        }),
        None => Ok(frame),
    }
}

/// The rows of a frame over the statement. Some mistakes are seen only here, when types are made to agree.
pub(super) async fn started(
    context: &SessionContext,
    sql: &OwnSql,
    frame: Result<DataFrame, DataFusionError>,
) -> Result<SendableRecordBatchStream, EngineError> {
    let rows = match frame {
        Ok(frame) => frame.execute_stream().await,
        Err(error) => Err(error),
    };
    match rows {
        Ok(rows) => Ok(rows),
        Err(error) => Err(unplanned(context, sql, error).await),
    }
}

/// Why the hours fail that the statement has not given yet.
pub(super) fn stopped(sql: &OwnSql, error: EngineError) -> HourFailure {
    HourFailure::of(&match error {
        EngineError::Query { source } => EngineError::OwnSqlStopped {
            file: sql.file.clone(),
            source,
        },
        // An object that cannot be read is no fault of the statement.
        other => other,
    })
}

async fn unplanned(context: &SessionContext, sql: &OwnSql, error: DataFusionError) -> EngineError {
    match EngineError::from(error) {
        EngineError::Query { source } if !out_of_memory(&source) => EngineError::OwnSql {
            file: sql.file.clone(),
            hint: format!(
                "it is one query over {}",
                tables(context).await.unwrap_or_default()
            ),
            source,
        },
        other => other,
    }
}

/// The tables that the statement may name, with their columns.
async fn tables(context: &SessionContext) -> Result<String, DataFusionError> {
    let columns = async |table: &str| {
        let schema = context.table_provider(table).await?.schema();
        let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        Ok::<_, DataFusionError>(names.join(", "))
    };
    Ok(format!(
        "`predictions` ({}), `labels` and `latest_labels` ({})",
        columns("predictions").await?,
        columns("labels").await?
    ))
}
