//! What pages load: their look, and scripts that make them quicker to use.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::app::App;

/// A file that is part of the program.
#[derive(Clone, Copy)]
struct Asset {
    path: &'static str,
    kind: &'static str,
    text: &'static str,
}

const ASSETS: [Asset; 6] = [
    Asset {
        path: "/console/assets/console.css",
        kind: "text/css; charset=utf-8",
        text: include_str!("../../assets/console.css"),
    },
    Asset {
        path: "/console/assets/console.js",
        kind: "text/javascript; charset=utf-8",
        text: include_str!("../../assets/console.js"),
    },
    Asset {
        path: "/console/assets/htmx.js",
        kind: "text/javascript; charset=utf-8",
        text: include_str!("../../assets/vendor/htmx-2.0.11.min.js"),
    },
    Asset {
        path: "/portal/assets/portal.css",
        kind: "text/css; charset=utf-8",
        text: include_str!("../../assets/portal.css"),
    },
    Asset {
        path: "/portal/assets/portal.js",
        kind: "text/javascript; charset=utf-8",
        text: include_str!("../../assets/portal.js"),
    },
    Asset {
        path: "/console/assets/mark.svg",
        kind: "image/svg+xml",
        text: include_str!("../../assets/mark.svg"),
    },
];

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let all = ASSETS.iter().fold(Sha256::new(), |hash, asset| hash.chain_update(asset.text));
    URL_SAFE_NO_PAD.encode(&all.finalize()[..6])
});

/// Names this version of all assets: pages ask for them by that, so they may be kept for ever.
pub(crate) fn version() -> &'static str {
    &VERSION
}

pub(super) fn router() -> Router<Arc<App>> {
    ASSETS
        .iter()
        .fold(Router::new(), |router, &asset| router.route(asset.path, get(async move || asset.answer())))
}

impl Asset {
    fn answer(self) -> Response {
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static(self.kind)),
            (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ];
        (headers, self.text).into_response()
    }
}
