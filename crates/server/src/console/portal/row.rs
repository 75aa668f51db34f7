//! A key, as its customer sees it.

use keywright_domain::KeyStatus;
use keywright_engine::Engine;
use keywright_store::{KeyListing, StoredGrants};
use uuid::Uuid;

use super::day::Day;
use super::words::Words;

pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) prefix: Option<String>,
    /// As the style sheet knows it.
    pub(super) status: &'static str,
    pub(super) status_word: &'static str,
    pub(super) permissions: Vec<String>,
    pub(super) last_used: Option<Day>,
    pub(super) expires: Option<Day>,
    pub(super) is_revoked: bool,
}

impl Row {
    pub(super) fn new(listing: &KeyListing, engine: &Engine, words: &Words) -> Self {
        let key = &listing.key;
        let status = engine.key_status(key);
        Self {
            id: key.id.uuid(),
            name: key.name.clone(),
            prefix: listing.shown_prefix.clone(),
            status: status.as_str(),
            status_word: match status {
                KeyStatus::Active => words.active,
                KeyStatus::Expired => words.expired,
                KeyStatus::Revoked => words.revoked,
                KeyStatus::Disabled => words.disabled,
            },
            permissions: match &key.grants {
                StoredGrants::Owner => Vec::new(),
                StoredGrants::Listed(listed) => listed.iter().map(ToString::to_string).collect(),
            },
            last_used: listing.last_use.as_ref().map(|used| Day::to_the_minute(used.at)),
            expires: key.expires_at.map(Day::new),
            is_revoked: status == KeyStatus::Revoked,
        }
    }

    /// What it may do, in a few words.
    pub(super) fn may(&self) -> String {
        match self.permissions.as_slice() {
            [] => String::new(),
            [first] => first.clone(),
            [first, second] => format!("{first}, {second}"),
            [first, rest @ ..] => format!("{first} + {}", rest.len()),
        }
    }
}
