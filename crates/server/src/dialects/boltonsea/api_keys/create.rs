//! `POST /api_keys`: make a key.

use axum::http::StatusCode;
use axum::response::Response;
use keywright_engine::{FieldProblem, KeyDraft};
use serde::Deserialize;

use super::object::CreatedApiKey;
use crate::app::SharedApp;
use crate::dialects::boltonsea::failure::renamed;
use crate::dialects::boltonsea::wire::{Integer, Scope};
use crate::http::{Failure, Mutation, json};

/// A key to be made. All three are required.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateKey {
    key_name: Option<String>,
    key_scope: Option<Scope>,
    /// The number of the caller's own organization.
    organization_id: Option<Integer>,
}

/// 201 with the key and, this once, its full value. Needs CREATE. The key has what its owner has, within these verbs.
pub(crate) async fn create(app: SharedApp, change: Mutation<CreateKey>) -> Result<Response, Failure> {
    let CreateKey { key_name, key_scope, organization_id } = change.body;
    let (Some(name), Some(Scope(verbs)), Some(Integer(organization))) =
        (&key_name, &key_scope, organization_id)
    else {
        let given = [
            ("key_name", key_name.is_some()),
            ("key_scope", key_scope.is_some()),
            ("organization_id", organization_id.is_some()),
        ];
        let missing = given.into_iter().filter(|(_, is_given)| !is_given);
        return Err(Failure::of_problems(
            missing.map(|(field, _)| FieldProblem::new(field, "is required")).collect(),
        ));
    };
    let actor = app.engine.acting_in_numbered(&change.actor, organization)?.with_own_keys_only();
    let draft = KeyDraft { name: Some(name.clone()), verbs: Some(verbs.clone()), ..KeyDraft::default() };
    let issued = app.engine.create_key(&actor, draft).await;
    let issued = issued.map_err(|error| renamed(error, &[("name", "key_name"), ("verbs", "key_scope")]))?;
    Ok(json(StatusCode::CREATED, &CreatedApiKey::of(issued, &actor)))
}
