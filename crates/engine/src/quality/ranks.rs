//! Figures of every group: from its state, and from its keys in order.

use groundline_quality::{Measured, RankState, Ranks, ResidualQuantiles};

use super::options::QualityOptions;
use super::sort_key::SortKey;
use super::sorter::{SortedKeys, Sorter};
use super::states::States;
use crate::error::EngineError;

/// The figures of each group, by its number.
pub(crate) async fn finish(
    states: &States,
    ranks: Sorter,
    magnitudes: Sorter,
    options: &QualityOptions,
) -> Result<Vec<Measured>, EngineError> {
    let values = &options.values;
    Ok(match states {
        States::Binary(states) => {
            let mut found: Vec<Option<Ranks>> = states.iter().map(|_| None).collect();
            let mut current: Option<(u32, RankState)> = None;
            let mut keys = ranks.finish().await?;
            let points = options.curve_points;
            let mut close = |current: Option<(u32, RankState)>| {
                if let Some((group, state)) = current
                    && let Some(found) = found.get_mut(group as usize)
                {
                    *found = Some(state.finish());
                }
            };
            while keys
                .some(|key| {
                    let key = SortKey::of_descending(key);
                    if current
                        .as_ref()
                        .is_none_or(|(group, _)| *group != key.group)
                    {
                        let totals = states.get(key.group as usize).map(|state| state.totals());
                        let next = RankState::new(totals.unwrap_or_default(), points);
                        close(current.replace((key.group, next)));
                    }
                    if let Some((_, state)) = &mut current {
                        state.push(key.value, key.positive, key.mask);
                    }
                })
                .await?
            {}
            close(current);
            let classes = [
                values.negative_class.as_str(),
                values.positive_class.as_str(),
            ];
            let states = states.iter().zip(&found);
            states
                .map(|(state, ranks)| state.finish(ranks.as_ref(), classes))
                .collect()
        }
        States::Multiclass(states) => states.iter().map(|state| state.finish()).collect(),
        States::Regression(states) => {
            let mut quantiles: Vec<ResidualQuantiles> = states
                .iter()
                .map(|state| ResidualQuantiles::new(state.rows()))
                .collect();
            each(ranks.finish().await?, |group, value| {
                if let Some(quantiles) = quantiles.get_mut(group) {
                    quantiles.push_residual(value);
                }
            })
            .await?;
            each(magnitudes.finish().await?, |group, value| {
                if let Some(quantiles) = quantiles.get_mut(group) {
                    quantiles.push_absolute(value);
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

async fn each(mut keys: SortedKeys, mut take: impl FnMut(usize, f64)) -> Result<(), EngineError> {
    while keys
        .some(|key| {
            let key = SortKey::of_ascending(key);
            take(key.group as usize, key.value);
        })
        .await?
    {}
    Ok(())
}
