//! `POST /organizations`: make an organization.

use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::OrganizationDraft;
use serde::Deserialize;

use super::object::Organization;
use crate::app::SharedApp;
use crate::dialects::boltonsea::failure::renamed;
use crate::http::{Failure, Mutation, json};

/// An organization to be made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateOrganization {
    organization_name: Option<String>,
}

/// 201 with the organization, which the person behind the caller owns. Needs MANAGE.
pub(crate) async fn create(
    app: SharedApp,
    change: Mutation<CreateOrganization>,
) -> Result<Response, Failure> {
    let draft = OrganizationDraft { name: change.body.organization_name, ..OrganizationDraft::default() };
    let made = app.engine.create_organization(&change.actor, draft).await;
    let made = made.map_err(|error| renamed(error, &[("name", "organization_name")]))?;
    Ok(json(StatusCode::CREATED, &Organization::from(made)))
}
