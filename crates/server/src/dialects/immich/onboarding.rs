//! `POST /api/system-metadata/admin-onboarding`: a client says that its first steps are done.

use axum::http::StatusCode;

use super::caller::Asked;
use crate::http::Failure;

/// Takes note of nothing: the first steps of that system are not part of this one, and no route tells how far they went. It
/// is answered so that clients go on.
pub(super) async fn update(asked: Asked) -> Result<StatusCode, Failure> {
    asked.require_admin()?;
    asked.require("systemMetadata.update")?;
    let (_, mut fields) = asked.fields().await?;
    fields.flag("isOnboarded");
    fields.finish()?;
    Ok(StatusCode::NO_CONTENT)
}
