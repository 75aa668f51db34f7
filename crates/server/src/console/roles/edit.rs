//! Changing a role for keys.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::Right;
use keywright_engine::Error;
use keywright_store::Role;

use super::form::{of_role, patch};
use super::one;
use crate::app::{App, SharedApp};
use crate::console::fields::Fields;
use crate::console::form::Problems;
use crate::console::page::{Refused, failed, overwrites, page, see};
use crate::console::permission_tree::GrantForm;
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Submitted, Visitor};

#[derive(Template)]
#[template(path = "roles/edit.html")]
struct EditRolePage {
    shell: Shell,
    section: Section,
    notice: String,
    id: String,
    name: String,
    form: GrantForm,
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Path(id): Path<String>) -> Response {
    if let Err(error) = visitor.actor.require(Right::RoleUpdate) {
        return failed(&error.into());
    }
    match one::find(&app, &visitor, &id).await {
        Ok(role) => {
            let fields = of_role(&role);
            form_page(&app, visitor, &role, fields, Problems::default(), (StatusCode::OK, String::new()))
        }
        Err(response) => response,
    }
}

/// `POST`
pub(super) async fn submit(app: SharedApp, Path(id): Path<String>, submitted: Submitted) -> Response {
    let Submitted { visitor, fields, .. } = submitted;
    let role = match one::find(&app, &visitor, &id).await {
        Ok(role) => role,
        Err(response) => return response,
    };
    // Whoever may not change it is told that, and not what became of it meanwhile.
    if visitor.actor.has(Right::RoleUpdate) && fields.text("revision") != role.revision.0.to_string() {
        return changed_by_someone_else(&app, visitor, &role, fields);
    }
    match app.engine.update_role(&visitor.actor, role.id, patch(&role, &fields)).await {
        Ok(_) => see("/console/roles?done=updated"),
        Err(error) => {
            // It may have been saved by somebody else since it was read here.
            if matches!(error, Error::Conflict(_)) {
                match one::find(&app, &visitor, &id).await {
                    Ok(now) if now.revision != role.revision => {
                        return changed_by_someone_else(&app, visitor, &now, fields);
                    }
                    Ok(_) => {}
                    Err(response) => return response,
                }
            }
            let Refused { status, problems, notice } = error.into();
            form_page(&app, visitor, &role, fields, problems, (status, notice))
        }
    }
}

/// The form as it was sent, and above it that saving it again is to count.
fn changed_by_someone_else(app: &App, visitor: Visitor, role: &Role, fields: Fields) -> Response {
    let fields = fields.with("revision", role.revision.0.to_string());
    form_page(
        app,
        visitor,
        role,
        fields,
        Problems::default(),
        (StatusCode::CONFLICT, overwrites("This role was")),
    )
}

fn form_page(
    app: &App,
    visitor: Visitor,
    role: &Role,
    fields: Fields,
    problems: Problems,
    (status, notice): (StatusCode, String),
) -> Response {
    let form = GrantForm::new(&app.engine, &visitor.actor, fields, problems);
    let edit = EditRolePage {
        shell: visitor.shell,
        section: Section::Roles,
        notice,
        id: role.id.to_string(),
        name: role.name.clone(),
        form,
    };
    page(status, &edit)
}
