//! The table of service accounts.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::Right;
use keywright_engine::{Error, Paging, ServiceAccountFilter};
use keywright_store::ServiceAccount;
use serde::Deserialize;

use super::one::working_keys;
use super::page_of;
use crate::app::{App, SharedApp};
use crate::console::page::{failed, page};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::Visitor;
use crate::console::when::When;

/// Accounts on a page.
const PAGE: u32 = 50;

/// Keys of an account are counted up to this: each page counts those of fifty.
const KEYS_COUNTED: u32 = 100;

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    status: String,
    after: String,
    done: String,
}

#[derive(Template)]
#[template(path = "accounts/list.html")]
struct AccountsPage {
    shell: Shell,
    section: Section,
    asked: Asked,
    rows: Vec<Row>,
    next: Option<String>,
    may_create: bool,
    counts_keys: bool,
}

struct Row {
    href: String,
    name: String,
    description: String,
    may: String,
    is_disabled: bool,
    keys: String,
    created: When,
}

impl AccountsPage {
    /// Whether there is anything to search in.
    fn is_empty(&self) -> bool {
        self.rows.is_empty()
            && [&self.asked.q, &self.asked.status, &self.asked.after].iter().all(|text| text.is_empty())
    }

    fn statuses(&self) -> [(&'static str, &'static str, bool); 3] {
        let all = [("", "All statuses"), ("active", "Active"), ("disabled", "Disabled")];
        all.map(|(value, label)| (value, label, value == self.asked.status))
    }
}

impl Asked {
    fn next_page(&self, cursor: &str) -> String {
        let pairs = [("q", self.q.as_str()), ("status", self.status.as_str()), ("after", cursor)];
        let given: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        format!("/console/service-accounts?{}", serde_urlencoded::to_string(given).unwrap_or_default())
    }
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    match accounts_page(&app, visitor, asked).await {
        Ok(accounts) => page(StatusCode::OK, &accounts),
        Err(error) => failed(&error.into()),
    }
}

async fn accounts_page(app: &App, visitor: Visitor, asked: Asked) -> Result<AccountsPage, Error> {
    let Visitor { actor, shell } = visitor;
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let filter = ServiceAccountFilter { status: given(&asked.status), text: given(asked.q.trim()) };
    let paging = Paging { limit: Some(PAGE), cursor: given(&asked.after), offset: None };
    let listing = app.engine.find_service_accounts(&actor, filter, &paging).await?;
    let (mut rows, mut counts_keys) = (Vec::with_capacity(listing.items.len()), false);
    for account in listing.items {
        let keys = working_keys(&app.engine, &actor, &account, KEYS_COUNTED).await?;
        counts_keys |= keys.is_some();
        rows.push(Row {
            href: page_of(account.id),
            may: may(&account),
            is_disabled: account.disabled_at.is_some(),
            keys: match keys {
                Some(count) if count == u64::from(KEYS_COUNTED) => format!("{count}+"),
                Some(count) => count.to_string(),
                None => String::new(),
            },
            created: When::new(account.created_at, app.engine.now()),
            name: account.name,
            description: account.description.unwrap_or_default(),
        });
    }
    Ok(AccountsPage {
        shell,
        section: Section::ServiceAccounts,
        next: listing.next_cursor.map(|cursor| asked.next_page(&cursor)),
        asked,
        rows,
        may_create: actor.has(Right::ServiceAccountCreate),
        counts_keys,
    })
}

/// What it may do, in a few words.
fn may(account: &ServiceAccount) -> String {
    match account.permissions.as_slice() {
        [] => "None".to_owned(),
        [one] if one.as_str() == "all" => "All permissions".to_owned(),
        [one] => one.to_string(),
        [first, rest @ ..] => format!("{first} + {} more", rest.len()),
    }
}
