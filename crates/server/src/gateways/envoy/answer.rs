//! The answer, in Envoy's words.

use axum::body::to_bytes;
use axum::http::header::{COOKIE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::IntoResponse as _;
use tonic::Code;

use super::messages::{
    CheckResponse, DeniedHttpResponse, HeaderValueOption, HttpRequest, HttpResponse, HttpStatus,
    OkHttpResponse, Status, Struct, Value,
};
use crate::app::App;
use crate::gateways::credentials::{self, Headers as _};
use crate::gateways::denied::Denied;
use crate::gateways::headers::{self, IDENTITY, REASON};
use crate::gateways::question::Allowed;
use crate::gateways::settings::CredentialPlace;
use crate::http::Failure;

const HEADER_PREFIX: &str = "x-keywright-";

/// It may pass. `taken_away`: where the presented key stands, if it is not to go on to the service.
pub(super) fn allowed(
    app: &App,
    allowed: &Allowed,
    original: &HttpRequest,
    taken_away: &[CredentialPlace],
) -> CheckResponse {
    let mut ok = OkHttpResponse::default();
    let mut metadata = Struct::default();
    if let Some(key) = &allowed.key {
        headers::identity(key, allowed.with_permissions, |name, value| {
            let value = text(&value);
            // `x-keywright-key-id` is `key_id` there.
            let field = name.as_str().strip_prefix(HEADER_PREFIX).unwrap_or(name.as_str());
            metadata.fields.insert(field.replace('-', "_"), Value { string_value: Some(value.clone()) });
            ok.headers.push(HeaderValueOption::overwriting(name.as_str(), value));
        });
    }
    headers::rate_limits(&allowed.rate_limits, app.engine.now(), |name, value| {
        ok.response_headers_to_add.push(HeaderValueOption::overwriting(name.as_str(), text(&value)));
    });
    // What is not said of this key must not be what its holder says.
    let is_said = |name: &HeaderName| {
        ok.headers.iter().any(|said| said.header.as_ref().is_some_and(|header| header.key == name.as_str()))
    };
    ok.headers_to_remove = IDENTITY.iter().filter(|name| !is_said(name)).map(ToString::to_string).collect();
    for place in taken_away {
        take_away(place, original, &mut ok);
    }
    CheckResponse {
        status: Some(Status { code: Code::Ok.into() }),
        http_response: Some(HttpResponse::Ok(ok)),
        dynamic_metadata: Some(metadata),
    }
}

/// Takes the key away from where it may stand.
fn take_away(place: &CredentialPlace, original: &HttpRequest, ok: &mut OkHttpResponse) {
    use axum::http::header::AUTHORIZATION;
    match place {
        CredentialPlace::Bearer => {
            if original.values(&AUTHORIZATION).any(|value| credentials::bearer_token(value).is_some()) {
                ok.headers_to_remove.push(AUTHORIZATION.to_string());
            }
        }
        CredentialPlace::Header(name) => ok.headers_to_remove.push(name.to_string()),
        CredentialPlace::Query(name) => ok.query_parameters_to_remove.push(name.clone()),
        CredentialPlace::Cookie(name) => {
            let lines = original.values(&COOKIE).map(|line| String::from_utf8_lossy(line).into_owned());
            let all = lines.collect::<Vec<_>>().join("; ");
            let others = all.split(';').map(str::trim).filter(|cookie| {
                !cookie.is_empty() && cookie.split_once('=').is_none_or(|(known, _)| known != name)
            });
            let others = others.collect::<Vec<_>>().join("; ");
            if others.is_empty() {
                ok.headers_to_remove.push(COOKIE.to_string());
            } else {
                ok.headers.push(HeaderValueOption::overwriting(COOKIE.as_str(), others));
            }
        }
    }
}

/// It may not. Also where nothing can be answered now: a gRPC error would leave it to the gateway what becomes of it.
pub(super) async fn denied(app: &App, denied: Box<Denied>) -> CheckResponse {
    let code = match denied.status {
        StatusCode::UNAUTHORIZED => Code::Unauthenticated,
        StatusCode::TOO_MANY_REQUESTS => Code::ResourceExhausted,
        StatusCode::SERVICE_UNAVAILABLE => Code::Unavailable,
        _ => Code::PermissionDenied,
    };
    let mut headers = vec![
        HeaderValueOption::overwriting("content-type", "application/json"),
        HeaderValueOption::overwriting("cache-control", "no-store"),
        HeaderValueOption::overwriting(REASON.as_str(), denied.reason),
    ];
    let mut add = |name: &HeaderName, value: String| {
        headers.push(HeaderValueOption::overwriting(name.as_str(), value));
    };
    if let Some(challenge) = denied.challenge {
        add(&WWW_AUTHENTICATE, challenge);
    }
    if let Some(seconds) = denied.retry_after_seconds {
        add(&RETRY_AFTER, seconds.to_string());
    }
    headers::rate_limits(&denied.rate_limits, app.engine.now(), |name, value| add(&name, text(&value)));
    let told = Failure::new(denied.status, denied.message).into_response();
    // It is ours, short and whole: reading it does not fail.
    let body = to_bytes(told.into_body(), usize::MAX).await.unwrap_or_default();
    CheckResponse {
        status: Some(Status { code: code.into() }),
        http_response: Some(HttpResponse::Denied(DeniedHttpResponse {
            status: Some(HttpStatus { code: denied.status.as_u16().into() }),
            headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        })),
        dynamic_metadata: None,
    }
}

/// What we write is ASCII.
fn text(value: &HeaderValue) -> String {
    value.to_str().unwrap_or_default().to_owned()
}
