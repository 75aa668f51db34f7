//! The page on which the API's descriptions are read and tried. What it shows is Scalar's work, in the reader's browser.

use askama::Template;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::json;

use crate::console::page;
use crate::operations::WRITTEN;

/// As strict as the console's, but for styles: Scalar writes its own into the page. No script stands in it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; img-src 'self' data:; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

#[derive(Template)]
#[template(path = "docs/reference.html")]
struct ReferencePage {
    sources: Vec<Source>,
    /// For the script of the page.
    settings: String,
}

/// A document to choose.
struct Source {
    title: &'static str,
    url: String,
}

pub(super) async fn show() -> Response {
    let native = Source { title: "Keywright", url: "/openapi.json".to_owned() };
    let written = WRITTEN
        .iter()
        .map(|written| Source { title: written.title, url: format!("/openapi/{}", written.file) });
    let sources: Vec<Source> = std::iter::once(native).chain(written).collect();
    let listed: Vec<_> = sources.iter().map(Source::setting).collect();
    let settings = json!({ "sources": listed }).to_string();
    let mut response = page(StatusCode::OK, &ReferencePage { sources, settings });
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    response
}

impl Source {
    fn setting(&self) -> serde_json::Value {
        let file = self.url.rsplit('/').next().unwrap_or_default();
        let slug = if file == "openapi.json" { "keywright" } else { file.trim_end_matches(".json") };
        json!({"title": self.title, "slug": slug, "url": self.url})
    }
}
