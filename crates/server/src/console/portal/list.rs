//! A customer's keys, and how they are used.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::{Error, Paging};
use serde::Deserialize;

use super::chart::Chart;
use super::day::Day;
use super::frame::Frame;
use super::row::Row;
use super::visit::Visit;
use crate::app::{App, SharedApp};

/// Keys on a page.
const PAGE: u32 = 50;

/// What the address of the page says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    after: String,
    /// Whether revoked keys are shown, too.
    revoked: String,
    /// What was done just now.
    done: String,
}

#[derive(Template)]
#[template(path = "portal/list.html")]
struct ListPage<'a> {
    frame: &'a Frame,
    organization: &'a str,
    form: &'a str,
    ends: Day,
    rows: Vec<Row>,
    chart: Chart,
    with_revoked: bool,
    is_first: bool,
    next: Option<String>,
    was_revoked: bool,
}

/// `GET`
pub(super) async fn show(app: SharedApp, visit: Visit, Query(asked): Query<Asked>) -> Response {
    match list(&app, &visit, &asked).await {
        Ok(response) => response,
        Err(error) => visit.frame.failed(error),
    }
}

async fn list(app: &App, visit: &Visit, asked: &Asked) -> Result<Response, Error> {
    let Visit { visitor, frame } = visit;
    let words = frame.words;
    let with_revoked = asked.revoked == "shown";
    let cursor = Some(asked.after.clone()).filter(|after| !after.is_empty());
    let is_first = cursor.is_none();
    let paging = Paging { limit: Some(PAGE), cursor, offset: None };
    let listing = app.engine.portal_keys(visitor, with_revoked, &paging).await?;
    let (uses, since, until) = app.engine.portal_usage(visitor, None).await?;
    let organization = visitor.organization();
    let page = ListPage {
        frame,
        organization: &organization.name,
        form: visitor.form_token(),
        ends: Day::to_the_minute(visitor.expires_at()),
        rows: listing.items.iter().map(|key| Row::new(key, &app.engine, words)).collect(),
        chart: Chart::new(&uses, since, until, words),
        with_revoked,
        is_first,
        next: listing.next_cursor.map(|cursor| {
            let shown = if with_revoked { "&revoked=shown" } else { "" };
            format!("{}?after={cursor}{shown}", frame.home())
        }),
        was_revoked: asked.done == "revoked",
    };
    Ok(frame.page(StatusCode::OK, &page))
}
