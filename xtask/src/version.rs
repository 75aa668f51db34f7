//! Versions of tools, as far as "is it new enough?" needs them.

use std::fmt;

/// `major.minor.patch`, ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub(crate) u32, pub(crate) u32, pub(crate) u32);

impl Version {
    /// The first version in what a tool answers to `--version`, wherever it puts its name, commit and date.
    /// A suffix (`-rc.1`, `+build`) is left out of account.
    pub(crate) fn find_in(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(Self::parse)
    }

    fn parse(word: &str) -> Option<Self> {
        let bare = word.split(['-', '+']).next()?;
        let mut numbers = bare.split('.').map(str::parse::<u32>);
        let version = Self(numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
        numbers.next().is_none().then_some(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn finds_the_version_in_what_the_tools_answer() {
        let nextest =
            "cargo-nextest 0.9.143 (60fa45f63 2026-08-04)\nrelease: 0.9.143\ncommit-date: 2026-08-04";
        assert_eq!(Version::find_in(nextest), Some(Version(0, 9, 143)));
        assert_eq!(Version::find_in("cargo-deny 0.20.2"), Some(Version(0, 20, 2)));
        assert_eq!(Version::find_in("st, version 4.32.5"), Some(Version(4, 32, 5)));
        assert_eq!(Version::find_in("tool 1.2.3-rc.1"), Some(Version(1, 2, 3)));
    }

    #[test]
    fn finds_none_where_there_is_none() {
        assert_eq!(Version::find_in("error: no such command: `deny`"), None);
        assert_eq!(Version::find_in("tool 1.2"), None);
        assert_eq!(Version::find_in("tool 1.2.3.4"), None);
    }

    #[test]
    fn orders_by_number_and_not_by_text() {
        assert!(Version(0, 9, 143) > Version(0, 9, 99));
        assert!(Version(1, 0, 0) > Version(0, 99, 99));
    }
}
