//! Deleting a role for keys.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::{Right, RoleId};
use keywright_engine::Error;

use super::one;
use crate::app::SharedApp;
use crate::console::page::{failed, page, see};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Submitted, Visitor};

#[derive(Template)]
#[template(path = "roles/delete.html")]
struct DeleteRolePage {
    shell: Shell,
    section: Section,
    id: String,
    name: String,
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Path(id): Path<String>) -> Response {
    if let Err(error) = visitor.actor.require(Right::RoleDelete) {
        return failed(&error.into());
    }
    match one::find(&app, &visitor, &id).await {
        Ok(role) => {
            let (id, name) = (role.id.to_string(), role.name);
            page(StatusCode::OK, &DeleteRolePage { shell: visitor.shell, section: Section::Roles, id, name })
        }
        Err(response) => response,
    }
}

/// `POST`
pub(super) async fn submit(app: SharedApp, Path(id): Path<String>, submitted: Submitted) -> Response {
    // An id that is none is one of nothing: gone, as was wanted.
    let Ok(id) = id.parse::<RoleId>() else { return see("/console/roles") };
    match app.engine.delete_role(&submitted.visitor.actor, id).await {
        // One that somebody else deleted meanwhile is gone as was wanted.
        Ok(()) | Err(Error::NotFound { .. }) => see("/console/roles?done=deleted"),
        Err(error) => failed(&error.into()),
    }
}
