//! The choice of `--columns` among those that an hour file can have (design.md "The output").

use std::collections::BTreeSet;

use groundline_engine::hour_file_columns;

use crate::suggest::nearest;

/// Says which name is no column of an hour file nor one of the models' `own`, or stands twice.
pub(crate) fn check(columns: &[String], own: &BTreeSet<&str>) -> Result<(), String> {
    let mut known = hour_file_columns().to_vec();
    known.extend(own);
    let mut seen = BTreeSet::new();
    for column in columns {
        if !known.contains(&column.as_str()) {
            let all = known.join(", ");
            return Err(match nearest(column, known.iter().copied()) {
                Some(near) => {
                    format!("`{column}` is no column; did you mean `{near}`? There are: {all}")
                }
                None => format!("`{column}` is no column; there are: {all}"),
            });
        }
        if !seen.insert(column) {
            return Err(format!("the column `{column}` stands twice"));
        }
    }
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn check_text(columns: &str) -> Result<(), String> {
        let columns: Vec<String> = columns.split(',').map(str::to_owned).collect();
        check(&columns, &BTreeSet::from(["plan"]))
    }

    #[test]
    fn an_unknown_column_names_the_nearest_and_all() {
        let why = check_text("key,probabilty").unwrap_err();
        assert!(
            why.starts_with(
                "`probabilty` is no column; did you mean `probability`? There are: key, event_id"
            ),
            "{why}"
        );
        let why = check_text("zzzzzz").unwrap_err();
        assert!(
            why.starts_with("`zzzzzz` is no column; there are: key"),
            "{why}"
        );
    }

    #[test]
    fn a_column_stands_once() {
        assert_eq!(
            check_text("key,label,key").unwrap_err(),
            "the column `key` stands twice"
        );
        assert_eq!(check_text(&hour_file_columns().join(",")), Ok(()));
        assert_eq!(check_text("key,plan"), Ok(()));
    }
}
