//! Deleting a service account, by its name.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::Error;
use keywright_store::ServiceAccount;

use super::one::{self, keys_in_words};
use crate::app::{App, SharedApp};
use crate::console::page::{failed, page, see};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Submitted, Visitor};

#[derive(Template)]
#[template(path = "accounts/delete.html")]
struct DeletePage {
    shell: Shell,
    section: Section,
    id: String,
    name: String,
    keys: String,
    typed: String,
    problem: &'static str,
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Path(id): Path<String>) -> Response {
    match one::find(&app, &visitor, &id).await {
        Ok(account) => confirm(&app, visitor, account, String::new()).await,
        Err(response) => response,
    }
}

/// `POST`
pub(super) async fn submit(app: SharedApp, Path(id): Path<String>, submitted: Submitted) -> Response {
    let Submitted { visitor, fields, .. } = submitted;
    let account = match one::find(&app, &visitor, &id).await {
        Ok(account) => account,
        Err(response) => return response,
    };
    if fields.text("confirm") != account.name.trim() {
        let typed = Some(fields.text("confirm").to_owned()).filter(|typed| !typed.is_empty());
        return confirm(&app, visitor, account, typed.unwrap_or_else(|| " ".to_owned())).await;
    }
    match app.engine.delete_service_account(&visitor.actor, account.id).await {
        // One that somebody else deleted meanwhile is gone as was wanted.
        Ok(()) | Err(Error::NotFound { .. }) => see("/console/service-accounts?done=deleted"),
        Err(error) => failed(&error.into()),
    }
}

/// Asks for the name; `typed` is what was given instead of it.
async fn confirm(app: &App, visitor: Visitor, account: ServiceAccount, typed: String) -> Response {
    let Visitor { actor, shell } = visitor;
    let working = match one::working_keys(&app.engine, &actor, &account, one::COUNTED).await {
        Ok(working) => working,
        Err(error) => return failed(&error.into()),
    };
    let is_wrong = !typed.is_empty();
    let delete = DeletePage {
        shell,
        section: Section::ServiceAccounts,
        id: account.id.to_string(),
        name: account.name,
        keys: working.map(keys_in_words).unwrap_or_default(),
        typed: typed.trim().to_owned(),
        problem: if is_wrong { "The name doesn't match." } else { "" },
    };
    page(if is_wrong { StatusCode::BAD_REQUEST } else { StatusCode::OK }, &delete)
}
