//! Sections: what takes more than a value to say, as tables of the configuration file of which there may be several.
//!
//! A section is known here by its name alone ([`NAMES`]). The part of the server that it belongs to reads each of its
//! tables with [`read_each`], and tells every problem with its line.

use std::collections::BTreeMap;
use std::fmt;

use super::gateways;
use super::problem::Problem;
use super::value::{Origin, Value};

/// The sections that a configuration file may have: `gateways.routes` would stand for each `[[gateways.routes]]`. What
/// stands in a section takes effect when the file is read again.
pub(crate) const NAMES: [&str; 2] = [gateways::PROFILES, gateways::ROUTES];

/// One table of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(super) origin: Origin,
    pub(super) entries: BTreeMap<String, Entry>,
}

/// A value in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// `None`: neither a string nor a list of strings.
    pub(super) value: Option<Value>,
    pub(super) origin: Origin,
}

impl Table {
    /// What is wrong with a value, or with the whole table where it has no such key.
    pub(super) fn problem(
        &self,
        section: &str,
        key: &str,
        what: impl fmt::Display,
        what_to_do: impl fmt::Display,
    ) -> Problem {
        let entry = self.entries.get(key);
        let value = entry.and_then(|entry| entry.value.as_ref()).map(|value| format!(" = {value}"));
        let what = format!("{section}.{key}{} {what}", value.unwrap_or_default());
        Problem::new(what, entry.map_or(&self.origin, |entry| &entry.origin), what_to_do)
    }
}

/// As TOML, without its heading.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, entry) in &self.entries {
            if let Some(value) = &entry.value {
                writeln!(f, "{:<48} # {}", format!("{key} = {value}"), entry.origin)?;
            }
        }
        Ok(())
    }
}

/// Reads the tables of a section, in their order. `read` takes what it knows out of each; the rest is told as unknown.
pub(super) fn read_each<T>(
    section: &'static str,
    tables: &[Table],
    problems: &mut Vec<Problem>,
    mut read: impl FnMut(&mut TableReader<'_, '_>) -> Option<T>,
) -> Vec<T> {
    let mut found = Vec::with_capacity(tables.len());
    for table in tables {
        let mut reader = TableReader { section, table, known: Vec::new(), problems };
        found.extend(read(&mut reader));
        reader.finish();
    }
    found
}

/// Takes values out of a table, and gathers what is wrong with them.
pub(crate) struct TableReader<'table, 'problems> {
    section: &'static str,
    table: &'table Table,
    known: Vec<&'static str>,
    problems: &'problems mut Vec<Problem>,
}

impl<'table> TableReader<'table, '_> {
    /// A string, if it is there.
    pub(crate) fn text(&mut self, key: &'static str) -> Option<&'table str> {
        match &self.find(key)?.value {
            Some(Value::Text(text)) => Some(text),
            _ => {
                self.tell(key, "is not a string", format_args!("put its value in quotes: {key} = \"...\""));
                None
            }
        }
    }

    /// Whether a key is there, right or wrong.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.entries.contains_key(key)
    }

    /// A string that must be there.
    pub(crate) fn required_text(&mut self, key: &'static str) -> Option<&'table str> {
        if !self.table.entries.contains_key(key) {
            self.known.push(key);
            self.tell(key, "is missing", format_args!("add {key} = \"...\""));
            return None;
        }
        self.text(key)
    }

    /// A list of strings, if it is there.
    pub(crate) fn list(&mut self, key: &'static str) -> Option<&'table [String]> {
        match &self.find(key)?.value {
            Some(Value::List(list)) => Some(list),
            _ => {
                let what_to_do = format_args!("write it in brackets: {key} = [\"...\"]");
                self.tell(key, "is not a list of strings", what_to_do);
                None
            }
        }
    }

    /// Says what is wrong with a value, or with the whole table where it has no such key.
    pub(crate) fn tell(&mut self, key: &str, what: impl fmt::Display, what_to_do: impl fmt::Display) {
        self.problems.push(self.table.problem(self.section, key, what, what_to_do));
    }

    /// Ends the reading: a key that was not asked for is a problem.
    fn finish(self) {
        for (key, entry) in &self.table.entries {
            if !self.known.contains(&key.as_str()) {
                let what = format!("unknown key `{key}` in {}", self.section);
                let what_to_do = format!("remove it, or write one of {}", self.known.join(", "));
                self.problems.push(Problem::new(what, &entry.origin, what_to_do));
            }
        }
    }

    fn find(&mut self, key: &'static str) -> Option<&'table Entry> {
        self.known.push(key);
        self.table.entries.get(key)
    }
}
