//! Change an organization.

use keywright_domain::OrganizationId;
use keywright_engine::OrganizationPatch;
use serde::Deserialize;
use utoipa::ToSchema;

use super::object::PermissionCatalogue;
use super::portal::{PortalPatch, set_portal};
use super::{Organization, TAG};
use crate::app::SharedApp;
use crate::http::{
    Answer, ChangeFailures, Envelope, IdempotencyParameter, Mutation, Object, PathId, Success,
};
use crate::native::wire::Patch;

/// How an organization is to change. A field that is left out stays as it is; `null` clears it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UpdateOrganization {
    #[serde(default)]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 255)]
    name: Patch<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Patch<String>,
    /// What new keys start with; cleared: `kw`. Keys that exist keep theirs.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 16, pattern = "^[a-z0-9_]{1,16}$")]
    key_prefix: Patch<String>,
    /// How long a new key lives that says nothing else; cleared: for ever.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1)]
    default_expiry_seconds: Patch<i64>,
    /// How long a new key may live at most; cleared: for ever.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1)]
    max_expiry_seconds: Patch<i64>,
    /// Whether permissions can be granted that the catalogue does not know; cleared: `open`.
    #[serde(default)]
    #[schema(value_type = Option<PermissionCatalogue>)]
    permission_catalogue: Patch<String>,
    /// Whether keys with an `ipAllowlist`, `rateLimits` or `credits` may get offline tokens, which none of these bind;
    /// cleared: `false`.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    tokens_for_restricted_keys: Patch<bool>,
    /// Where its days and months begin: an IANA name, such as `Europe/Berlin`; cleared: `UTC`. Keys' credits are filled up
    /// then.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    time_zone: Patch<String>,
    /// The key page of its customers, all of it at once: what is left out of it is as it is unless said otherwise, and so is
    /// everything where it is cleared.
    #[serde(default)]
    #[schema(value_type = Option<PortalPatch>)]
    portal: Patch<Object<PortalPatch>>,
}

/// Change an organization
///
/// Needs `organization.update`.
#[utoipa::path(
    patch,
    path = "/v1/organizations/{id}",
    operation_id = "updateOrganization",
    tag = TAG,
    params(("id" = uuid::Uuid, Path, description = "The organization's id."), IdempotencyParameter),
    request_body(content = UpdateOrganization, example = json!({"keyPrefix": "acme", "maxExpirySeconds": 7_776_000})),
    responses((status = 200, description = "The organization as it is now.", body = Envelope<Organization>), ChangeFailures),
)]
pub(super) async fn update(
    app: SharedApp,
    PathId(id): PathId<OrganizationId>,
    change: Mutation<UpdateOrganization>,
) -> Answer<Organization> {
    let body = change.body;
    let patch = OrganizationPatch {
        name: body.name.0,
        description: body.description.0,
        key_prefix: body.key_prefix.0,
        default_expiry_seconds: body.default_expiry_seconds.0,
        max_expiry_seconds: body.max_expiry_seconds.0,
        permission_catalogue: body.permission_catalogue.0,
        tokens_for_restricted_keys: body.tokens_for_restricted_keys.0,
        time_zone: body.time_zone.0,
        portal: set_portal(body.portal.0),
    };
    Ok(Success(app.engine.update_organization(&change.actor, id, patch).await?.into()))
}
