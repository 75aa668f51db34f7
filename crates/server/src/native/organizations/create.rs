//! Make an organization.

use keywright_engine::OrganizationDraft;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Organization, TAG};
use crate::app::SharedApp;
use crate::http::{Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, Success};

/// An organization to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateOrganization {
    #[schema(value_type = String, min_length = 1, max_length = 255, example = "Acme")]
    name: Option<String>,
    /// Unique on this server. Left out: made from the name.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", example = "acme")]
    slug: Option<String>,
    #[schema(max_length = 2000)]
    description: Option<String>,
}

/// Create an organization
///
/// The person behind the caller becomes its owner, and acts in it by a session with `X-Org-ID`. Needs
/// `organization.create`; a service account cannot own an organization (403).
#[utoipa::path(
    post,
    path = "/v1/organizations",
    operation_id = "createOrganization",
    tag = TAG,
    params(IdempotencyParameter),
    request_body(content = CreateOrganization, example = json!({"name": "Acme", "slug": "acme"})),
    responses((status = 200, description = "The organization.", body = Envelope<Organization>), ChangeFailures),
)]
pub(super) async fn create(app: SharedApp, change: Mutation<CreateOrganization>) -> Answer<Organization> {
    let CreateOrganization { name, slug, description } = change.body;
    let draft = OrganizationDraft { name, slug, description };
    Ok(Success(app.engine.create_organization(&change.actor, draft).await?.into()))
}
