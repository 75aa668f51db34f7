//! Changing a service account.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_store::ServiceAccount;

use super::form::{of_account, patch};
use super::{one, page_of};
use crate::app::{App, SharedApp};
use crate::console::fields::Fields;
use crate::console::form::Problems;
use crate::console::page::{Refused, overwrites, page, see};
use crate::console::permission_tree::GrantForm;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Submitted, Visitor};

#[derive(Template)]
#[template(path = "accounts/edit.html")]
struct EditAccountPage {
    shell: Shell,
    section: Section,
    notice: String,
    id: String,
    name: String,
    form: GrantForm,
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Path(id): Path<String>) -> Response {
    match one::find(&app, &visitor, &id).await {
        Ok(account) => {
            let fields = of_account(&account);
            form_page(&app, visitor, &account, fields, Problems::default(), (StatusCode::OK, String::new()))
        }
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
    if fields.text("revision") != account.revision.0.to_string() {
        let fields = fields.with("revision", account.revision.0.to_string());
        let told = (StatusCode::CONFLICT, overwrites("This service account was"));
        return form_page(&app, visitor, &account, fields, Problems::default(), told);
    }
    let patch = match patch(&account, &fields) {
        Ok(patch) => patch,
        Err(problems) => {
            let told = (StatusCode::BAD_REQUEST, String::new());
            return form_page(&app, visitor, &account, fields, problems, told);
        }
    };
    match app.engine.update_service_account(&visitor.actor, account.id, patch).await {
        Ok(_) => see(&format!("{}?done=changed", page_of(account.id))),
        Err(error) => {
            let Refused { status, problems, notice } = error.into();
            form_page(&app, visitor, &account, fields, problems, (status, notice))
        }
    }
}

fn form_page(
    app: &App,
    visitor: Visitor,
    account: &ServiceAccount,
    fields: Fields,
    problems: Problems,
    (status, notice): (StatusCode, String),
) -> Response {
    let form = GrantForm::new(&app.engine, &visitor.actor, fields, problems);
    let edit = EditAccountPage {
        shell: visitor.shell,
        section: Section::ServiceAccounts,
        notice,
        id: account.id.to_string(),
        name: account.name.clone(),
        form,
    };
    page(status, &edit)
}
