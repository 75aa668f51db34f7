//! Replace one's password.

use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::Error;

use super::super::caller::Asked;
use super::super::failure::bad_request;
use super::super::users::oneself;
use crate::app::SharedApp;
use crate::http::{Failure, json};

pub(in crate::dialects::immich) async fn change_password(
    app: SharedApp,
    asked: Asked,
) -> Result<Response, Failure> {
    asked.require("auth.changePassword")?;
    let (actor, mut fields) = asked.fields().await?;
    let (current, new) = (fields.text("password"), fields.text("newPassword"));
    fields.finish()?;
    let changed = app.engine.change_password(&actor, &current, &new).await;
    changed.map_err(|error| match error {
        Error::Invalid(problems) if problems.iter().any(|problem| problem.field == "currentPassword") => {
            bad_request("Wrong password")
        }
        other => other.into(),
    })?;
    Ok(json(StatusCode::OK, &oneself(&app.engine, &actor).await?))
}
