//! The table of keys.

use std::time::Duration;

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::{Right, Timestamp};
use keywright_engine::{Error, KeyFilter, Paging};

use super::asked::{Asked, Choice, View, owners};
use super::row::{OwnerNames, Row};
use crate::app::{App, SharedApp};
use crate::console::page::{failed, page};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Visitor;

/// Keys on a page.
const PAGE: u32 = 50;

/// Keys that are looked at for one page: so it comes soon, however many there are and however few match.
const LOOK_AT: u32 = 1_000;

/// A key that ends within this is one that expires soon.
const SOON: Duration = Duration::from_hours(30 * 24);

/// A key that was not used for so long may be one that nobody needs.
const LONG_UNUSED: Duration = Duration::from_hours(90 * 24);

#[derive(Template)]
#[template(path = "keys/list.html")]
struct KeysPage {
    shell: Shell,
    section: Section,
    asked: Asked,
    rows: Vec<Row>,
    next: Option<String>,
    /// Whether the page ends because enough was looked at.
    is_cut_short: bool,
    owners: Vec<Choice>,
    permissions: Vec<String>,
    may_create: bool,
    sees_all: bool,
}

impl KeysPage {
    /// Whether there is anything to search in.
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.asked.is_unfiltered() && self.next.is_none()
    }

    fn statuses(&self) -> [(&'static str, &'static str, bool); 5] {
        let all = [
            ("", "All statuses"),
            ("active", "Active"),
            ("disabled", "Disabled"),
            ("expired", "Expired"),
            ("revoked", "Revoked"),
        ];
        all.map(|(value, label)| (value, label, value == self.asked.status))
    }

    fn orders(&self) -> [(&'static str, &'static str, bool); 8] {
        let all = [
            ("-createdAt", "Newest first"),
            ("createdAt", "Oldest first"),
            ("-lastUsedAt", "Recently used"),
            ("lastUsedAt", "Least recently used"),
            ("expiresAt", "Expires soonest"),
            ("-expiresAt", "Expires latest"),
            ("name", "Name A–Z"),
            ("-name", "Name Z–A"),
        ];
        all.map(|(value, label)| (value, label, value == self.asked.order()))
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
    let paging = Paging { limit: Some(PAGE), cursor: given(&asked.after), offset: None };
    let listing = app.engine.keys(&actor, filter(&asked, app.engine.now()), &paging).await?;
    let names = OwnerNames::find(&app.engine, &actor, &listing.items).await?;
    let rows: Vec<Row> = listing.items.iter().map(|key| Row::new(key, &names, &app.engine)).collect();
    let sees_all = actor.has(Right::ApiKeyManage);
    Ok(KeysPage {
        shell,
        section: Section::Keys,
        is_cut_short: listing.next_cursor.is_some() && rows.len() < PAGE as usize,
        next: listing.next_cursor.map(|cursor| asked.page_after(&cursor)),
        owners: if sees_all { owners(&app.engine, &actor, &asked).await? } else { Vec::new() },
        permissions: app
            .engine
            .permissions(&actor)
            .unwrap_or_default()
            .into_iter()
            .map(|permission| permission.name)
            .collect(),
        asked,
        rows,
        may_create: actor.has(Right::ApiKeyCreate),
        sees_all,
    })
}

fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn filter(asked: &Asked, now: Timestamp) -> KeyFilter {
    let before = now.as_millis() - i64::try_from(LONG_UNUSED.as_millis()).unwrap_or(i64::MAX);
    KeyFilter {
        status: given(&asked.status).or_else(|| (asked.view != View::All).then(|| "active".to_owned())),
        text: given(&asked.q),
        service_account: asked.owner.strip_prefix("account:").map(str::to_owned),
        user: asked.owner.strip_prefix("user:").map(str::to_owned),
        permission: given(&asked.permission),
        expires_before: (asked.view == View::Expiring).then(|| now.plus(SOON).to_string()),
        unused_since: (asked.view == View::Unused).then(|| Timestamp::from_millis(before).to_string()),
        sort: Some(asked.order().to_owned()),
        look_at: Some(LOOK_AT),
        ..KeyFilter::default()
    }
}
