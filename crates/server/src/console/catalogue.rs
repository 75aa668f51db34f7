//! `/console/catalogue`: the permissions that the organization's keys can have.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use keywright_domain::{Right, Verb};
use keywright_engine::{Declared, Error, PermissionDraft, PermissionView};
use serde::Deserialize;

use super::fields::Fields;
use super::form::Problems;
use super::page::{Refused, failed, page, see};
use super::shell::{Section, Shell};
use super::visitor::{Submitted, Visitor};
use crate::app::{App, SharedApp};

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/console/catalogue", get(show).post(declare))
        .route("/console/catalogue/delete", post(delete))
}

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    done: String,
}

#[derive(Template)]
#[template(path = "catalogue.html")]
struct CataloguePage {
    shell: Shell,
    section: Section,
    own: Vec<PermissionView>,
    /// The built-in ones, by their catalogue.
    built_in: Vec<(&'static str, &'static str, Vec<PermissionView>)>,
    may_declare: bool,
    may_delete: bool,
    fields: Fields,
    form: Problems,
    notice: String,
    done: &'static str,
    /// What declaring it would come to: asked once more where keys gain or lose it.
    touched: Option<u64>,
}

impl CataloguePage {
    fn verbs() -> [&'static str; 5] {
        [Verb::Read, Verb::Create, Verb::Update, Verb::Delete, Verb::Manage].map(Verb::as_str)
    }

    fn new(app: &App, visitor: Visitor) -> Result<Self, Error> {
        let Visitor { actor, shell } = visitor;
        let all = app.engine.permissions(&actor)?;
        let (built_in, own): (Vec<_>, Vec<_>) = all.into_iter().partition(|permission| permission.built_in);
        let (ours, immich): (Vec<_>, Vec<_>) = built_in
            .into_iter()
            .partition(|permission| Right::ALL.iter().any(|right| right.name() == permission.name));
        Ok(Self {
            shell,
            section: Section::Catalogue,
            own,
            built_in: vec![
                ("Keywright", "Manage keys, members and settings of this server.", ours),
                (
                    "Immich",
                    "The photo server's API. A permission of your own with the same name takes precedence.",
                    immich,
                ),
            ],
            may_declare: actor.has(Right::CatalogueCreate) || actor.has(Right::CatalogueUpdate),
            may_delete: actor.has(Right::CatalogueDelete),
            fields: Fields::default(),
            form: Problems::default(),
            notice: String::new(),
            done: "",
            touched: None,
        })
    }
}

async fn show(app: SharedApp, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    match CataloguePage::new(&app, visitor) {
        Ok(mut catalogue) => {
            catalogue.done = match asked.done.as_str() {
                "declared" => "Permission saved.",
                "deleted" => "Permission removed.",
                _ => "",
            };
            page(StatusCode::OK, &catalogue)
        }
        Err(error) => failed(&error.into()),
    }
}

/// Declares a permission; asks once more when keys would gain or lose it by that.
async fn declare(app: SharedApp, submitted: Submitted) -> Response {
    let Submitted { visitor, fields, .. } = submitted;
    let draft = PermissionDraft {
        name: fields.given("name"),
        verb: fields.given("verb"),
        description: fields.given("description"),
    };
    let touched = match app.engine.preview_permission(&visitor.actor, draft.clone()).await {
        Ok(Declared { keys_touched, .. }) => keys_touched,
        Err(error) => return refused(&app, visitor, fields, error),
    };
    if touched > 0 && !fields.has("sure", "yes") {
        return match CataloguePage::new(&app, visitor) {
            Ok(catalogue) => {
                page(StatusCode::OK, &CataloguePage { fields, touched: Some(touched), ..catalogue })
            }
            Err(error) => failed(&error.into()),
        };
    }
    match app.engine.declare_permission(&visitor.actor, draft).await {
        Ok(_) => see("/console/catalogue?done=declared"),
        Err(error) => refused(&app, visitor, fields, error),
    }
}

async fn delete(app: SharedApp, submitted: Submitted) -> Response {
    let Submitted { visitor, fields, .. } = submitted;
    match app.engine.delete_permission(&visitor.actor, fields.text("name")).await {
        // One that somebody else took back meanwhile is gone as was wanted.
        Ok(()) | Err(Error::NotFound { .. }) => see("/console/catalogue?done=deleted"),
        Err(error) => failed(&error.into()),
    }
}

fn refused(app: &App, visitor: Visitor, fields: Fields, error: Error) -> Response {
    let Refused { status, problems: form, notice } = error.into();
    match CataloguePage::new(app, visitor) {
        Ok(catalogue) => page(status, &CataloguePage { fields, form, notice, ..catalogue }),
        Err(error) => failed(&error.into()),
    }
}
