//! Figures of every group: from its state, and from its keys in order.

use std::collections::BTreeMap;
use std::sync::Arc;

use groundline_quality::{BinaryState, Measured, RankState, RankTotals, Ranks, ResidualQuantiles};
use tokio::task::JoinSet;

use super::error::QualityError;
use super::key_ranges::KeyRanges;
use super::options::QualityOptions;
use super::sort_key::SortKey;
use super::sorter::{SortedKeys, Sorter};
use super::states::States;
use crate::error::EngineError;

/// The figures of each group, by its number; each curve has about so many points.
pub(crate) async fn finish(
    states: &States,
    ranks: Sorter,
    magnitudes: Sorter,
    points: usize,
    options: &QualityOptions,
) -> Result<Vec<Measured>, EngineError> {
    let values = &options.values;
    Ok(match states {
        States::Binary(states) => {
            let totals: Arc<Vec<RankTotals>> =
                Arc::new(states.iter().map(BinaryState::totals).collect());
            let ranks = match ranks.finish().await? {
                SortedKeys::Runs(runs) => {
                    let threads = options.resources.threads.max(1);
                    side_by_side(runs, &totals, points, threads).await?
                }
                stream => one_by_one(stream, &totals, points).await?,
            };
            let classes = [
                values.negative_class.as_str(),
                values.positive_class.as_str(),
            ];
            let states = states.iter().enumerate();
            states
                .map(|(group, state)| state.finish(ranks.get(&group), classes))
                .collect()
        }
        States::Multiclass(states) => states.iter().map(|state| state.finish()).collect(),
        States::Regression(states) => {
            let mut quantiles: Vec<ResidualQuantiles> = states
                .iter()
                .map(|state| ResidualQuantiles::new(state.rows()))
                .collect();
            let residuals = ranks.finish().await?;
            residuals
                .each(|key| {
                    let key = SortKey::of_ascending(key);
                    if let Some(quantiles) = quantiles.get_mut(key.group as usize) {
                        quantiles.push_residual(key.value);
                    }
                })
                .await?;
            let magnitudes = magnitudes.finish().await?;
            magnitudes
                .each(|key| {
                    let key = SortKey::of_ascending(key);
                    if let Some(quantiles) = quantiles.get_mut(key.group as usize) {
                        quantiles.push_absolute(key.value);
                    }
                })
                .await?;
            let states = states.iter().zip(quantiles);
            states
                .map(|(state, quantiles)| state.finish(Some(&quantiles)))
                .collect()
        }
    })
}

/// Groups in order, each with its state.
type RankStates = Vec<(usize, RankState)>;

/// Ranks keys in the order in which they come.
struct Ranker<'a> {
    totals: &'a [RankTotals],
    /// Rows above the first key, by group.
    above: BTreeMap<usize, RankTotals>,
    points: usize,
    states: RankStates,
}

impl Ranker<'_> {
    #[inline]
    fn push(&mut self, key: u128) {
        let key = SortKey::of_descending(key);
        let group = key.group as usize;
        if self.states.last().is_none_or(|(last, _)| *last != group) {
            let totals = self.totals.get(group).copied().unwrap_or_default();
            let above = self.above.get(&group).copied().unwrap_or_default();
            let state = RankState::below(totals, above, self.points);
            self.states.push((group, state));
        }
        if let Some((_, state)) = self.states.last_mut() {
            state.push(key.value, key.positive, key.mask);
        }
    }
}

/// Keys that spilled come in one stream.
async fn one_by_one(
    keys: SortedKeys,
    totals: &[RankTotals],
    points: usize,
) -> Result<BTreeMap<usize, Ranks>, EngineError> {
    let mut ranker = Ranker {
        totals,
        above: BTreeMap::new(),
        points,
        states: Vec::new(),
    };
    keys.each(|key| ranker.push(key)).await?;
    Ok(joined(ranker.states))
}

/// Keys in memory are ranked in ranges, on all threads.
async fn side_by_side(
    runs: Vec<Vec<u128>>,
    totals: &Arc<Vec<RankTotals>>,
    points: usize,
    threads: usize,
) -> Result<BTreeMap<usize, Ranks>, EngineError> {
    let ranges = Arc::new(KeyRanges::new(runs));
    let counted = {
        let ranges = Arc::clone(&ranges);
        on_all(threads, ranges.len(), move |range| counted(&ranges, range)).await?
    };
    // A range begins below all rows of earlier ones.
    let mut before: BTreeMap<usize, RankTotals> = BTreeMap::new();
    let mut above = Vec::with_capacity(counted.len());
    for counted in counted {
        let first = counted.first().map(|(group, _)| *group);
        let first = first.and_then(|group| Some((group, *before.get(&group)?)));
        above.push(first.into_iter().collect::<BTreeMap<_, _>>());
        for (group, rows) in counted {
            before.entry(group).or_default().merge(&rows);
        }
    }
    let totals = Arc::clone(totals);
    let ranked = on_all(threads, ranges.len(), move |range| {
        let mut ranker = Ranker {
            totals: &totals,
            above: above.get(range).cloned().unwrap_or_default(),
            points,
            states: Vec::new(),
        };
        for key in ranges.sorted(range) {
            ranker.push(key);
        }
        ranker.states
    })
    .await?;
    Ok(joined(ranked.into_iter().flatten().collect()))
}

/// The rows of each group in a range, in order of groups.
fn counted(ranges: &KeyRanges, range: usize) -> Vec<(usize, RankTotals)> {
    let mut rows: BTreeMap<usize, RankTotals> = BTreeMap::new();
    for part in ranges.parts(range) {
        let mut current: Option<(usize, RankTotals)> = None;
        for key in part {
            let key = SortKey::of_descending(*key);
            let group = key.group as usize;
            let (_, totals) = match &mut current {
                Some(current) if current.0 == group => current,
                other => {
                    if let Some((group, totals)) = other.take() {
                        rows.entry(group).or_default().merge(&totals);
                    }
                    other.insert((group, RankTotals::default()))
                }
            };
            totals.add(key.positive, key.mask);
        }
        if let Some((group, totals)) = current {
            rows.entry(group).or_default().merge(&totals);
        }
    }
    rows.into_iter().collect()
}

/// Joins the states of each group in their order.
fn joined(states: RankStates) -> BTreeMap<usize, Ranks> {
    let mut joined: BTreeMap<usize, RankState> = BTreeMap::new();
    for (group, state) in states {
        match joined.entry(group) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(state);
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => entry.get_mut().join(state),
        }
    }
    let joined = joined.into_iter();
    joined
        .map(|(group, state)| (group, state.finish()))
        .collect()
}

/// `work` of each number, on all threads; results in order.
async fn on_all<T: Send + 'static>(
    threads: usize,
    numbers: usize,
    work: impl Fn(usize) -> T + Send + Sync + 'static,
) -> Result<Vec<T>, EngineError> {
    let work = Arc::new(work);
    let mut tasks = JoinSet::new();
    for thread in 0..threads {
        let work = Arc::clone(&work);
        tasks.spawn(async move {
            let mut done = Vec::new();
            for number in (thread..numbers).step_by(threads) {
                done.push((number, work(number)));
                // Ctrl-C is heard in between.
                tokio::task::yield_now().await;
            }
            done
        });
    }
    let mut all = Vec::with_capacity(numbers);
    while let Some(done) = tasks.join_next().await {
        all.extend(done.map_err(|error| QualityError::Open(format!("a task stopped: {error}")))?);
    }
    all.sort_by_key(|(number, _)| *number);
    Ok(all.into_iter().map(|(_, result)| result).collect())
}
