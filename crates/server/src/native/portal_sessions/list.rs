//! List sessions of the portal.

use serde::Deserialize;
use utoipa::IntoParams;

use super::TAG;
use super::object::PortalSession;
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, Paged, PagingParameters, ReadFailures, Success};
use crate::native::wire::List;

/// Which sessions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListPortalSessions {
    /// Those of this customer.
    external_id: Option<String>,
}

/// List portal sessions
///
/// Those that are not over, newest first. Needs `portalSession.read`.
#[utoipa::path(
    get,
    path = "/v1/portal-sessions",
    operation_id = "listPortalSessions",
    tag = TAG,
    params(ListPortalSessions, PagingParameters),
    responses((status = 200, description = "A page of sessions.", body = Envelope<List<PortalSession>>), ReadFailures),
)]
pub(super) async fn list(
    app: SharedApp,
    Caller(actor): Caller,
    Paged { paging, filter }: Paged<ListPortalSessions>,
) -> Answer<List<PortalSession>> {
    let sessions = app.engine.portal_sessions(&actor, filter.external_id, &paging).await?;
    Ok(Success(List::of(sessions, PortalSession::from)))
}
