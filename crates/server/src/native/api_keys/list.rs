//! List keys.

use keywright_engine::KeyFilter;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::TAG;
use super::object::{ApiKey, Status};
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, Paged, PagingParameters, ReadFailures, Success};
use crate::native::wire::{List, Time};

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
    /// Those that were given this permission: by its name, by a pattern, by a role, or as all that their owner has; whether
    /// or not the owner has it now.
    #[param(example = "invoice.send")]
    permission: Option<String>,
    /// Those that expire from now on, and at this time at the latest.
    #[param(value_type = Option<Time>)]
    expires_before: Option<String>,
    /// Those that were made before this time and were not used since.
    #[param(value_type = Option<Time>)]
    unused_since: Option<String>,
    /// Their order; `-` turns it round. A key that does not expire comes after all that do, one that was never used before all
    /// that were. Another order than `-createdAt` takes no `offset`.
    #[param(inline, value_type = Option<Sort>)]
    sort: Option<String>,
}

/// Orders of keys.
#[derive(Debug, Serialize, ToSchema)]
#[expect(dead_code, reason = "describes the parameter, which the engine reads")]
pub(crate) enum Sort {
    /// The newest first.
    #[serde(rename = "-createdAt")]
    Newest,
    /// The oldest first.
    #[serde(rename = "createdAt")]
    Oldest,
    /// By name.
    #[serde(rename = "name")]
    Name,
    /// By name, backwards.
    #[serde(rename = "-name")]
    NameBackwards,
    /// The one that expires soonest first.
    #[serde(rename = "expiresAt")]
    Expiry,
    /// The one that expires last first.
    #[serde(rename = "-expiresAt")]
    ExpiryBackwards,
    /// The one that was not used for longest first.
    #[serde(rename = "lastUsedAt")]
    Use,
    /// The one that was used last first.
    #[serde(rename = "-lastUsedAt")]
    UseBackwards,
}

/// List API keys
///
/// Newest first, or in the order of `sort`: the caller's own (those of the person or service account behind the credential); with `apiKey.manage`
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
        permission: filter.permission,
        expires_before: filter.expires_before,
        unused_since: filter.unused_since,
        sort: filter.sort,
        ..KeyFilter::default()
    };
    let keys = app.engine.keys(&actor, filter, &paging).await?;
    Ok(Success(List::of(keys, |key| ApiKey::of(key, &app.engine))))
}
