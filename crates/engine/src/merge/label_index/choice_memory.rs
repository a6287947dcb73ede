//! What choosing labels for one prediction after another remembers.

use std::collections::HashSet;

use groundline_store::Hour;

use super::Heads;

/// What a worker keeps between choices.
#[derive(Debug)]
pub(crate) struct ChoiceMemory {
    /// Whether captures are counted: once per hour, however often its rows are asked for.
    pub(super) counts: bool,
    /// Whether what is chosen is matched: not where others have a say in it.
    pub(super) decides: bool,
    pub(super) marked: HashSet<(Heads, Hour, u32)>,
}

impl ChoiceMemory {
    /// Of one whose choice is the merge's: it is marked and counted.
    pub(crate) fn new() -> Self {
        Self {
            counts: true,
            decides: true,
            marked: HashSet::new(),
        }
    }

    /// Of one who marks what may be chosen, and counts nothing: which labels are matched is told apart
    /// ([`super::LabelIndex::took`]), or was before.
    pub(crate) fn undecided() -> Self {
        Self {
            counts: false,
            decides: false,
            marked: HashSet::new(),
        }
    }
}
