//! List keys.

use keywright_engine::KeyFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::TAG;
use super::object::{ApiKey, Status};
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, Paged, PagingParameters, ReadFailures, Success};
use crate::native::wire::List;

/// Which keys.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListKeys {
    /// Those that stand so.
    #[param(value_type = Option<Status>)]
    status: Option<String>,
    /// Those of this service account.
    #[param(value_type = Option<uuid::Uuid>)]
    service_account_id: Option<String>,
    /// Those of this person.
    #[param(value_type = Option<uuid::Uuid>)]
    user_id: Option<String>,
    /// Those made for this customer.
    external_id: Option<String>,
    /// Those with this text in their name, or whose `keyPrefix` starts with it.
    q: Option<String>,
}

/// List API keys
///
/// Newest first: the caller's own (those of the person or service account behind the credential); with `apiKey.manage`
/// the whole organization's. Needs `apiKey.read`.
#[utoipa::path(
    get,
    path = "/v1/api-keys",
    operation_id = "listApiKeys",
    tag = TAG,
    params(ListKeys, PagingParameters),
    responses((status = 200, description = "A page of keys.", body = Envelope<List<ApiKey>>), ReadFailures),
)]
pub(super) async fn list(
    app: SharedApp,
    Caller(actor): Caller,
    Paged { paging, filter }: Paged<ListKeys>,
) -> Answer<List<ApiKey>> {
    let filter = KeyFilter {
        status: filter.status,
        service_account: filter.service_account_id,
        user: filter.user_id,
        external_id: filter.external_id,
        text: filter.q,
        live_only: false,
    };
    let keys = app.engine.keys(&actor, filter, &paging).await?;
    Ok(Success(List::of(keys, |key| ApiKey::of(key, &app.engine))))
}
