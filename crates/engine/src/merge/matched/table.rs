//! `matched` as DataFusion sees it: a table of one hour, streamed from the matcher.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};

use super::{DECODED, MatchedHour, Matcher};
use crate::tables::hour_type;

/// `matched` of one hour: the one that the task's session holds as its extension when the plan runs.
#[derive(Debug)]
pub(crate) struct MatchedTable {
    schema: SchemaRef,
}

impl MatchedTable {
    pub(crate) fn new() -> Self {
        let text = |name: &str| Field::new(name, DataType::Utf8, true);
        let mut fields = vec![
            text("endpoint"),
            text("variant"),
            Field::new("hour", hour_type(), true),
        ];
        for column in DECODED {
            fields.push(column.field());
        }
        fields.push(text("file"));
        fields.push(text("label"));
        fields.push(text("label_encoding"));
        fields.push(text("record_label"));
        fields.push(Field::new("label_hour", hour_type(), true));
        fields.push(text("label_file"));
        fields.push(Field::new("label_position", DataType::Int64, true));
        Self {
            schema: Arc::new(Schema::new(fields)),
        }
    }
}

#[async_trait]
impl TableProvider for MatchedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(indices) => Arc::new(self.schema.project(indices)?),
            None => Arc::clone(&self.schema),
        };
        let stream = MatchedStream {
            schema: Arc::clone(&schema),
        };
        Ok(Arc::new(StreamingTableExec::try_new(
            schema,
            vec![Arc::new(stream)],
            None,
            None,
            false,
            limit,
        )?))
    }
}

#[derive(Debug)]
struct MatchedStream {
    schema: SchemaRef,
}

impl PartitionStream for MatchedStream {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let hour = context.session_config().get_extension::<MatchedHour>();
        let matcher = hour.map(|hour| Matcher::new(hour, Arc::clone(&self.schema)));
        let batches = futures::stream::try_unfold(matcher, |matcher| async move {
            let Some(mut matcher) = matcher else {
                return internal_err!("matched is asked for without an hour");
            };
            let batch = matcher.next().await?;
            Ok(batch.map(|batch| (batch, Some(matcher))))
        });
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            batches,
        ))
    }
}
