//! The public keys that verify offline tokens (RFC 7517, RFC 8037).

use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::app::SharedApp;
use crate::http::{Failure, JSON};

/// Five minutes: a new key is published an hour before it signs, and one that was withdrawn should be gone soon.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=300");
/// Everybody's pages may read what everybody may read.
const ANYBODY: HeaderValue = HeaderValue::from_static("*");

#[derive(Serialize)]
struct KeySet {
    keys: Vec<JsonWebKey>,
}

#[derive(Serialize)]
struct JsonWebKey {
    kty: &'static str,
    crv: &'static str,
    #[serde(rename = "use")]
    purpose: &'static str,
    alg: &'static str,
    kid: String,
    x: String,
}

/// The key set.
pub(super) async fn jwks(app: SharedApp, headers: HeaderMap) -> Result<Response, Failure> {
    let key = |key: keywright_engine::PublicKey| JsonWebKey {
        kty: "OKP",
        crv: "Ed25519",
        purpose: "sig",
        alg: "EdDSA",
        kid: key.kid,
        x: key.x,
    };
    let keys = app.engine.public_keys().into_iter().map(key).collect();
    let body = serde_json::to_string(&KeySet { keys }).map_err(|_| Failure::internal())?;
    let short = URL_SAFE_NO_PAD.encode(&Sha256::digest(&body)[..8]);
    let etag = HeaderValue::from_str(&format!("\"{short}\"")).map_err(|_| Failure::internal())?;
    let is_known = headers.get(IF_NONE_MATCH) == Some(&etag);
    let known = [(ETAG, etag), (CACHE_CONTROL, KEPT), (ACCESS_CONTROL_ALLOW_ORIGIN, ANYBODY)];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, known).into_response());
    }
    Ok((known, [(CONTENT_TYPE, JSON)], body).into_response())
}
