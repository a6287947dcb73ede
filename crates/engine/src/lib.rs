//! Session, tables, scans, the SQL catalog, merge runs and Parquet output.
//!
//! The only crate beside `cluster` that knows DataFusion. The join is defined by `sql/merge/`; this crate runs it,
//! plainly or by an operator that gives the same rows, and sees to it that every record is accounted for.
//! It does not know how SageMaker writes a record (`capture`) nor how objects become visible (`store`).

mod backfill;
mod catalog;
mod cluster;
mod error;
mod functions;
mod in_order;
mod init;
mod key_table;
mod label_export;
mod label_source;
mod memory;
mod merge;
mod model;
mod normal_key;
mod options;
mod progress;
mod quality;
mod read;
mod report;
mod run_table;
mod runs;
mod session;
mod shown_id;
mod spill;
mod spill_file;
mod sql;
mod tables;
mod warehouse;

pub use backfill::{
    BackfillError, BackfillOptions, BackfillPlan, BackfillReport, Done, HourDone, HourStates,
    Looked, ModelDone, ModelStates, PinnedPlan, PlanReport, Shard, WorkReport,
};
pub use catalog::{Catalog, shipped_statements};
pub use cluster::{
    BegunAgain, Cluster, ClusterError, ClusterJob, ClusterRows, Worker, build_version, decode_task,
    encode_task,
};
pub use error::{EngineError, ErrorKind};
pub use functions::{aggregate_functions, scalar_functions};
pub use groundline_quality::{ProblemType, RunState};
pub use init::{
    Bounds, Counted, ExampleFindings, FieldFindings, Findings, InitOptions, LabelFindings,
    LabelTableFindings, MappingFindings, MatchFindings, ModelFindings, NearMiss, PlaceFindings,
    Proposal, ReadFindings, RecordKind, RejectFindings, SourceFindings, WayFindings, Whereabouts,
    WindowFindings, init, whereabouts,
};
pub use label_export::{LabelExport, LabelExportReport, export_labels};
pub use label_source::{LabelQuery, LabelSource, LabelTable};
pub use merge::{
    Explanation, ModelExplanation, Nearest, Occurrence, Stop, explain, hour_file_columns, merge,
    unmatched_fix, unmatched_reasons,
};
pub use model::{
    ColumnSource, ColumnType, DuplicateLabels, Join, Mapping, Match, Model, OwnColumn, OwnSql,
    PayloadSide, Policy, Source,
};
pub use options::{MaxRejects, MergeOptions, Plan, Resources, UnmatchedLimits};
pub use progress::{Progress, Silent};
pub use quality::{
    Dataset, Every, Misfit, MisfitKind, OwnMetric, QualityError, QualityGroup, QualityOptions,
    QualityReport, QualitySource, QualityValues, RowCounts, measure, models_of, own_metrics,
    write_metrics,
};
pub use report::{
    HourReport, LabelLedger, Ledger, MergeReport, ModelReport, PredictionLedger, RejectGroup,
    UnmatchedGroup,
};
pub use run_table::{COMMENT, LeftBehind, PartitionColumn, PartitionKind, RunTable};
pub use runs::{RunCheck, RunFigure, RunRecord, WindowAccounts, WindowHours, read_runs, write_run};
pub use shown_id::shown_id;
pub use spill::check_temp_dir;
pub use sql::{SqlInputs, SqlResult, SqlSession};
pub use tables::BATCH;
pub use warehouse::LabelTableError;
