//! Checks of what callers write: texts, ids, times and lists, each with a message that says what would do.

use std::str::FromStr;

use keywright_domain::{
    Credits, IpAllowlist, KeyPrefix, MAX_CREDITS, Permission, RateLimit, Timestamp, Verb, VerbSet,
};

use crate::error::{Error, FieldProblem};

/// The longest name and the longest external id, in characters.
const MAX_NAME_CHARS: usize = 255;
/// The longest description, in characters.
const MAX_DESCRIPTION_CHARS: usize = 2_000;
/// The most metadata, in bytes of JSON text.
const MAX_METADATA_BYTES: usize = 4_096;
/// The deepest metadata: readers of JSON, ours among them, stop somewhere.
const MAX_METADATA_DEPTH: usize = 32;
/// The most permissions in one list, and the most patterns among them: comparing two lists costs the product of one's
/// patterns with the other's length.
const MAX_PERMISSIONS: usize = 256;
const MAX_PATTERNS: usize = 32;
/// The most networks in one allow-list.
const MAX_NETWORKS: usize = 64;
/// The most rate limits of one key.
const MAX_RATE_LIMITS: usize = 8;
/// The longest window of a rate limit: 31 days, in seconds.
const MAX_WINDOW_SECONDS: u32 = 31 * 24 * 60 * 60;

/// Gathers what is wrong with a request, so that all of it is said at once.
#[derive(Default)]
pub(crate) struct Problems(Vec<FieldProblem>);

impl Problems {
    pub(crate) fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldProblem::new(field, message));
    }

    pub(crate) fn finish(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }

    /// A name that must be there.
    pub(crate) fn name(&mut self, field: &str, name: Option<&str>) -> String {
        match name {
            None => self.add(field, "is required"),
            Some(name) => self.line(field, name, MAX_NAME_CHARS),
        }
        name.unwrap_or_default().to_owned()
    }

    /// A text of one line, which may be left out.
    pub(crate) fn optional_line(&mut self, field: &str, text: Option<String>) -> Option<String> {
        if let Some(text) = &text {
            self.line(field, text, MAX_NAME_CHARS);
        }
        text
    }

    fn line(&mut self, field: &str, text: &str, max_chars: usize) {
        if text.trim().is_empty() {
            self.add(field, "must not be empty");
        } else if text.chars().count() > max_chars {
            self.add(field, format!("must have at most {max_chars} characters"));
        } else if text.chars().any(char::is_control) {
            self.add(field, "must not contain control characters");
        }
    }

    /// A text to look for: as long as what it is looked for in, at most.
    pub(crate) fn short(&mut self, field: &str, text: Option<&str>) {
        if text.is_some_and(|text| text.chars().count() > MAX_NAME_CHARS) {
            self.add(field, format!("must have at most {MAX_NAME_CHARS} characters"));
        } else if text.is_some_and(|text| text.chars().any(char::is_control)) {
            self.add(field, "must not contain control characters");
        }
    }

    /// A description: several lines, or none.
    pub(crate) fn description(&mut self, field: &str, text: Option<String>) -> Option<String> {
        let text = text.filter(|text| !text.is_empty());
        if let Some(text) = &text {
            if text.chars().count() > MAX_DESCRIPTION_CHARS {
                self.add(field, format!("must have at most {MAX_DESCRIPTION_CHARS} characters"));
            } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
                self.add(field, "must not contain control characters");
            }
        }
        text
    }

    /// Anything that is read from a text and says itself what is wrong.
    pub(crate) fn parsed<T: FromStr<Err: std::fmt::Display>>(
        &mut self,
        field: &str,
        text: &str,
    ) -> Option<T> {
        text.parse().map_err(|error: T::Err| self.add(field, error.to_string())).ok()
    }

    /// The same, where the text may be left out.
    pub(crate) fn optional<T: FromStr<Err: std::fmt::Display>>(
        &mut self,
        field: &str,
        text: Option<&str>,
    ) -> Option<T> {
        text.and_then(|text| self.parsed(field, text))
    }

    /// A time that must be to come.
    pub(crate) fn future(&mut self, field: &str, text: &str, now: Timestamp) -> Option<Timestamp> {
        let time: Timestamp = self.parsed(field, text)?;
        if time.has_passed(now) {
            self.add(field, "must be in the future");
        }
        Some(time)
    }

    /// Permissions.
    pub(crate) fn permissions(&mut self, field: &str, spelt: &[String]) -> Vec<Permission> {
        if spelt.len() > MAX_PERMISSIONS {
            self.add(field, format!("must have at most {MAX_PERMISSIONS} entries"));
            return Vec::new();
        }
        let read = |(position, text): (usize, &String)| self.parsed(&format!("{field}[{position}]"), text);
        let read: Vec<Permission> = spelt.iter().enumerate().filter_map(read).collect();
        let is_pattern =
            |permission: &&Permission| permission.patterns().iter().any(|pattern| !pattern.is_concrete());
        if read.iter().filter(is_pattern).count() > MAX_PATTERNS {
            self.add(field, format!("must have at most {MAX_PATTERNS} entries with `*`"));
        }
        read
    }

    /// Verbs out of `scope` or `verbs`; READ when neither is given.
    pub(crate) fn verbs(&mut self, scope: Option<&str>, verbs: Option<&[Verb]>) -> VerbSet {
        match (scope, verbs) {
            (Some(_), Some(_)) => self.add("verbs", "cannot be combined with scope"),
            (None, Some([])) => self.add("verbs", "must name at least one verb"),
            (None, Some(verbs)) => return verbs.iter().copied().collect(),
            (Some("read-write"), None) => return VerbSet::ALL,
            (Some("read") | None, None) => {}
            (Some(_), None) => self.add("scope", "must be read or read-write"),
        }
        VerbSet::READ
    }

    /// Networks.
    pub(crate) fn allowlist(&mut self, field: &str, entries: &[String]) -> IpAllowlist {
        if entries.len() > MAX_NETWORKS {
            self.add(field, format!("must have at most {MAX_NETWORKS} entries"));
            return IpAllowlist::default();
        }
        IpAllowlist::parse(entries).unwrap_or_else(|error| {
            self.add(format!("{field}[{}]", error.position), error.to_string());
            IpAllowlist::default()
        })
    }

    /// A JSON object, not too large.
    pub(crate) fn metadata(&mut self, field: &str, object: &serde_json::Map<String, serde_json::Value>) {
        let bytes = serde_json::to_string(object).map_or(usize::MAX, |text| text.len());
        if object.values().any(|value| depth(value) >= MAX_METADATA_DEPTH) {
            self.add(field, format!("must be nested at most {MAX_METADATA_DEPTH} deep"));
        }
        if object.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)) {
            self.add(field, "must not contain the character U+0000, which not every database can keep");
        }
        if bytes > MAX_METADATA_BYTES {
            self.add(field, format!("must have at most {MAX_METADATA_BYTES} bytes of JSON, not {bytes}"));
        }
    }

    /// Rate limits.
    pub(crate) fn rate_limits(&mut self, field: &str, limits: &[RateLimit]) {
        if limits.len() > MAX_RATE_LIMITS {
            self.add(field, format!("must have at most {MAX_RATE_LIMITS} entries"));
        }
        for (position, limit) in limits.iter().enumerate() {
            let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if !(1..=64).contains(&limit.name.len()) || !limit.name.chars().all(is_word) {
                self.add(
                    format!("{field}[{position}].name"),
                    "must be 1 to 64 letters, digits, `-`, `_` or `.`",
                );
            } else if limits[..position].iter().any(|earlier| earlier.name == limit.name) {
                self.add(format!("{field}[{position}].name"), "must be unique in the list");
            }
            if limit.limit == 0 {
                self.add(format!("{field}[{position}].limit"), "must be at least 1");
            }
            if !(1..=MAX_WINDOW_SECONDS).contains(&limit.window_seconds) {
                self.add(
                    format!("{field}[{position}].windowSeconds"),
                    format!("must be 1 to {MAX_WINDOW_SECONDS}"),
                );
            }
        }
    }

    /// A budget.
    pub(crate) fn credits(&mut self, field: &str, credits: &Credits) {
        self.credit_count(&format!("{field}.remaining"), credits.remaining);
        if let Some(threshold) = credits.low_threshold {
            self.credit_count(&format!("{field}.lowThreshold"), threshold);
        }
        if let Some(refill) = &credits.refill
            && !(1..=MAX_CREDITS).contains(&refill.amount)
        {
            self.add(format!("{field}.refill.amount"), "must be at least 1 and below 9007199254740992");
        }
    }

    /// A number of credits.
    pub(crate) fn credit_count(&mut self, field: &str, count: u64) {
        if count > MAX_CREDITS {
            self.add(field, "must be below 9007199254740992");
        }
    }

    /// A key prefix.
    pub(crate) fn prefix(&mut self, field: &str, text: &str) -> Option<KeyPrefix> {
        self.parsed(field, text)
    }

    /// A number of seconds, at least one and at most a hundred years.
    pub(crate) fn expiry_seconds(&mut self, field: &str, seconds: Option<i64>) {
        const HUNDRED_YEARS: i64 = 100 * 366 * 24 * 60 * 60;
        if seconds.is_some_and(|seconds| !(1..=HUNDRED_YEARS).contains(&seconds)) {
            self.add(field, format!("must be 1 to {HUNDRED_YEARS}"));
        }
    }

    /// An e-mail address, in lower case: something, an `@`, a domain, no spaces. Whether it exists only mail can tell.
    pub(crate) fn email(&mut self, field: &str, text: Option<&str>) -> String {
        let email = text.unwrap_or_default().trim().to_lowercase();
        let is_whole = email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
        });
        if text.is_none() {
            self.add(field, "is required");
        } else if !is_whole || email.len() > 254 || email.chars().any(|c| c.is_whitespace() || c.is_control())
        {
            self.add(field, "must be an e-mail address");
        }
        email
    }

    /// A password to be: long enough, and not so long that hashing it is a burden.
    pub(crate) fn password(&mut self, field: &str, password: &str) {
        let characters = password.chars().count();
        if characters < 8 {
            self.add(field, "must have at least 8 characters");
        } else if characters > 256 {
            self.add(field, "must have at most 256 characters");
        }
    }
}

/// Whether a text in it, or the name of a field, has U+0000.
fn holds_nul(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(values) => values.iter().any(holds_nul),
        serde_json::Value::Object(fields) => {
            fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value))
        }
        _ => false,
    }
}

/// How deep arrays and objects stand in each other. JSON that was read is at most 128 deep, so this ends.
fn depth(value: &serde_json::Value) -> usize {
    let inner = match value {
        serde_json::Value::Array(values) => values.iter().map(depth).max(),
        serde_json::Value::Object(fields) => fields.values().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or(0)
}
