//! Is the process up?

use serde::Serialize;
use utoipa::ToSchema;

use super::TAG;
use crate::http::{Answer, Envelope, PublicFailures, Success};

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    #[schema(value_type = String, example = "ok")]
    status: &'static str,
}

/// Is the server up
///
/// Answered as long as the process runs, whatever else is wrong: a supervisor restarts it when this fails.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "health",
    tag = TAG,
    security(()),
    responses((status = 200, description = "It is up.", body = Envelope<Health>), PublicFailures),
)]
pub(super) async fn health() -> Answer<Health> {
    Ok(Success(Health { status: "ok" }))
}
