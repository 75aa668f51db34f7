//! `/v1/audit-events`: who did what to what, from where, when.

use std::sync::Arc;

use keywright_engine::AuditFilter;
use keywright_store::ActorKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::wire::{List, Time};
use crate::app::{App, SharedApp};
use crate::http::{Answer, Caller, Envelope, Paged, PagingParameters, ReadFailures, Success};

pub(super) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default().routes(routes!(list))
}

/// Which audit events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListAuditEvents {
    /// With this action.
    #[param(example = "apiKey.revoke")]
    action: Option<String>,
    /// By this person.
    #[param(value_type = Option<Uuid>)]
    user_id: Option<String>,
    /// By this service account.
    #[param(value_type = Option<Uuid>)]
    service_account_id: Option<String>,
    /// With this key as the credential.
    #[param(value_type = Option<Uuid>)]
    api_key_id: Option<String>,
    /// Done to the thing with this id.
    #[param(value_type = Option<Uuid>)]
    target: Option<String>,
    /// At this time or later.
    #[param(value_type = Option<Time>, inline)]
    since: Option<String>,
    /// Before this time.
    #[param(value_type = Option<Time>, inline)]
    until: Option<String>,
}

/// Something that was done, or refused. A field that has no value is left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuditEvent {
    id: Uuid,
    organization_id: Uuid,
    /// When.
    created_at: Time,
    actor_type: ActorType,
    /// The person, service account or session of the portal; left out for the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor_id: Option<Uuid>,
    /// The key that was the credential; left out for a session.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key_id: Option<Uuid>,
    #[schema(example = "apiKey.revoke")]
    action: String,
    #[schema(example = "apiKey")]
    target_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_id: Option<Uuid>,
    /// Why it was refused; left out: it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "203.0.113.7")]
    ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// What else is worth knowing; never a secret.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object, required = false)]
    details: Map<String, Value>,
}

/// What kind of actor.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
enum ActorType {
    /// A person.
    User,
    /// A service account.
    ServiceAccount,
    /// A customer, in a session of the portal: `actorId` is the session's, and `details.externalId` the customer.
    Portal,
    /// The operator at the command line, or the server itself.
    System,
}

/// List audit events
///
/// Newest first: every change in the organization, and every change that was refused. Needs `auditEvent.read`.
#[utoipa::path(
    get,
    path = "/v1/audit-events",
    operation_id = "listAuditEvents",
    tag = "Audit",
    params(ListAuditEvents, PagingParameters),
    responses((status = 200, description = "A page of events.", body = Envelope<List<AuditEvent>>), ReadFailures),
)]
async fn list(
    app: SharedApp,
    Caller(actor): Caller,
    Paged { paging, filter }: Paged<ListAuditEvents>,
) -> Answer<List<AuditEvent>> {
    let filter = AuditFilter {
        action: filter.action,
        user: filter.user_id,
        service_account: filter.service_account_id,
        key: filter.api_key_id,
        target: filter.target,
        since: filter.since,
        until: filter.until,
    };
    let events = app.engine.audit_events(&actor, filter, &paging).await?;
    Ok(Success(List::of(events, AuditEvent::from)))
}

impl From<keywright_store::AuditEvent> for AuditEvent {
    fn from(event: keywright_store::AuditEvent) -> Self {
        Self {
            id: event.id.uuid(),
            organization_id: event.organization.uuid(),
            created_at: event.at.into(),
            actor_type: match event.actor_kind {
                ActorKind::User => ActorType::User,
                ActorKind::ServiceAccount => ActorType::ServiceAccount,
                ActorKind::Portal => ActorType::Portal,
                ActorKind::System => ActorType::System,
            },
            actor_id: event.actor,
            api_key_id: event.key.map(keywright_domain::KeyId::uuid),
            action: event.action,
            target_type: event.target_kind,
            target_id: event.target,
            refused: event.refused,
            ip: event.address.map(|address| address.to_string()),
            user_agent: event.agent,
            request_id: event.request_id,
            details: event.details,
        }
    }
}
