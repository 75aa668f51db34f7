//! List one's keys.

use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::{KeyFilter, Paging};

use super::super::caller::Asked;
use super::super::failure::of_key;
use super::object::ApiKey;
use crate::app::SharedApp;
use crate::http::{Failure, json};

/// All of them, newest first: this system knows no pages.
pub(in crate::dialects::immich) async fn list(app: SharedApp, asked: Asked) -> Result<Response, Failure> {
    asked.require("apiKey.read")?;
    let actor = &asked.actor;
    let mut keys = Vec::new();
    let mut paging = Paging { limit: Some(Paging::MAX_LIMIT), ..Paging::default() };
    loop {
        let filter = KeyFilter { live_only: true, ..KeyFilter::default() };
        let page = app.engine.keys(actor, filter, &paging).await.map_err(of_key)?;
        keys.extend(page.items.into_iter().map(|listing| ApiKey::of(&app.engine, actor, listing)));
        match page.next_cursor {
            Some(cursor) => paging.cursor = Some(cursor),
            None => return Ok(json(StatusCode::OK, &keys)),
        }
    }
}
