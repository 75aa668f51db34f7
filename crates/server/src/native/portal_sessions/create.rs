//! Open the key page to a customer.

use axum::http::HeaderMap;
use keywright_engine::PortalSessionDraft;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::TAG;
use super::object::PortalSession;
use crate::app::SharedApp;
use crate::http::{Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, Success, base_url};
use crate::native::wire::Time;

/// A session to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreatePortalSession {
    /// The customer, in the caller's own system.
    #[schema(value_type = String, min_length = 1, max_length = 255, example = "customer-8812")]
    external_id: Option<String>,
    /// Whose the keys will be that are made there.
    #[schema(value_type = uuid::Uuid)]
    service_account_id: Option<String>,
    /// What keys may be given there at most. As for any key that is made for a customer, neither `all` nor a pattern
    /// includes the permissions that govern this server.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 256, example = json!(["photo.read", "photo.upload"]))]
    permissions: Option<Vec<String>>,
    /// How long the session lasts; an hour unless said otherwise.
    #[schema(minimum = 60, maximum = 86_400, example = 3600)]
    ttl_seconds: Option<u64>,
}

/// A session that was made, and the link by which it begins.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedPortalSession {
    #[serde(flatten)]
    session: PortalSession,
    /// Where to send the customer's browser, or what to put into an `iframe`. It works once, and holds a secret: hand it to
    /// nobody else. It is told this once; left out where a request with the same `Idempotency-Key` is repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        example = "https://keys.example.com/portal/0193f2a1-8d10-7c3a-b1a4-6f0e2d9c5b72/open?token=mJ2XbT0m1n5hQ8yq0dHkS3v7u9w2x4z6A8C1E3G5I7K"
    )]
    url: Option<String>,
    /// Until when the link must be used: five minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    link_expires_at: Option<Time>,
}

/// Create a portal session
///
/// The answer's `url` leads one customer of the caller's to a page on which they make, see, rotate and revoke the keys that
/// they made there before, and see how these are used. The keys belong to the service account; keys that were made in any
/// other way are out of the page's reach. What the page may hand out is at every moment what the credential that made the
/// session has, what `permissions` say and what the service account has, all three; and the page ends when that credential
/// does. Needs `portalSession.create`, and all of `permissions`.
#[utoipa::path(
    post,
    path = "/v1/portal-sessions",
    operation_id = "createPortalSession",
    tag = TAG,
    params(IdempotencyParameter),
    request_body(content = CreatePortalSession, example = json!({
        "externalId": "customer-8812", "serviceAccountId": "0193f2a1-8d10-7c3a-b1a4-6f0e2d9c5b72",
        "permissions": ["photo.read", "photo.upload"], "ttlSeconds": 3600,
    })),
    responses(
        (
            status = 200,
            description = "The session, and the link by which it begins.",
            body = Envelope<CreatedPortalSession>,
            example = json!({
                "code": 200, "message": "success", "requestId": "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10",
                "data": {
                    "id": "0193f2a1-9000-7c3a-b1a4-6f0e2d9c5b72",
                    "organizationId": "0193f2a1-0000-7000-8000-000000000001", "externalId": "customer-8812",
                    "serviceAccountId": "0193f2a1-8d10-7c3a-b1a4-6f0e2d9c5b72",
                    "permissions": ["photo.read", "photo.upload"], "status": "pending",
                    "createdBy": "0193f2a1-0000-7000-8000-000000000002",
                    "createdAt": "2026-11-21T09:30:00.000Z", "expiresAt": "2026-11-21T10:30:00.000Z",
                    "url": "https://keys.example.com/portal/0193f2a1-9000-7c3a-b1a4-6f0e2d9c5b72/open?token=mJ2XbT0m1n5hQ8yq0dHkS3v7u9w2x4z6A8C1E3G5I7K",
                    "linkExpiresAt": "2026-11-21T09:35:00.000Z",
                },
            }),
        ),
        ChangeFailures,
    ),
)]
pub(super) async fn create(
    app: SharedApp,
    headers: HeaderMap,
    change: Mutation<CreatePortalSession>,
) -> Answer<CreatedPortalSession> {
    let CreatePortalSession { external_id, service_account_id, permissions, ttl_seconds } = change.body;
    let draft =
        PortalSessionDraft { external_id, service_account: service_account_id, permissions, ttl_seconds };
    let issued = app.engine.create_portal_session(&change.actor, draft).await?;
    let id = issued.session.id;
    let (url, link_expires_at) = issued
        .link
        .map(|link| {
            let base = base_url(&app, &headers);
            (format!("{base}/portal/{id}/open?token={}", link.token.expose()), link.expires_at.into())
        })
        .unzip();
    Ok(Success(CreatedPortalSession { session: issued.session.into(), url, link_expires_at }))
}
