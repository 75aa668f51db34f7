//! `/docs/guide`: the documents of `docs/`, to be read and searched. Made once, when somebody asks; nothing on these pages
//! needs a script.

mod entry;
mod files;
mod library;
mod markdown;
mod search;
mod show;
mod slug;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::app::App;

/// The documents, as they are in the repository; `build.rs` writes them.
mod documents {
    include!(concat!(env!("OUT_DIR"), "/documents.rs"));
}

const HOME: &str = "/docs/guide";

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route(HOME, get(entry::show))
        .route("/docs/guide/files/{*path}", get(files::show))
        .route("/docs/guide/{*path}", get(show::show))
}
