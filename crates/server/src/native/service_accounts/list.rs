//! List service accounts.

use keywright_engine::ServiceAccountFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::object::Status;
use super::{ServiceAccount, TAG};
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, Paged, PagingParameters, ReadFailures, Success};
use crate::native::wire::List;

/// Which service accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListServiceAccounts {
    /// Those that stand so.
    #[param(value_type = Option<Status>)]
    status: Option<String>,
    /// Those with this text in their name or description.
    q: Option<String>,
}

/// List service accounts
///
/// Newest first. Needs `serviceAccount.read`.
#[utoipa::path(
    get,
    path = "/v1/service-accounts",
    operation_id = "listServiceAccounts",
    tag = TAG,
    params(ListServiceAccounts, PagingParameters),
    responses((status = 200, description = "A page of service accounts.", body = Envelope<List<ServiceAccount>>), ReadFailures),
)]
pub(super) async fn list(
    app: SharedApp,
    Caller(actor): Caller,
    Paged { paging, filter }: Paged<ListServiceAccounts>,
) -> Answer<List<ServiceAccount>> {
    let filter = ServiceAccountFilter { status: filter.status, text: filter.q };
    let accounts = app.engine.find_service_accounts(&actor, filter, &paging).await?;
    Ok(Success(List::of(accounts, ServiceAccount::from)))
}
