//! A permission of the catalogue, as it is answered.

use keywright_engine::PermissionView;
use serde::Serialize;
use utoipa::ToSchema;

use crate::native::wire::Verb;

/// A permission that the catalogue knows.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(
    as = Permission,
    example = json!({"name": "invoice.send", "verb": "UPDATE", "description": "Send an invoice to its customer", "builtIn": false}),
)]
pub(crate) struct PermissionObject {
    #[schema(example = "invoice.send")]
    name: String,
    verb: Verb,
    /// What it allows, for people. May be empty.
    description: String,
    /// Whether it governs this server itself; such a one cannot be changed.
    built_in: bool,
}

impl From<PermissionView> for PermissionObject {
    fn from(view: PermissionView) -> Self {
        let PermissionView { name, verb, description, built_in } = view;
        Self { name, verb: verb.into(), description, built_in }
    }
}
