//! The statements that `groundline sql` runs, and those that the product ships.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use groundline_engine::{Catalog, SqlSession, shipped_statements};

use crate::args::sql::SqlArgs;
use crate::failure::Failure;
use crate::output::Form;
use crate::printer::Stdout;
use crate::suggest::nearest;

/// Longer scripts are data, not statements.
const MOST_BYTES: u64 = 16 << 20;

/// The statements of -c, -f or stdin, in order.
pub(crate) fn given(args: &SqlArgs) -> Result<Vec<String>, Failure> {
    if !args.commands.is_empty() {
        let mut statements = Vec::new();
        for command in &args.commands {
            statements.extend(split(command, "-c")?);
        }
        return Ok(statements);
    }
    match &args.script {
        Some(path) => {
            let file = std::fs::File::open(path).map_err(|error| {
                Failure::usage(format!("cannot read the statements in `{path}`")).because(&error)
            })?;
            split(&text(file, path)?, path)
        }
        None => split(&text(std::io::stdin().lock(), "stdin")?, "stdin"),
    }
}

fn text(source: impl Read, name: &str) -> Result<String, Failure> {
    let mut text = String::new();
    source
        .take(MOST_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|error| {
            Failure::failed(format!("cannot read the statements in `{name}`")).because(&error)
        })?;
    if text.len() as u64 > MOST_BYTES {
        return Err(Failure::usage(format!(
            "the statements in `{name}` are longer than 16 MiB"
        )));
    }
    Ok(text)
}

fn split(text: &str, source: &str) -> Result<Vec<String>, Failure> {
    SqlSession::split_statements(text).map_err(|error| {
        Failure::from(error).while_doing(format!("cannot read the SQL of {source}"))
    })
}

/// Prints name and first comment line of each shipped statement.
pub(crate) fn list(form: Form, out: &mut Stdout) -> Result<(), Failure> {
    let column = |values: Vec<String>| Arc::new(StringArray::from(values)) as ArrayRef;
    let names = shipped_statements()
        .iter()
        .map(|(name, _)| (*name).to_owned());
    let yields = shipped_statements().iter().map(|(_, text)| headline(text));
    let batch = RecordBatch::try_from_iter([
        ("name", column(names.collect())),
        ("yields", column(yields.collect())),
    ])
    .map_err(|error| Failure::failed("cannot list the statements").because(&error))?;
    let mut rows = form.rows(batch.schema());
    rows.write(&batch, out)?;
    rows.finish(out)
}

/// Prints a shipped statement, or the one that replaces it in `--sql-dir`.
pub(crate) fn show(name: &str, sql_dir: Option<&Path>, out: &mut Stdout) -> Result<(), Failure> {
    let name = name.strip_suffix(".sql").unwrap_or(name);
    let shipped = shipped_statements();
    if !shipped.iter().any(|(known, _)| *known == name) {
        let failure = Failure::usage(format!("no statement `{name}` is shipped"));
        return Err(
            match nearest(name, shipped.iter().map(|(known, _)| *known)) {
                Some(near) => failure.hint(format!("did you mean `{near}`?")),
                None => failure.hint("`groundline sql --list` names them"),
            },
        );
    }
    let catalog = Catalog::open(sql_dir)?;
    out.line(catalog.text(name)?.trim_end())
}

fn headline(text: &str) -> String {
    text.lines()
        .find_map(|line| line.trim().strip_prefix("--"))
        .map(|comment| comment.trim().to_owned())
        .unwrap_or_default()
}

/// A statement on one line, cut so that a message stays readable, and before a URI, which may hold a signature.
pub(crate) fn excerpt(statement: &str) -> String {
    const MOST: usize = 100;
    if let Some((before, _)) = statement.split_once("://") {
        return format!("{}…", excerpt(before));
    }
    let line = statement.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MOST {
        line
    } else {
        line.chars().take(MOST).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_comment_describes_a_statement() {
        assert_eq!(
            headline("-- One row per label.\n-- More.\nSELECT 1"),
            "One row per label."
        );
        assert_eq!(headline("SELECT 1"), "");
    }

    #[test]
    fn a_long_statement_is_cut_at_a_character() {
        assert_eq!(excerpt("select\n  1"), "select 1");
        let long = excerpt(&"é".repeat(200));
        assert_eq!(long.chars().count(), 101);
        assert!(long.ends_with('…'));
    }
}
