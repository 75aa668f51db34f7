//! List service accounts.

use super::{ServiceAccount, TAG};
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, NoFilter, Paged, PagingParameters, ReadFailures, Success};
use crate::native::wire::List;

/// List service accounts
///
/// Newest first. Needs `serviceAccount.read`.
#[utoipa::path(
    get,
    path = "/v1/service-accounts",
    operation_id = "listServiceAccounts",
    tag = TAG,
    params(PagingParameters),
    responses((status = 200, description = "A page of service accounts.", body = Envelope<List<ServiceAccount>>), ReadFailures),
)]
pub(super) async fn list(
    app: SharedApp,
    Caller(actor): Caller,
    Paged { paging, .. }: Paged<NoFilter>,
) -> Answer<List<ServiceAccount>> {
    let accounts = app.engine.service_accounts(&actor, &paging).await?;
    Ok(Success(List::of(accounts, ServiceAccount::from)))
}
