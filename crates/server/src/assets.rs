//! What pages load: their look, scripts that make them quicker to use, and Scalar for `/docs`, which is kept as it is sent:
//! compressed.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::http::Failure;

/// A file that is part of the program.
#[derive(Clone, Copy)]
struct Asset {
    path: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    is_gzip: bool,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const IMAGE: &str = "image/svg+xml";

const ASSETS: [Asset; 10] = [
    Asset::plain("/console/assets/console.css", STYLE, include_bytes!("../assets/console.css")),
    Asset::plain("/console/assets/console.js", SCRIPT, include_bytes!("../assets/console.js")),
    Asset::plain("/console/assets/htmx.js", SCRIPT, include_bytes!("../assets/vendor/htmx-2.0.11.min.js")),
    Asset::plain("/console/assets/mark.svg", IMAGE, include_bytes!("../assets/mark.svg")),
    Asset::plain("/portal/assets/portal.css", STYLE, include_bytes!("../assets/portal.css")),
    Asset::plain("/portal/assets/portal.js", SCRIPT, include_bytes!("../assets/portal.js")),
    Asset::plain("/docs/assets/guide.css", STYLE, include_bytes!("../assets/guide.css")),
    Asset::plain("/docs/assets/reference.css", STYLE, include_bytes!("../assets/reference.css")),
    Asset::plain("/docs/assets/reference.js", SCRIPT, include_bytes!("../assets/reference.js")),
    Asset {
        path: "/docs/assets/scalar.js",
        kind: SCRIPT,
        bytes: include_bytes!("../assets/vendor/scalar-1.72.1.js.gz"),
        is_gzip: true,
    },
];

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let all = ASSETS.iter().fold(Sha256::new(), |hash, asset| hash.chain_update(asset.bytes));
    URL_SAFE_NO_PAD.encode(&all.finalize()[..6])
});

/// Names this version of all assets: pages ask for them by that, so they may be kept for ever.
pub(crate) fn version() -> &'static str {
    &VERSION
}

pub(crate) fn router() -> Router<Arc<App>> {
    ASSETS.iter().fold(Router::new(), |router, &asset| {
        router.route(asset.path, get(async move |headers: HeaderMap| asset.answer(&headers)))
    })
}

impl Asset {
    const fn plain(path: &'static str, kind: &'static str, bytes: &'static [u8]) -> Self {
        Self { path, kind, bytes, is_gzip: false }
    }

    fn answer(self, headers: &HeaderMap) -> Response {
        if self.is_gzip && !takes_gzip(headers) {
            let said = "this file is kept compressed: `Accept-Encoding` must allow gzip";
            return Failure::new(StatusCode::NOT_ACCEPTABLE, said).into_response();
        }
        let kept = [
            (CONTENT_TYPE, HeaderValue::from_static(self.kind)),
            (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ];
        let mut response = (kept, self.bytes).into_response();
        if self.is_gzip {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
        }
        response
    }
}

/// Whether gzip may be answered (RFC 9110, section 12.5.3). Browsers all say so; brotli they take over TLS alone.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let mut told = headers.get_all(ACCEPT_ENCODING).iter().peekable();
    if told.peek().is_none() {
        return true;
    }
    let codings = told.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let weighed = codings.map(|coding| coding.split_once(';').unwrap_or((coding, "")));
    let mut others = false;
    for (coding, weight) in weighed {
        let is_taken =
            weight.trim().strip_prefix("q=").is_none_or(|q| q.trim().parse::<f32>().is_ok_and(|q| q > 0.0));
        match coding.trim() {
            name if name.eq_ignore_ascii_case("gzip") => return is_taken,
            "*" => others = is_taken,
            _ => {}
        }
    }
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_who_takes_it() {
        let takes = |told: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in told {
                headers.append(ACCEPT_ENCODING, HeaderValue::from_static(value));
            }
            takes_gzip(&headers)
        };
        for told in
            [&[][..], &["gzip"], &["gzip, deflate, br"], &["br;q=1.0, GZIP;q=0.5"], &["*"], &["br", "gzip"]]
        {
            assert!(takes(told), "{told:?}");
        }
        for told in [&["identity"][..], &["gzip;q=0, *"], &["br"], &[""], &["*;q=0"], &["gzip; q=0.0"]] {
            assert!(!takes(told), "{told:?}");
        }
    }
}
