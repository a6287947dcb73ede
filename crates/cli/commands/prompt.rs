//! The prompt of `groundline sql` on a terminal.

use std::path::Path;

use groundline_engine::SqlSession;
use rustyline::error::ReadlineError;
use rustyline::{Config, DefaultEditor};

use crate::commands::history;
use crate::commands::sql::Shell;
use crate::failure::Failure;
use crate::printer::Printer;

const FIRST: &str = "groundline> ";
const NEXT: &str = "         -> ";

const HELP: &str = "\
statements end with `;` and may span lines
\\d        list the tables
\\d NAME   list the columns of a table
\\?        this help
\\q        leave (also quit, exit, Ctrl-D)";

const TABLES: &str = "SELECT table_name, table_type FROM information_schema.tables \
                      WHERE table_schema = 'public' ORDER BY table_name";

/// Reads and runs statements until the user leaves. A statement that fails is reported, and the next
/// one may come.
pub(crate) fn run(shell: &mut Shell) -> Result<(), Failure> {
    let config = Config::builder().auto_add_history(false).build();
    let mut editor = DefaultEditor::with_config(config)
        .map_err(|error| Failure::failed("cannot open the prompt").because(&error))?;
    let history = history::path(|name| std::env::var_os(name));
    if let Some(path) = &history {
        // Without a history the prompt still works.
        let _ = editor.load_history(path);
    }
    let mut pending = String::new();
    loop {
        let line = match editor.readline(if pending.is_empty() { FIRST } else { NEXT }) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => {
                pending.clear();
                continue;
            }
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(Failure::failed("the prompt failed").because(&error)),
        };
        match read(&mut pending, &line) {
            Step::More => {}
            Step::Leave => break,
            Step::Help => shell.out.line(HELP)?,
            Step::Run(text) => {
                let _ = editor.add_history_entry(text.trim());
                let (statements, failure) = match statements(&text) {
                    Ok(statements) => (statements, None),
                    Err(failure) => (Vec::new(), Some(failure)),
                };
                let done = match failure {
                    Some(failure) => Err(failure),
                    None => statements
                        .iter()
                        .try_for_each(|statement| shell.query(statement, true)),
                };
                if let Err(failure) = done {
                    Printer::new(false).failure(&failure);
                }
            }
        }
        shell.out.flush()?;
    }
    if let Some(path) = &history {
        save(&mut editor, path);
    }
    Ok(())
}

/// What a line asks for, with the lines before it.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    More,
    Leave,
    Help,
    Run(String),
}

fn read(pending: &mut String, line: &str) -> Step {
    if pending.is_empty() {
        let word = line.trim().trim_end_matches(';').trim_end();
        match word {
            "" => return Step::More,
            "\\q" | "quit" | "exit" => return Step::Leave,
            "\\?" | "help" => return Step::Help,
            _ if word.starts_with('\\') => return Step::Run(word.to_owned()),
            _ => {}
        }
    }
    pending.push_str(line);
    pending.push('\n');
    if line.trim_end().ends_with(';') {
        Step::Run(std::mem::take(pending))
    } else {
        Step::More
    }
}

/// A statement of the user, or the one that a backslash command stands for.
fn statements(text: &str) -> Result<Vec<String>, Failure> {
    let Some(command) = text.strip_prefix('\\') else {
        return Ok(SqlSession::split_statements(text)?);
    };
    match command
        .split_once(char::is_whitespace)
        .unwrap_or((command, ""))
    {
        ("d", "") => Ok(vec![TABLES.to_owned()]),
        ("d", name) => Ok(vec![format!(
            "DESCRIBE \"{}\"",
            name.trim().replace('"', "\"\"")
        )]),
        (other, _) => {
            Err(Failure::usage(format!("there is no command \\{other}")).hint("\\? lists them"))
        }
    }
}

fn save(editor: &mut DefaultEditor, path: &Path) {
    if let Some(folder) = path.parent() {
        let _ = std::fs::create_dir_all(folder);
    }
    // A history that cannot be kept is no reason to fail.
    let _ = editor.save_history(path);
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    #[test]
    fn a_statement_goes_on_until_its_semicolon() {
        let mut pending = String::new();
        assert_eq!(read(&mut pending, "select 1,"), Step::More);
        assert_eq!(
            read(&mut pending, "quit"),
            Step::More,
            "inside a statement a word is a word"
        );
        assert_eq!(
            read(&mut pending, "2; "),
            Step::Run("select 1,\nquit\n2; \n".into())
        );
        assert!(pending.is_empty());
    }

    #[test]
    fn words_and_backslash_commands_stand_alone() {
        let mut pending = String::new();
        for word in ["\\q", "quit;", " exit "] {
            assert_eq!(read(&mut pending, word), Step::Leave);
        }
        assert_eq!(read(&mut pending, "\\?"), Step::Help);
        assert_eq!(read(&mut pending, "  "), Step::More);
        assert_eq!(
            read(&mut pending, "\\d labels;"),
            Step::Run("\\d labels".into())
        );
        assert!(pending.is_empty());
    }

    #[test]
    fn backslash_d_asks_the_catalog() {
        assert_eq!(statements("\\d").unwrap(), [TABLES]);
        assert_eq!(statements("\\d  a\"b").unwrap(), ["DESCRIBE \"a\"\"b\""]);
        assert!(statements("\\x").unwrap_err().message.contains("\\x"));
    }
}
