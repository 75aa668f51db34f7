//! `GET /organizations/{organization_id}`: look at one organization.

use axum::http::StatusCode;
use axum::response::Response;

use super::object::Organization;
use crate::app::SharedApp;
use crate::dialects::boltonsea::wire::PathInteger;
use crate::http::{Caller, Failure, NoQuery, json};

/// 200 with the organization; 403 to a key that is not of it. Needs READ or MANAGE.
pub(crate) async fn get(
    app: SharedApp,
    Caller(actor): Caller,
    PathInteger(number): PathInteger,
    _: NoQuery,
) -> Result<Response, Failure> {
    let id = app.engine.organization_numbered(&actor, number)?;
    let organization = app.engine.organization(&actor, id).await?;
    Ok(json(StatusCode::OK, &Organization::from(organization)))
}
