//! `GET /organizations`: those that the caller belongs to.

use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::Paging;

use super::object::Organization;
use crate::app::SharedApp;
use crate::http::{Caller, Failure, NoQuery, json};

/// 200 with an array: a key's own organization, a session's person's all. Needs READ or MANAGE.
///
/// Nobody makes one who belongs to a hundred, so these are few, and are held at once.
pub(crate) async fn list(app: SharedApp, Caller(actor): Caller, _: NoQuery) -> Result<Response, Failure> {
    let mut all: Vec<Organization> = Vec::new();
    let mut paging = Paging { limit: Some(Paging::MAX_LIMIT), ..Paging::default() };
    loop {
        let page = app.engine.organizations(&actor, &paging).await?;
        all.extend(page.items.into_iter().map(Organization::from));
        match page.next_cursor {
            Some(cursor) => paging.cursor = Some(cursor),
            None => return Ok(json(StatusCode::OK, &all)),
        }
    }
}
