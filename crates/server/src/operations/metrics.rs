//! What is counted.

use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};

use super::TAG;
use crate::app::SharedApp;
use crate::http::{Failure, PublicFailures};

/// `OpenMetrics` text 1.0, as Prometheus reads it.
const OPENMETRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// Metrics
///
/// For Prometheus. Counts alone: no name, no id, no address.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "metrics",
    tag = TAG,
    security(()),
    responses(
        (
            status = 200,
            description = "OpenMetrics text.",
            body = String,
            content_type = "application/openmetrics-text",
            example = json!("# HELP keywright_http_requests Requests answered, by route.\n\
                # TYPE keywright_http_requests counter\n\
                keywright_http_requests_total{method=\"GET\",route=\"/v1/api-keys\",status=\"2xx\"} 1\n# EOF\n"),
        ),
        PublicFailures,
    ),
)]
pub(super) async fn metrics(app: SharedApp) -> Result<Response, Failure> {
    let text = app.metrics.write().map_err(|_| Failure::internal())?;
    Ok(([(CONTENT_TYPE, OPENMETRICS)], text).into_response())
}
