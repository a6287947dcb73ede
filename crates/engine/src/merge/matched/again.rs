//! A second look at the predictions, for the nearest of labels that had no room at the first.

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};

use arrow::datatypes::Schema;

use super::{HourLabels, MatchedHour, Matcher};
use crate::error::EngineError;
use crate::in_order::{Results, in_order};
use crate::memory::Budget;
use crate::merge::inputs::PartitionInputs;
use crate::merge::label_index::LabelIndex;
use crate::merge::label_status::came_near;
use crate::merge::outcome::HourOutcome;
use crate::merge::settings::ModelRun;
use crate::read::ScanLog;

/// Notes the nearest predictions that were forgotten, if any are to be told; all predictions have been seen once.
pub(crate) async fn see_again(
    run: &Arc<ModelRun>,
    index: &Arc<LabelIndex>,
    hours: &[HourOutcome],
) -> Result<(), EngineError> {
    if !index.look_again(came_near(index)) {
        return Ok(());
    }
    let look = |partition: PartitionInputs, _: Results<()>| {
        let hour = MatchedHour {
            run: Arc::clone(run),
            partition,
            labels: HourLabels::Indexed(Arc::clone(index)),
            log: Arc::new(ScanLog::default()),
            conflict: Mutex::new(None),
            // Nothing is counted twice.
            streamed: AtomicBool::new(true),
            filtered: AtomicU64::new(0),
        };
        let mut matcher = Matcher {
            notes: true,
            ..Matcher::new(Arc::new(hour), Arc::new(Schema::empty()))
        };
        async move {
            while matcher.next().await?.is_some() {}
            Ok(())
        }
    };
    // Hours that failed were perhaps not read whole, and would say more now than they did.
    let read = run.inputs.partitions.iter().zip(hours);
    let read = read.filter(|(_, hour)| hour.report.failure.is_none());
    let read: Vec<PartitionInputs> = read.map(|(partition, _)| partition.clone()).collect();
    let under_way = Budget::of(&run.resources).hours;
    in_order(read, under_way, look, |()| Ok(())).await
}
