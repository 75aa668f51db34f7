//! Look at one service account.

use keywright_domain::ServiceAccountId;

use super::{ServiceAccount, TAG};
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, NoQuery, PathId, ReadFailures, Success};

/// Get a service account
///
/// Needs `serviceAccount.read`.
#[utoipa::path(
    get,
    path = "/v1/service-accounts/{id}",
    operation_id = "getServiceAccount",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The service account's id.")),
    responses((status = 200, description = "The service account.", body = Envelope<ServiceAccount>), ReadFailures),
)]
pub(super) async fn get(
    app: SharedApp,
    Caller(actor): Caller,
    PathId(id): PathId<ServiceAccountId>,
    _: NoQuery,
) -> Answer<ServiceAccount> {
    Ok(Success(app.engine.service_account(&actor, id).await?.into()))
}
