//! Plans over the wire: our tasks first, by their tag, then Ballista's own operators.

use std::fmt;
use std::sync::Arc;

use ballista_core::serde::BallistaPhysicalExtensionCodec;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF};
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use groundline_engine::{Worker, decode_task, encode_task};

use crate::functions::Functions;

/// Encodes and decodes what Ballista does not know. Functions go by name: every process has them.
pub struct PhysicalCodec {
    ballista: BallistaPhysicalExtensionCodec,
    functions: Functions,
    /// In executors: what tasks work with.
    worker: Option<Arc<Worker>>,
}

impl PhysicalCodec {
    /// For whoever only looks at plans: clients and schedulers.
    pub fn looking() -> Self {
        Self {
            ballista: BallistaPhysicalExtensionCodec::default(),
            functions: Functions::new(),
            worker: None,
        }
    }

    /// For executors.
    pub fn working(worker: Arc<Worker>) -> Self {
        Self {
            worker: Some(worker),
            ..Self::looking()
        }
    }
}

impl fmt::Debug for PhysicalCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhysicalCodec").finish_non_exhaustive()
    }
}

impl PhysicalExtensionCodec for PhysicalCodec {
    fn try_decode(
        &self,
        buf: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        ctx: &TaskContext,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match decode_task(buf, inputs, self.worker.as_ref()) {
            Some(task) => task,
            None => self.ballista.try_decode(buf, inputs, ctx, converter),
        }
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        buf: &mut Vec<u8>,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        match encode_task(node.as_ref()) {
            Some(task) => {
                let task = task.map_err(|error| DataFusionError::External(Box::new(error)))?;
                buf.extend_from_slice(&task);
                Ok(())
            }
            None => self.ballista.try_encode(node, buf, converter),
        }
    }

    fn try_decode_udf(&self, name: &str, buf: &[u8]) -> Result<Arc<ScalarUDF>> {
        match self.functions.scalar(name) {
            Some(function) => Ok(function),
            None => self.ballista.try_decode_udf(name, buf),
        }
    }

    fn try_encode_udf(&self, node: &ScalarUDF, buf: &mut Vec<u8>) -> Result<()> {
        match self.functions.scalar(node.name()) {
            Some(_) => Ok(()),
            None => self.ballista.try_encode_udf(node, buf),
        }
    }

    fn try_decode_udaf(&self, name: &str, buf: &[u8]) -> Result<Arc<AggregateUDF>> {
        match self.functions.aggregate(name) {
            Some(function) => Ok(function),
            None => self.ballista.try_decode_udaf(name, buf),
        }
    }

    fn try_encode_udaf(&self, node: &AggregateUDF, buf: &mut Vec<u8>) -> Result<()> {
        match self.functions.aggregate(node.name()) {
            Some(_) => Ok(()),
            None => self.ballista.try_encode_udaf(node, buf),
        }
    }
}
