//! End a session of the portal.

use keywright_domain::PortalSessionId;

use super::TAG;
use crate::app::SharedApp;
use crate::http::{
    BareMutation, ChangeFailures, Emptied, EmptyEnvelope, Failure, IdempotencyParameter, PathId,
};

/// End a portal session
///
/// When this is answered, the page shows and does nothing more; a link that was not used leads nowhere. The keys that were
/// made there stay. Needs `portalSession.delete`.
#[utoipa::path(
    delete,
    path = "/v1/portal-sessions/{id}",
    operation_id = "endPortalSession",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The session's id."), IdempotencyParameter),
    responses((status = 200, description = "It is over.", body = EmptyEnvelope), ChangeFailures),
)]
pub(super) async fn end(
    app: SharedApp,
    PathId(id): PathId<PortalSessionId>,
    BareMutation(actor): BareMutation,
) -> Result<Emptied, Failure> {
    app.engine.end_portal_session(&actor, id).await?;
    Ok(Emptied)
}
