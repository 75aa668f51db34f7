//! Making a role for keys.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::Right;

use super::form::draft;
use crate::app::{App, SharedApp};
use crate::console::fields::Fields;
use crate::console::form::Problems;
use crate::console::page::{Refused, failed, page, see};
use crate::console::permission_tree::GrantForm;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Submitted, Visitor};

#[derive(Template)]
#[template(path = "roles/new.html")]
struct NewRolePage {
    shell: Shell,
    section: Section,
    notice: String,
    form: GrantForm,
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor) -> Response {
    if let Err(error) = visitor.actor.require(Right::RoleCreate) {
        return failed(&error.into());
    }
    let fields = Fields::default().with("once", app.engine.new_request_id().to_string());
    form_page(&app, visitor, fields, Problems::default(), (StatusCode::OK, String::new()))
}

/// `POST`
pub(super) async fn submit(app: SharedApp, submitted: Submitted) -> Response {
    let answering = submitted.answered_once(&app);
    let Submitted { visitor, fields, .. } = submitted;
    let actor = match answering {
        Ok(actor) => actor,
        Err(failure) => return failed(&failure),
    };
    match app.engine.create_role(&actor, draft(&fields)).await {
        Ok(_) => see("/console/roles?done=created"),
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
    page(status, &NewRolePage { shell: visitor.shell, section: Section::Roles, notice, form })
}
