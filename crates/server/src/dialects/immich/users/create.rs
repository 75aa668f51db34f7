//! Add a person.

use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::PersonDraft;

use super::super::caller::Asked;
use super::User;
use crate::app::SharedApp;
use crate::http::{Failure, json};

pub(in crate::dialects::immich) async fn create(app: SharedApp, asked: Asked) -> Result<Response, Failure> {
    asked.require_admin()?;
    asked.require("adminUser.create")?;
    let (actor, mut fields) = asked.fields().await?;
    let person =
        PersonDraft { email: fields.email(), password: fields.text("password"), name: fields.text("name") };
    fields.finish()?;
    let user = app.engine.create_user(&actor, person).await?;
    let role = app.engine.role_of(user.id, actor.organization_id());
    Ok(json(StatusCode::CREATED, &User::of(user, role)))
}
