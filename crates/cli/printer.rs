//! The two streams: results on stdout, everything said about them on stderr.

use std::io::{self, Write};

use crate::failure::Failure;

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const CYAN: &str = "\x1b[36m";
const PLAIN: &str = "\x1b[0m";

/// Says things on stderr. Colour is dropped where stderr is no terminal or `NO_COLOR` is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    quiet: bool,
}

impl Printer {
    /// With `quiet`, only errors and what failed are printed.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    pub(crate) fn is_quiet(self) -> bool {
        self.quiet
    }

    /// Something good to know.
    pub(crate) fn note(self, text: &str) {
        if !self.quiet {
            say(text);
        }
    }

    /// What to do about the note before it.
    pub(crate) fn hint(self, text: &str) {
        if !self.quiet {
            self.remedy(text);
        }
    }

    /// Something that the user has to know, quiet or not.
    pub(crate) fn warn(self, text: &str) {
        say(&format!("{YELLOW}warning{PLAIN}: {text}"));
    }

    /// What to do about a warning, quiet or not.
    pub(crate) fn remedy(self, text: &str) {
        say(&format!("{CYAN}hint{PLAIN}: {text}"));
    }

    /// A failure: the message, its causes, its hints.
    pub(crate) fn failure(self, failure: &Failure) {
        say(&format!("{RED}error{PLAIN}: {}", failure.message));
        for cause in &failure.causes {
            say(&format!(
                "  caused by: {}",
                cause.replace('\n', "\n             ")
            ));
        }
        for hint in &failure.hints {
            self.remedy(hint);
        }
    }
}

fn say(text: &str) {
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(anstream::stderr().lock(), "{}", printable(text));
}

/// Text of a record or file name must not steer the terminal; our own colours may.
fn printable(text: &str) -> String {
    let ours = [RED, YELLOW, CYAN, PLAIN];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(code) = ours.iter().find(|code| rest.starts_with(**code)) {
            out.push_str(code);
            rest = rest.strip_prefix(*code).unwrap_or_default();
            continue;
        }
        if first.is_control() && first != '\n' {
            out.extend(first.escape_default());
        } else {
            out.push(first);
        }
        rest = rest.strip_prefix(first).unwrap_or_default();
    }
    out
}

/// Stdout, buffered. A reader that went away closes it: later writes succeed and do nothing, and
/// [`Stdout::is_closed`] tells long results to stop.
#[derive(Debug)]
pub(crate) struct Stdout {
    inner: io::BufWriter<io::Stdout>,
    closed: bool,
}

impl Stdout {
    pub(crate) fn open() -> Self {
        Self {
            inner: io::BufWriter::with_capacity(64 << 10, io::stdout()),
            closed: false,
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Writes text and a line end.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(text.as_bytes())?;
        self.bytes(b"\n")
    }

    /// Writes bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let done = if self.closed {
            Ok(())
        } else {
            self.inner.write_all(bytes)
        };
        self.settle(done)
    }

    /// Hands everything to the reader.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        let done = if self.closed {
            Ok(())
        } else {
            self.inner.flush()
        };
        self.settle(done)
    }

    fn settle(&mut self, done: io::Result<()>) -> Result<(), Failure> {
        match done {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Err(error) => Err(Failure::failed("cannot write the result to stdout").because(&error)),
            Ok(()) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_records_cannot_steer_the_terminal() {
        assert_eq!(
            printable(&format!("{RED}error{PLAIN}: \x1b]0;x\x07 é\nnext")),
            format!("{RED}error{PLAIN}: \\u{{1b}}]0;x\\u{{7}} é\nnext")
        );
    }
}
