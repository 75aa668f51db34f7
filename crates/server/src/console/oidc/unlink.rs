//! Taking an identity off, which needs the password: without it one may have no other way to sign in.

use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::IdentityId;
use keywright_engine::{Actor, Error};

use crate::app::{App, SharedApp};
use crate::console::form::Problems;
use crate::console::page::{failed, message, page, said, see};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Submitted, Visitor};

#[derive(Template)]
#[template(path = "oidc/unlink.html")]
struct UnlinkPage {
    shell: Shell,
    section: Section,
    id: IdentityId,
    issuer: String,
    notice: String,
    form: Problems,
}

/// `GET`
pub(super) async fn show(app: SharedApp, Path(id): Path<String>, visitor: Visitor) -> Response {
    match own(&app, &visitor.actor, &id).await {
        Ok((id, issuer)) => {
            let (shell, section) = (visitor.shell, Section::Account);
            let (notice, form) = (String::new(), Problems::default());
            page(StatusCode::OK, &UnlinkPage { shell, section, id, issuer, notice, form })
        }
        Err(answer) => *answer,
    }
}

/// `POST`
pub(super) async fn submit(app: SharedApp, Path(id): Path<String>, submitted: Submitted) -> Response {
    let Visitor { actor, shell } = submitted.visitor;
    let (id, issuer) = match own(&app, &actor, &id).await {
        Ok(own) => own,
        Err(answer) => return *answer,
    };
    let password = submitted.fields.as_typed("currentPassword");
    match app.engine.unlink_own_identity(&actor, id, password).await {
        Ok(()) => see("/console/account?done=unlinked"),
        Err(Error::NotFound { .. }) => not_there(),
        Err(error) => {
            let (failure, said) = said(error);
            let form = Problems::of(&failure);
            let notice = if form.is_empty() { said } else { String::new() };
            page(failure.status(), &UnlinkPage { shell, section: Section::Account, id, issuer, notice, form })
        }
    }
}

/// An identity that is linked to the visitor, and whose it is.
async fn own(app: &App, actor: &Actor, id: &str) -> Result<(IdentityId, String), Box<Response>> {
    let Ok(id) = id.parse::<IdentityId>() else { return Err(Box::new(not_there())) };
    match app.engine.own_identities(actor).await {
        Ok(linked) => {
            let own = linked.into_iter().find(|one| one.id == id);
            own.map(|own| (id, own.issuer)).ok_or_else(|| Box::new(not_there()))
        }
        Err(error) => Err(Box::new(failed(&error.into()))),
    }
}

fn not_there() -> Response {
    let said = "It may have been unlinked already.";
    message(StatusCode::NOT_FOUND, "Linked account not found", said)
}
