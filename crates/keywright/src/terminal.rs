//! What is printed, and in which colours. Everything that this program prints, but for its log and clap's help, goes
//! through here.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};

/// Whether a person reads standard output now, so that a secret printed there ends up in no file or journal.
pub(crate) fn is_attended() -> bool {
    io::stdout().is_terminal()
}

/// Whether colours are wanted where there is a terminal: see <https://no-color.org>.
pub(crate) fn colours_are_wanted() -> bool {
    env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Prints to standard output.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Prints each line of an error to standard error, as an error.
pub(crate) fn print_error(error: &anyhow::Error) {
    let mut text = String::new();
    for line in format!("{error:#}").lines() {
        text.push_str("error: ");
        text.push_str(line);
        text.push('\n');
    }
    // Where even this cannot be written, nobody is left to be told.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Emphasis for standard output: none where it is no terminal or no colours are wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    colours: bool,
}

impl Style {
    /// What suits standard output.
    pub(crate) fn of_stdout() -> Self {
        Self { colours: is_attended() && colours_are_wanted() }
    }

    /// No emphasis at all.
    #[cfg(test)]
    pub(crate) const fn plain() -> Self {
        Self { colours: false }
    }

    /// What matters most.
    pub(crate) fn strong(self, text: &str) -> String {
        self.wrap("\x1b[1m", text)
    }

    /// A title.
    pub(crate) fn title(self, text: &str) -> String {
        self.wrap("\x1b[1;36m", text)
    }

    /// What matters least.
    pub(crate) fn faint(self, text: &str) -> String {
        self.wrap("\x1b[2m", text)
    }

    fn wrap(self, start: &str, text: &str) -> String {
        if self.colours { format!("{start}{text}\x1b[0m") } else { text.to_owned() }
    }
}
