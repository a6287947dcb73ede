//! Labels as a table of files: which column is the id, which the label and which the time.

use std::collections::HashSet;
use std::sync::Arc;

use super::InitOptions;
use super::bounds::{Bounds, Meter, spread};
use super::findings::{LabelTableFindings, Proposal};
use super::ids::{PredictionId, Predictions, Reader};
use super::label_data::NAMES;
use super::places::Place;
use super::rejects::Tally;
use super::source::{LabelSource, Source};
use crate::error::EngineError;
use crate::label_source::{LabelQuery, LabelTable};
use crate::options::Resources;
use crate::warehouse::{ColumnLook, TableLook};

/// Hours whose predictions are held against the columns.
const HOURS: usize = 24;
/// Columns that are named.
const NAMED: usize = 40;

/// Names of a column that is the time of a label, best first.
const TIMES: &[&str] = &[
    "collected_at",
    "labelled_at",
    "labeled_at",
    "label_time",
    "label_timestamp",
    "labelled",
    "labeled",
    "updated_at",
    "event_time",
    "timestamp",
    "time",
    "ts",
    "date",
];

/// Looks at the files; gives what they are and, where all three columns can be told, their labels.
pub(super) async fn look(
    files: &str,
    sources: &[Source],
    options: &InitOptions,
) -> Result<(LabelTableFindings, Option<LabelSource>), EngineError> {
    let resources = Resources {
        stores: options.stores.clone(),
        ..Resources::default()
    };
    let predictions = predictions(sources, &options.bounds).await?;
    let ids = predictions.iter();
    let known: HashSet<&str> = ids
        .flat_map(|id| [id.inference_id.as_deref(), id.event_id.as_deref()])
        .flatten()
        .collect();
    let look = TableLook::new(files, &known, spread, &resources).await?;
    let settings = choose(&look.columns);
    let told = |key: &str| {
        let mut settings = settings.iter();
        settings
            .find(|setting| setting.key == key)
            .map(|s| s.value.clone())
    };
    let query = match (told("id"), told("label"), told("collected_at")) {
        (Some(id), Some(label), Some(collected_at)) => Some(LabelQuery::Columns {
            id,
            label,
            collected_at,
        }),
        _ => None,
    };
    let findings = LabelTableFindings {
        files: files.to_owned(),
        columns: look.columns.iter().take(NAMED).map(described).collect(),
        complete: query.is_some(),
        settings,
    };
    let Some(query) = query else {
        return Ok((findings, None));
    };
    let table = LabelTable {
        files: files.to_owned(),
        query,
    };
    let Some(staged) = look.labels(&table, &resources).await? else {
        return Ok((findings, None));
    };
    let (all, _) = look.listed;
    let cut = look.opened < all;
    let counted = cut.then(|| format!("hours of {} of {all} files", look.opened));
    let mut tally = Tally::default();
    for reject in &staged.rejects {
        tally.add_row(&reject.key.file, &reject.reject);
    }
    // A table without labels says nothing of how they match.
    let place = Place::known("", "", staged.inputs, counted);
    let source = place.map(|place| LabelSource {
        uri: files.to_owned(),
        place: Place {
            listed: Some(look.listed),
            cut: false,
            ..place
        },
        notes: Vec::new(),
        table: Some(tally),
    });
    Ok((findings, source))
}

/// The ids of some hours of all predictions.
async fn predictions(
    sources: &[Source],
    bounds: &Bounds,
) -> Result<Vec<PredictionId>, EngineError> {
    let meter = Arc::new(Meter::default());
    let reader = Reader {
        bounds,
        meter: &meter,
    };
    let mut ids = Vec::new();
    for source in sources {
        let mut read = Predictions::default();
        let mut hours: Vec<_> = source.places.iter().flat_map(|p| p.hours.keys()).collect();
        hours.sort_unstable();
        hours.dedup();
        for at in spread(hours.len(), HOURS) {
            if let Some(hour) = hours.get(at) {
                let limit = (bounds.bytes / 4, bounds.objects / 2);
                reader
                    .predictions(&source.places, **hour, limit, &mut read)
                    .await?;
            }
        }
        ids.append(&mut read.ids);
    }
    Ok(ids)
}

/// `order_id (Utf8)`
fn described(column: &ColumnLook) -> String {
    format!("{} ({})", column.name, column.data_type)
}

/// `id`, `label` and `collected_at`, as far as they can be told.
fn choose(columns: &[ColumnLook]) -> Vec<Proposal> {
    let mut found = Vec::new();
    let id = columns
        .iter()
        .rev()
        .filter(|column| column.known > 0)
        .max_by_key(|column| column.known);
    let Some(id) = id else {
        return with_time(columns, None, found);
    };
    found.push(Proposal::new(
        "id",
        &id.name,
        format!(
            "{} of {} values that were looked at are ids of predictions",
            id.known, id.values
        ),
    ));
    with_time(columns, Some(id), found)
}

fn with_time(
    columns: &[ColumnLook],
    id: Option<&ColumnLook>,
    mut found: Vec<Proposal>,
) -> Vec<Proposal> {
    let is = |one: &ColumnLook, other: Option<&ColumnLook>| {
        other.is_some_and(|other| other.name == one.name)
    };
    let times: Vec<&ColumnLook> = columns
        .iter()
        .filter(|column| !is(column, id) && is_time(column))
        .collect();
    let time = the_one(&times, |column| rank(column, TIMES));
    // What is a time, or as full of ids as the id, is no label.
    let mut rest: Vec<&ColumnLook> = columns
        .iter()
        .filter(|column| !is(column, id) && !is_time(column) && column.values > 0)
        .collect();
    // What says the same in every row says nothing, unless there is nothing else.
    if rest.iter().any(|column| column.classes.len() > 1) {
        rest.retain(|column| column.classes.len() > 1);
    }
    let by_name = the_one(&rest, |column| rank(column, NAMES));
    let classes: Vec<&ColumnLook> = rest.iter().copied().filter(|c| c.is_class()).collect();
    let label = by_name.or(match classes.as_slice() {
        [one] => Some(*one),
        _ => None,
    });
    if let Some(label) = label {
        let few: Vec<&str> = label.classes.iter().take(4).map(String::as_str).collect();
        let why = match rest.len() {
            1 => "the only other column whose values differ".to_owned(),
            _ => "by its name and values".to_owned(),
        };
        let why = format!("{why}; for example {}", few.join(", "));
        found.push(Proposal::new("label", &label.name, why));
    }
    if let Some(time) = time {
        let why = match times.len() {
            1 => format!("the only column of times ({})", time.data_type),
            others => format!("by its name, of {others} columns of times"),
        };
        found.push(Proposal::new("collected_at", &time.name, why));
    }
    found
}

/// Most values are times that a merge can read; the others are rejects.
fn is_time(column: &ColumnLook) -> bool {
    column.values > 0 && column.times * 5 >= column.values * 4
}

/// The only one, else the one of the best rank, if no other has it.
fn the_one<'a>(
    columns: &[&'a ColumnLook],
    rank: impl Fn(&ColumnLook) -> usize,
) -> Option<&'a ColumnLook> {
    if let [one] = columns {
        return Some(one);
    }
    let best = columns.iter().map(|column| rank(column)).max()?;
    let mut of_best = columns.iter().filter(|column| rank(column) == best);
    match (best, of_best.next(), of_best.next()) {
        (1.., Some(one), None) => Some(one),
        _ => None,
    }
}

/// How well a column's name is one of `names`, best first; 0 is not at all.
fn rank(column: &ColumnLook, names: &[&str]) -> usize {
    let name = column.name.to_lowercase();
    let words = name.split(['_', '-', ' ', '.']);
    let place = names.iter().position(|known| name == *known);
    let place = place.or_else(|| {
        let named = |known: &&str| words.clone().any(|word| word == *known);
        names.iter().position(named)
    });
    place.map_or(0, |place| names.len() - place)
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, TimeUnit};

    use super::*;

    fn column(name: &str, known: u64, times: u64, classes: &[&str]) -> ColumnLook {
        ColumnLook {
            name: name.to_owned(),
            data_type: match times {
                0 => DataType::Utf8,
                _ => DataType::Timestamp(TimeUnit::Microsecond, None),
            },
            values: 100,
            known,
            times,
            classes: classes.iter().map(|class| (*class).to_owned()).collect(),
        }
    }

    fn many() -> Vec<String> {
        (0..65).map(|n| n.to_string()).collect()
    }

    fn chosen(columns: &[ColumnLook]) -> Vec<(&'static str, String)> {
        let settings = choose(columns).into_iter();
        settings
            .map(|setting| (setting.key, setting.value))
            .collect()
    }

    #[test]
    fn columns_are_told_by_ids_times_and_what_is_left() {
        let columns = [
            column("at", 0, 100, &[]),
            column("order", 90, 0, &[]),
            column("churned", 2, 0, &["0", "1"]),
            column("source", 0, 0, &["crm"]),
        ];
        let expected = [
            ("id", "order"),
            ("label", "churned"),
            ("collected_at", "at"),
        ];
        assert_eq!(chosen(&columns), expected.map(|(k, v)| (k, v.to_owned())));
    }

    #[test]
    fn of_several_the_name_tells_and_where_it_does_not_nothing_is_proposed() {
        let many = many();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let mut columns = vec![
            column("order_id", 90, 0, &many),
            column("amount", 0, 0, &many),
            column("label", 0, 0, &["0", "1"]),
            column("region", 0, 0, &["a", "b"]),
            column("created_at", 0, 100, &[]),
            column("labelled_at", 0, 100, &[]),
        ];
        let keys = |columns: &[ColumnLook]| {
            chosen(columns)
                .into_iter()
                .map(|(k, _)| k)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            chosen(&columns)[1..],
            [
                ("label", "label".to_owned()),
                ("collected_at", "labelled_at".to_owned())
            ]
        );
        columns[2].name = "plan".to_owned();
        columns[5].name = "seen_at".to_owned();
        assert_eq!(keys(&columns), ["id"]);
        columns[0].known = 0;
        assert_eq!(keys(&columns), [""; 0]);
    }
}
