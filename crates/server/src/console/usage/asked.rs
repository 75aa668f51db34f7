//! What is to be told.

use keywright_engine::UsageFilter;
use serde::{Deserialize, Serialize};

use super::range::Range;

/// What the address of a page says.
#[derive(Debug, Default, Clone, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Asked {
    pub(super) range: Range,
    /// `user:` or `serviceAccount:` and an id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) owner: String,
    /// The id of a key.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) key: String,
    /// `yes`: to be added up however long it takes.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) wait: String,
}

impl Asked {
    /// As the engine takes it. What is no id reaches it as it is, and it says what is wrong with it.
    pub(super) fn filter(&self) -> UsageFilter {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let (user, service_account) = match self.owner.split_once(':') {
            Some(("serviceAccount", id)) => (None, given(id)),
            Some((_, id)) => (given(id), None),
            None => (given(&self.owner), None),
        };
        UsageFilter { key: given(&self.key), user, service_account, ..UsageFilter::default() }
    }

    /// Whether it is about one key.
    pub(super) fn is_of_one(&self) -> bool {
        !self.key.trim().is_empty()
    }

    /// Whether all keys that the visitor may see are told.
    pub(super) fn is_unfiltered(&self) -> bool {
        self.owner.is_empty() && !self.is_of_one()
    }

    /// The same as a query.
    pub(super) fn query(&self) -> String {
        let waiting_aside = Self { wait: String::new(), ..self.clone() };
        serde_urlencoded::to_string(waiting_aside).unwrap_or_default()
    }

    /// The same of another owner.
    pub(super) fn query_of_owner(&self, owner: &str) -> String {
        Self { owner: owner.to_owned(), key: String::new(), ..self.clone() }.query()
    }

    /// What stands before and after the range in a query, so that another can take its place.
    pub(super) fn around_range(&self) -> String {
        let pairs = [("owner", self.owner.as_str()), ("key", self.key.trim())];
        let given: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let rest = serde_urlencoded::to_string(given).unwrap_or_default();
        if rest.is_empty() { rest } else { format!("&{rest}") }
    }
}
