//! `/docs/guide`: what there is to read, and the search.

use askama::Template;
use axum::http::{StatusCode, Uri};
use axum::response::Response;

use super::library;
use super::search::{Found, search};
use crate::console::page;

#[derive(Template)]
#[template(path = "docs/guide.html")]
struct GuidePage {
    /// The document that is shown; none here.
    slug: &'static str,
    question: String,
    found: Vec<Found>,
}

pub(super) async fn show(uri: Uri) -> Response {
    let question = question(&uri);
    let found = search(&question);
    page(StatusCode::OK, &GuidePage { slug: "", question, found })
}

/// What is looked for. A parameter that is not known is passed over: this is a page, and links to it may carry more.
fn question(uri: &Uri) -> String {
    let pairs: Vec<(String, String)> =
        uri.query().and_then(|query| serde_urlencoded::from_str(query).ok()).unwrap_or_default();
    let asked = pairs.into_iter().find(|(name, _)| name == "q");
    asked.map(|(_, question)| question.trim().chars().take(200).collect()).unwrap_or_default()
}
