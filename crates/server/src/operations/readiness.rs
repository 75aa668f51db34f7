//! Does the server answer verifications?

use serde::Serialize;
use utoipa::ToSchema;

use super::TAG;
use crate::app::SharedApp;
use crate::http::{Answer, Envelope, Failure, PublicFailures, Success};

/// The server answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ready`.
    #[schema(value_type = String, example = "ready")]
    status: &'static str,
}

/// Is the server ready
///
/// 200 once all keys are in memory and changes are being followed; 503 with the reason until then, and while the server
/// shuts down. A load balancer sends requests by this.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "readiness",
    tag = TAG,
    security(()),
    responses((status = 200, description = "It answers.", body = Envelope<Readiness>), PublicFailures),
)]
pub(super) async fn readiness(app: SharedApp) -> Answer<Readiness> {
    if app.engine.is_ready() {
        return Ok(Success(Readiness { status: "ready" }));
    }
    Err(Failure::unavailable("not ready: keys are being loaded, or the server is shutting down"))
}
