//! Errors of other crates and modules as ours, and ours through DataFusion and back.

use datafusion::error::DataFusionError;
use groundline_store::StoreError;

use super::EngineError;
use crate::cluster::ClusterError;
use crate::quality::QualityError;
use crate::spill;
use crate::warehouse::LabelTableError;

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

impl From<QualityError> for EngineError {
    fn from(error: QualityError) -> Self {
        Self::Quality(Box::new(error))
    }
}

impl From<ClusterError> for EngineError {
    fn from(error: ClusterError) -> Self {
        Self::Cluster(Box::new(error))
    }
}

impl From<LabelTableError> for EngineError {
    fn from(error: LabelTableError) -> Self {
        Self::LabelTable(Box::new(error))
    }
}

impl From<DataFusionError> for EngineError {
    fn from(source: DataFusionError) -> Self {
        if let Some(spill) = spill::failure(&source) {
            return spill;
        }
        // An error of ours that went through DataFusion comes back as itself.
        match source {
            DataFusionError::External(inner) => match inner.downcast::<Self>() {
                Ok(ours) => *ours,
                Err(inner) => Self::Query {
                    source: Box::new(DataFusionError::External(inner)),
                },
            },
            DataFusionError::Context(_, inner) => Self::from(*inner),
            other => Self::Query {
                source: Box::new(other),
            },
        }
    }
}

impl From<EngineError> for DataFusionError {
    fn from(error: EngineError) -> Self {
        Self::External(Box::new(error))
    }
}
