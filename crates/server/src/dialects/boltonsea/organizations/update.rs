//! `PUT /organizations`: rename an organization.

use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::OrganizationPatch;
use keywright_store::Change;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::object::Organization;
use crate::app::SharedApp;
use crate::dialects::boltonsea::failure::renamed;
use crate::dialects::boltonsea::wire::Integer;
use crate::http::{Failure, Mutation, json};

/// The organization as it is to be. `id` and `organization_name` are required; an organization that was read and is sent
/// back whole, with another name, will do.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateOrganization {
    id: Option<Integer>,
    /// As `id`, where that is not given.
    organization_id: Option<Integer>,
    organization_name: Option<String>,
    /// Not to be changed, and not looked at.
    #[serde(default, rename = "created_on")]
    _created_on: Option<IgnoredAny>,
}

/// 200 with the organization as it is now; 403 to a key that is not of it. Needs MANAGE.
pub(crate) async fn update(
    app: SharedApp,
    change: Mutation<UpdateOrganization>,
) -> Result<Response, Failure> {
    let UpdateOrganization { id, organization_id, organization_name, .. } = change.body;
    if organization_id.is_some_and(|other| id.is_some_and(|id| id != other)) {
        return Err(Failure::invalid("organization_id", "must be the same as id, or be left out"));
    }
    let Integer(number) = id.or(organization_id).ok_or_else(|| Failure::invalid("id", "is required"))?;
    let id = app.engine.organization_numbered(&change.actor, number)?;
    let patch = OrganizationPatch { name: Change::Set(organization_name), ..OrganizationPatch::default() };
    let updated = app.engine.update_organization(&change.actor, id, patch).await;
    let updated = updated.map_err(|error| renamed(error, &[("name", "organization_name")]))?;
    Ok(json(StatusCode::OK, &Organization::from(updated)))
}
