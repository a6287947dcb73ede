//! SageMaker wire formats to Arrow batches and located rejects.
