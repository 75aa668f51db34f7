//! Recent requests of keys.

use keywright_engine::RequestFilter;
use keywright_store::LoggedRequest;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::TAG;
use super::object::owner_ids;
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, Paged, PagingParameters, ReadFailures, Success};
use crate::native::wire::{List, Time};

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
#[expect(clippy::struct_field_names, reason = "the names of the parameters")]
pub(crate) struct ListRequests {
    /// With this key.
    #[param(value_type = Option<Uuid>)]
    api_key_id: Option<String>,
    /// With the keys of this service account.
    #[param(value_type = Option<Uuid>)]
    service_account_id: Option<String>,
    /// With the keys of this person.
    #[param(value_type = Option<Uuid>)]
    user_id: Option<String>,
}

/// A request that was made with a key. A field that has no value is left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyRequest {
    id: Uuid,
    api_key_id: Uuid,
    /// Where it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "203.0.113.7")]
    client_ip: Option<String>,
    /// When.
    created_at: Time,
    /// How long it took. Left out for a request to another service, about which a verification was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 3)]
    duration_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "GET")]
    method: Option<String>,
    organization_id: Uuid,
    /// Without its query.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/v1/api-keys/0193f2a1-8d10-7c3a-b1a4-6f0e2d9c5b71")]
    path: Option<String>,
    /// The `requestId` of the answer, here or to the verification.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// The route of this server that took it. Left out for a request to another service.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/v1/api-keys/{id}")]
    route_pattern: Option<String>,
    /// The service account whose key it is. Either this or `userId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    service_account_id: Option<Uuid>,
    /// What was answered; for a request to another service, what a gateway answers: 200 where the key was `VALID`, 401,
    /// 403 or 429.
    #[schema(minimum = 100, maximum = 599, example = 200)]
    status_code: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "curl/8.5.0")]
    user_agent: Option<String>,
    /// The person whose key it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<Uuid>,
}

/// List recent requests of API keys
///
/// Newest first: requests that keys made to this server, and requests to other services about which a verification was
/// asked. Those of the caller's own keys (those of the person or service account behind the credential); with
/// `apiKey.manage` of the whole organization's. They show within 5 seconds and are kept for 7 days, unless the operator
/// chose otherwise. Under load some are left out; `/v1/usage` counts all. Needs `apiKey.read`.
#[utoipa::path(
    get,
    path = "/v1/api-keys/requests",
    operation_id = "listApiKeyRequests",
    tag = TAG,
    params(ListRequests, PagingParameters),
    responses((status = 200, description = "A page of requests.", body = Envelope<List<KeyRequest>>), ReadFailures),
)]
pub(super) async fn requests(
    app: SharedApp,
    Caller(actor): Caller,
    Paged { paging, filter }: Paged<ListRequests>,
) -> Answer<List<KeyRequest>> {
    let filter = RequestFilter {
        key: filter.api_key_id,
        service_account: filter.service_account_id,
        user: filter.user_id,
    };
    let requests = app.engine.requests(&actor, filter, &paging).await?;
    Ok(Success(List::of(requests, KeyRequest::from)))
}

impl From<LoggedRequest> for KeyRequest {
    fn from(LoggedRequest { id, request }: LoggedRequest) -> Self {
        let (user_id, service_account_id) = owner_ids(request.owner);
        Self {
            id: id.uuid(),
            api_key_id: request.key.uuid(),
            client_ip: request.address.map(|address| address.to_string()),
            created_at: request.at.into(),
            duration_ms: request.duration_ms,
            method: request.method,
            organization_id: request.organization.uuid(),
            path: request.path,
            request_id: request.request_id,
            route_pattern: request.route,
            service_account_id,
            status_code: request.status,
            user_agent: request.agent,
            user_id,
        }
    }
}
