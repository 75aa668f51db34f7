//! Making a key, and showing its secret this once.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_domain::{PlaintextKey, Right};
use keywright_engine::{Error, IssuedKey};
use serde::Deserialize;
use uuid::Uuid;

use super::form::{KeyForm, blank, draft};
use crate::app::{App, SharedApp};
use crate::console::fields::Fields;
use crate::console::form::Problems;
use crate::console::home::base_url;
use crate::console::page::{Refused, failed, page};
use crate::console::shell::{Section, Shell};
use crate::console::visitor::{Submitted, Visitor};

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// The service account that the key is for.
    owner: String,
}

#[derive(Template)]
#[template(path = "keys/new.html")]
struct NewKeyPage {
    shell: Shell,
    section: Section,
    notice: String,
    form: KeyForm,
}

#[derive(Template)]
#[template(path = "keys/issued.html")]
pub(super) struct IssuedPage {
    pub(super) shell: Shell,
    pub(super) section: Section,
    pub(super) heading: &'static str,
    pub(super) id: Uuid,
    pub(super) name: String,
    /// `None`: it was shown before, and cannot be again.
    pub(super) secret: Option<PlaintextKey>,
    pub(super) base: String,
    /// What is said of the secret that it replaces.
    pub(super) old: String,
}

/// `GET`
pub(super) async fn show(app: SharedApp, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    if let Err(error) = visitor.actor.require(Right::ApiKeyCreate) {
        return failed(&error.into());
    }
    let fields = blank(app.engine.new_request_id().to_string()).with("owner", asked.owner);
    form_page(&app, visitor, fields, Problems::default(), StatusCode::OK, String::new()).await
}

/// `POST`
pub(super) async fn submit(app: SharedApp, submitted: Submitted) -> Response {
    let answering = submitted.answered_once(&app);
    let Submitted { visitor, fields, parts } = submitted;
    let draft = match draft(&fields, app.engine.now()) {
        Ok(draft) => draft,
        Err(problems) => {
            return form_page(&app, visitor, fields, problems, StatusCode::BAD_REQUEST, String::new()).await;
        }
    };
    let actor = match answering {
        Ok(actor) => actor,
        Err(failure) => return failed(&failure),
    };
    match app.engine.create_key(&actor, draft).await {
        Ok(IssuedKey { listing, secret }) => page(
            StatusCode::OK,
            &IssuedPage {
                shell: visitor.shell,
                section: Section::Keys,
                heading: "API key created",
                id: listing.key.id.uuid(),
                name: listing.key.name,
                secret,
                base: base_url(&app, &parts.headers),
                old: String::new(),
            },
        ),
        Err(error) => refused(&app, visitor, fields, error).await,
    }
}

/// The form again, with what is wrong.
async fn refused(app: &App, visitor: Visitor, fields: Fields, error: Error) -> Response {
    let Refused { status, problems, notice } = error.into();
    form_page(app, visitor, fields, problems, status, notice).await
}

async fn form_page(
    app: &App,
    visitor: Visitor,
    fields: Fields,
    problems: Problems,
    status: StatusCode,
    notice: String,
) -> Response {
    match KeyForm::new(&app.engine, &visitor.actor, &visitor.shell, fields, problems).await {
        Ok(form) => page(status, &NewKeyPage { shell: visitor.shell, section: Section::Keys, notice, form }),
        Err(error) => failed(&error.into()),
    }
}
