//! `/v1/whoami`: who the credential is.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::api_keys::{ApiKey, Scope};
use super::members::Role;
use super::organizations::Organization;
use super::service_accounts::ServiceAccount;
use super::sessions::User;
use super::wire::{Verb, verbs_of};
use crate::app::{App, SharedApp};
use crate::http::{Answer, Caller, Envelope, NoQuery, ReadFailures, Success};

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(whoami))
}

/// Who a credential is, and what it may do now. A field that has no value is left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Whoami)]
pub(crate) struct WhoamiObject {
    /// The person behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<User>,
    /// The service account behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    service_account: Option<ServiceAccount>,
    /// The person's role in the organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    organization_id: Uuid,
    organization: Organization,
    /// The presented key; left out for a session.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key: Option<ApiKey>,
    /// What it may do now, within what its owner may.
    #[schema(example = json!(["all"]))]
    permissions: Vec<String>,
    /// `read` when the verbs are READ alone, else `read-write`.
    scope: Scope,
    verbs: Vec<Verb>,
}

/// Who am I
///
/// Any credential may ask.
#[utoipa::path(
    get,
    path = "/v1/whoami",
    operation_id = "whoami",
    tag = "Sessions",
    responses((status = 200, description = "Who the credential is.", body = Envelope<WhoamiObject>), ReadFailures),
)]
async fn whoami(app: SharedApp, Caller(actor): Caller, _: NoQuery) -> Answer<WhoamiObject> {
    let who = app.engine.whoami(&actor).await?;
    Ok(Success(WhoamiObject {
        user: who.user.map(User::from),
        service_account: who.service_account.map(ServiceAccount::from),
        role: who.role.map(Role::from),
        organization_id: who.organization.id.uuid(),
        organization: who.organization.into(),
        api_key: who.key.map(|key| ApiKey::of(key, &app.engine)),
        permissions: who.permissions,
        scope: Scope::of(who.verbs),
        verbs: verbs_of(who.verbs),
    }))
}
