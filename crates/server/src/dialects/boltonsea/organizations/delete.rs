//! `DELETE /organizations/{organization_id}`: close an organization.

use axum::http::StatusCode;

use crate::app::SharedApp;
use crate::dialects::boltonsea::wire::PathInteger;
use crate::http::{BareMutation, Failure};

/// 204, and none of its keys works any more; 409 while it is the caller's last one; 403 to a key that is not of it. Needs
/// MANAGE.
pub(crate) async fn delete(
    app: SharedApp,
    BareMutation(actor): BareMutation,
    PathInteger(number): PathInteger,
) -> Result<StatusCode, Failure> {
    let id = app.engine.organization_numbered(&actor, number)?;
    app.engine.close_organization(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
