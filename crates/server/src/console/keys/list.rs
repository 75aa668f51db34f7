//! The table of keys.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::Right;
use keywright_engine::{Error, KeyFilter, Paging};
use serde::Deserialize;

use super::row::{OwnerNames, Row};
use crate::app::{App, SharedApp};
use crate::console::page::{failed, page};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Visitor;

/// Keys on a page.
const PAGE: u32 = 50;

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    status: String,
    after: String,
    /// What was done just now, as the page that did it says.
    done: String,
}

#[derive(Template)]
#[template(path = "keys/list.html")]
struct KeysPage {
    shell: Shell,
    section: Section,
    asked: Asked,
    rows: Vec<Row>,
    next: Option<String>,
    may_create: bool,
    may_revoke_many: bool,
    sees_all: bool,
}

impl KeysPage {
    /// Whether there is anything to search in.
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.asked.is_unfiltered()
    }

    fn statuses(&self) -> [(&'static str, &'static str, bool); 5] {
        let all = [
            ("", "Any status"),
            ("active", "Active"),
            ("disabled", "Disabled"),
            ("expired", "Expired"),
            ("revoked", "Revoked"),
        ];
        all.map(|(value, label)| (value, label, value == self.asked.status))
    }
}

impl Asked {
    fn is_unfiltered(&self) -> bool {
        self.q.is_empty() && self.status.is_empty() && self.after.is_empty()
    }

    fn next_page(&self, cursor: &str) -> String {
        let pairs = [("q", self.q.as_str()), ("status", self.status.as_str()), ("after", cursor)];
        let given: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let query = serde_urlencoded::to_string(given).unwrap_or_default();
        format!("/console/keys?{query}")
    }
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    match keys_page(&app, visitor, asked).await {
        Ok(keys) => page(StatusCode::OK, &keys),
        Err(error) => failed(&error.into()),
    }
}

async fn keys_page(app: &App, visitor: Visitor, asked: Asked) -> Result<KeysPage, Error> {
    let Visitor { actor, shell } = visitor;
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let filter =
        KeyFilter { status: given(&asked.status), text: given(asked.q.trim()), ..KeyFilter::default() };
    let paging = Paging { limit: Some(PAGE), cursor: given(&asked.after), offset: None };
    let listing = app.engine.keys(&actor, filter, &paging).await?;
    let names = OwnerNames::find(&app.engine, &actor, &listing.items).await?;
    let rows = listing.items.iter().map(|key| Row::new(key, &names, &app.engine)).collect();
    Ok(KeysPage {
        shell,
        section: Section::Keys,
        next: listing.next_cursor.map(|cursor| asked.next_page(&cursor)),
        asked,
        rows,
        may_create: actor.has(Right::ApiKeyCreate),
        may_revoke_many: actor.has(Right::ApiKeyManage),
        sees_all: actor.has(Right::ApiKeyManage),
    })
}
