//! Making a service account.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::form::draft;
use super::page_of;
use crate::app::{App, SharedApp};
use crate::console::fields::Fields;
use crate::console::form::Problems;
use crate::console::page::{Refused, failed, page, see};
use crate::console::permission_tree::GrantForm;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Submitted, Visitor};

#[derive(Template)]
#[template(path = "accounts/new.html")]
struct NewAccountPage {
    shell: Shell,
    section: Section,
    notice: String,
    form: GrantForm,
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor) -> Response {
    let fields = Fields::default().with("once", app.engine.new_request_id().to_string());
    form_page(&app, visitor, fields, Problems::default(), (StatusCode::OK, String::new()))
}

/// `POST`
pub(super) async fn submit(app: SharedApp, submitted: Submitted) -> Response {
    let answering = submitted.answered_once(&app);
    let Submitted { visitor, fields, .. } = submitted;
    let draft = match draft(&fields) {
        Ok(draft) => draft,
        Err(problems) => {
            return form_page(&app, visitor, fields, problems, (StatusCode::BAD_REQUEST, String::new()));
        }
    };
    let actor = match answering {
        Ok(actor) => actor,
        Err(failure) => return failed(&failure),
    };
    match app.engine.create_service_account(&actor, draft).await {
        Ok(account) => see(&format!("{}?done=made", page_of(account.id))),
        Err(error) => {
            let Refused { status, problems, notice } = error.into();
            form_page(&app, visitor, fields, problems, (status, notice))
        }
    }
}

fn form_page(
    app: &App,
    visitor: Visitor,
    fields: Fields,
    problems: Problems,
    (status, notice): (StatusCode, String),
) -> Response {
    let form = GrantForm::new(&app.engine, &visitor.actor, fields, problems);
    page(status, &NewAccountPage { shell: visitor.shell, section: Section::ServiceAccounts, notice, form })
}
