//! Disabling a service account, and enabling it again.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::Error;
use keywright_store::ServiceAccount;

use super::one::{self, keys_in_words};
use super::page_of;
use crate::app::{App, SharedApp};
use crate::console::page::{failed, page, see};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Submitted, Visitor};

#[derive(Template)]
#[template(path = "accounts/switch.html")]
struct SwitchPage {
    shell: Shell,
    section: Section,
    id: String,
    name: String,
    is_disabled: bool,
    /// How many keys it is about, in words; empty for whoever may not see them.
    keys: String,
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Path(id): Path<String>) -> Response {
    let account = match one::find(&app, &visitor, &id).await {
        Ok(account) => account,
        Err(response) => return response,
    };
    match switch_page(&app, visitor, account).await {
        Ok(switch) => page(StatusCode::OK, &switch),
        Err(error) => failed(&error.into()),
    }
}

/// `POST`
pub(super) async fn submit(app: SharedApp, Path(id): Path<String>, submitted: Submitted) -> Response {
    let Submitted { visitor, fields, .. } = submitted;
    let account = match one::find(&app, &visitor, &id).await {
        Ok(account) => account,
        Err(response) => return response,
    };
    let (enable, done) = match fields.text("to") {
        "on" => (true, "enabled"),
        "off" => (false, "disabled"),
        _ => return see(&page_of(account.id)),
    };
    match app.engine.set_service_account_enabled(&visitor.actor, account.id, enable).await {
        Ok(_) => see(&format!("{}?done={done}", page_of(account.id))),
        Err(error) => failed(&error.into()),
    }
}

async fn switch_page(app: &App, visitor: Visitor, account: ServiceAccount) -> Result<SwitchPage, Error> {
    let Visitor { actor, shell } = visitor;
    let working = one::working_keys(&app.engine, &actor, &account, one::COUNTED).await?;
    Ok(SwitchPage {
        shell,
        section: Section::ServiceAccounts,
        id: account.id.to_string(),
        name: account.name,
        is_disabled: account.disabled_at.is_some(),
        keys: working.map(keys_in_words).unwrap_or_default(),
    })
}
