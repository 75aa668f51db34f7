//! A service account's own page.

use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::Right;
use keywright_engine::{Error, KeyFilter, Paging};
use keywright_store::ServiceAccount;
use serde::Deserialize;

use super::one;
use super::one::keys_in_words;
use crate::app::{App, SharedApp};
use crate::console::explained::Explained;
use crate::console::history::{self, Event};
use crate::console::keys::{OwnerNames, Row};
use crate::console::limit_rows;
use crate::console::page::{failed, page};
use crate::console::shell::{Section, Shell};
use crate::console::usage::last_day;
use crate::console::visitor::Visitor;
use crate::console::when::When;

/// Keys on the page; the others are a link away.
const KEYS: u32 = 10;

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// What was done just now.
    done: String,
}

#[derive(Template)]
#[template(path = "accounts/show.html")]
struct AccountPage {
    shell: Shell,
    section: Section,
    notice: &'static str,
    id: String,
    name: String,
    description: Option<String>,
    disabled: Option<When>,
    created: When,
    updated: When,
    /// How many of its keys work, in words; empty for whoever may not see them.
    working: String,
    /// How often its keys were used in the last 24 hours, in words; `None`: not to be told here.
    used: Option<String>,
    explained: Explained,
    limits: Vec<String>,
    /// `None`: not the visitor's to see.
    keys: Option<Vec<Row>>,
    has_more_keys: bool,
    may: May,
    history: Vec<Event>,
}

/// What the visitor may do with it.
struct May {
    make_keys: bool,
    update: bool,
    delete: bool,
}

/// `GET`
pub(super) async fn show(
    app: SharedApp,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let account = match one::find(&app, &visitor, &id).await {
        Ok(account) => account,
        Err(response) => return response,
    };
    match account_page(&app, visitor, account, &asked).await {
        Ok(account) => page(StatusCode::OK, &account),
        Err(error) => failed(&error.into()),
    }
}

async fn account_page(
    app: &App,
    visitor: Visitor,
    account: ServiceAccount,
    asked: &Asked,
) -> Result<AccountPage, Error> {
    let Visitor { actor, shell } = visitor;
    let now = app.engine.now();
    let working = one::working_keys(&app.engine, &actor, &account, one::COUNTED).await?;
    let (keys, has_more_keys) = if working.is_some() {
        let filter = KeyFilter { service_account: Some(account.id.to_string()), ..KeyFilter::default() };
        let paging = Paging { limit: Some(KEYS), ..Paging::default() };
        let listing = app.engine.keys(&actor, filter, &paging).await?;
        let names = OwnerNames::find(&app.engine, &actor, &listing.items).await?;
        let rows = listing.items.iter().map(|key| Row::new(key, &names, &app.engine)).collect();
        (Some(rows), listing.next_cursor.is_some())
    } else {
        (None, false)
    };
    Ok(AccountPage {
        shell,
        section: Section::ServiceAccounts,
        notice: match asked.done.as_str() {
            "made" => "Service account created. Create a key to start using it.",
            "changed" => "Changes saved. They apply to all of its keys immediately.",
            "enabled" => "Service account enabled. Its keys work again.",
            "disabled" => "Service account disabled. Its keys are rejected until it is enabled again.",
            _ => "",
        },
        id: account.id.to_string(),
        disabled: account.disabled_at.map(|at| When::new(at, now)),
        created: When::new(account.created_at, now),
        updated: When::new(account.updated_at, now),
        working: working.map(keys_in_words).unwrap_or_default(),
        used: last_day(&app.engine, &actor, Some(account.id)).await?.map(|day| day.in_words()),
        explained: Explained::new(app.engine.explain_permissions(&actor, &account.permissions)?),
        limits: account.rate_limits.iter().map(limit_rows::in_words).collect(),
        keys,
        has_more_keys,
        may: May {
            make_keys: actor.has(Right::ApiKeyCreate) && actor.has(Right::ApiKeyManage),
            update: actor.has(Right::ServiceAccountUpdate),
            delete: actor.has(Right::ServiceAccountDelete),
        },
        history: history::of(&app.engine, &actor, account.id.uuid()).await?,
        name: account.name,
        description: account.description,
    })
}
