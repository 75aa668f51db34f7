//! A URL that may hold a password.

use std::fmt;

/// A URL that is shown without what may be secret in it: the password, and everything after `?`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretUrl(String);

impl SecretUrl {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// All of it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What has no such shape may be anything, a password alone included.
        let Some((scheme, rest)) = self.0.split_once("://") else { return f.write_str("***") };
        let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (path, hidden) = tail.split_at(tail.find(['?', '#']).unwrap_or(tail.len()));
        // A password with a character that should have been escaped: where it ends cannot be told.
        if tail.contains('@') {
            return write!(f, "{scheme}://***");
        }
        write!(f, "{scheme}://")?;
        match authority.rsplit_once('@') {
            Some((user, host)) => {
                let shown = user.split_once(':').map_or(user, |(name, _)| name);
                let password = if shown.len() < user.len() { ":***" } else { "" };
                write!(f, "{shown}{password}@{host}{path}")?;
            }
            None => write!(f, "{authority}{path}")?,
        }
        if hidden.is_empty() { Ok(()) } else { f.write_str("?***") }
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_is_not_shown() {
        for (url, shown) in [
            ("redis://localhost", "redis://localhost"),
            ("redis://10.0.0.1:7000/2", "redis://10.0.0.1:7000/2"),
            ("redis://:s3cret@h:1/0", "redis://:***@h:1/0"),
            ("redis://user:s3cret@h", "redis://user:***@h"),
            ("redis://user:s3@cret@h", "redis://user:***@h"),
            ("redis://user:s3/cret@h", "redis://***"),
            ("redis://user:s3?cret@h", "redis://***"),
            ("redis://h/0?pass=s3cret", "redis://h/0?***"),
            ("redis://h#s3cret", "redis://h?***"),
            ("user:s3cret@h", "***"),
            ("s3cret", "***"),
        ] {
            let url = SecretUrl::new(url);
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), format!("\"{shown}\""));
        }
    }
}
