//! `POST /api/system-metadata/admin-onboarding`: an admin's client says that their first steps are done.

use axum::http::StatusCode;

use super::caller::Asked;
use crate::app::SharedApp;
use crate::http::Failure;

/// Takes note of it for the person; signing in tells it. What the steps are is the client's to know.
pub(super) async fn update(app: SharedApp, asked: Asked) -> Result<StatusCode, Failure> {
    asked.require_admin()?;
    asked.require("systemMetadata.update")?;
    let (actor, mut fields) = asked.fields().await?;
    let is_onboarded = fields.flag("isOnboarded");
    fields.finish()?;
    app.engine.set_onboarded(&actor, is_onboarded).await?;
    Ok(StatusCode::NO_CONTENT)
}
