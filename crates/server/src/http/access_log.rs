//! One line a request.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use keywright_domain::KeyId;

use super::request_id::RequestId;
use crate::gateways;

/// Routes that are called as often as the operator's API itself: counted by the metrics, not logged one by one. (A
/// gateway's questions are so too, as long as they are answered with yes.)
const UNLOGGED: [&str; 5] =
    ["/v1/api-keys/verify", "/v1/api-keys/verify-batch", "/healthz", "/readyz", "/metrics"];

/// Writes the line. The route is the pattern, never the path or the query: those may hold a secret.
pub(super) fn write(
    method: &Method,
    route: Option<&str>,
    status: StatusCode,
    elapsed: Duration,
    request_id: RequestId,
    key: Option<KeyId>,
) {
    let unlogged = route.is_some_and(|route| {
        (status.is_success() && gateways::is_busy(route))
            || (!status.is_server_error() && UNLOGGED.contains(&route))
    });
    if unlogged {
        return;
    }
    tracing::info!(
        target: "keywright::access",
        request_id = request_id.as_str(),
        method = method.as_str(),
        route = route.unwrap_or("(none)"),
        status = status.as_u16(),
        duration_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        key_id = key.map(tracing::field::display),
        "request"
    );
}
