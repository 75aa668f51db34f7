//! `GET /organizations`: those that the caller belongs to.

use axum::http::StatusCode;
use axum::response::Response;

use super::object::Organization;
use crate::app::SharedApp;
use crate::dialects::boltonsea::everything::Everything;
use crate::http::{Caller, Failure, NoQuery, json};

/// 200 with an array: a key's own organization, a session's person's all. Needs READ or MANAGE.
pub(crate) async fn list(app: SharedApp, Caller(actor): Caller, _: NoQuery) -> Result<Response, Failure> {
    let mut all = Everything::new();
    while let Some(page) = all.next_page() {
        all.add(app.engine.organizations(&actor, &page).await?);
    }
    Ok(json(StatusCode::OK, &all.render(Organization::from)))
}
