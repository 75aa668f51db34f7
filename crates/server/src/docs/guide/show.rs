//! `/docs/guide/...`: a document.

use askama::Template;
use axum::http::{StatusCode, Uri};
use axum::response::Response;

use super::library::{self, Page, find, pages};
use crate::console::{message, page};

#[derive(Template)]
#[template(path = "docs/document.html")]
struct DocumentPage {
    slug: &'static str,
    question: &'static str,
    document: &'static Page,
    /// The ones before and after it, in the order in which they are offered.
    previous: Option<&'static Page>,
    next: Option<&'static Page>,
}

pub(super) async fn show(uri: Uri) -> Response {
    let slug = uri.path().strip_prefix(super::HOME).unwrap_or_default().trim_matches('/');
    let slug = slug.strip_suffix(".md").unwrap_or(slug);
    let Some(document) = find(slug) else {
        return message(
            StatusCode::NOT_FOUND,
            "There is no such page",
            "The guide at /docs/guide has a search.",
        );
    };
    let all = pages();
    let at = all.iter().position(|page| page.slug == document.slug).unwrap_or_default();
    let previous = at.checked_sub(1).and_then(|at| all.get(at));
    let shown =
        DocumentPage { slug: &document.slug, question: "", document, previous, next: all.get(at + 1) };
    page(StatusCode::OK, &shown)
}
