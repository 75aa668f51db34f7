//! Which events.

use keywright_engine::AuditFilter;
use serde::{Deserialize, Serialize};

/// What the address of the page says.
#[derive(Debug, Default, Clone, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) action: String,
    /// A day, such as `2026-01-31`: from its beginning, UTC.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) from: String,
    /// A day: to its end, UTC.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) to: String,
    /// The id of the thing that it was done to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) target: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) after: String,
}

impl Asked {
    pub(super) fn is_unfiltered(&self) -> bool {
        [&self.action, &self.from, &self.to, &self.target, &self.after].into_iter().all(String::is_empty)
    }

    /// As the engine takes it. Days that are none reach it as they are, and it says what is wrong with them.
    pub(super) fn filter(&self) -> AuditFilter {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        AuditFilter {
            action: given(&self.action),
            target: given(&self.target),
            since: given(&self.from).map(|day| format!("{day}T00:00:00Z")),
            until: given(&self.to).map(|day| format!("{day}T23:59:59.999Z")),
            ..AuditFilter::default()
        }
    }

    /// The same events as a query, without the place that a page begins at.
    pub(super) fn query(&self) -> String {
        let whole = Self { after: String::new(), ..self.clone() };
        serde_urlencoded::to_string(whole).unwrap_or_default()
    }

    pub(super) fn query_after(&self, cursor: &str) -> String {
        let next = Self { after: cursor.to_owned(), ..self.clone() };
        serde_urlencoded::to_string(next).unwrap_or_default()
    }
}
