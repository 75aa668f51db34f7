//! List the catalogue.

use serde::Serialize;
use utoipa::ToSchema;

use super::TAG;
use super::object::PermissionObject;
use crate::app::SharedApp;
use crate::http::{Answer, Caller, Envelope, NoQuery, ReadFailures, Success};

/// The catalogue, whole: it is short, and who reads it wants all of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Catalogue {
    items: Vec<PermissionObject>,
    /// As many as there are.
    #[schema(example = 1)]
    limit: usize,
    /// 0.
    offset: usize,
    /// `false`.
    #[schema(example = false)]
    has_more: bool,
}

/// List permissions
///
/// The built-in ones and the declared ones, all on one page. Needs
/// `catalogue.read`.
#[utoipa::path(
    get,
    path = "/v1/permissions",
    operation_id = "listPermissions",
    tag = TAG,
    responses((status = 200, description = "The catalogue.", body = Envelope<Catalogue>), ReadFailures),
)]
pub(super) async fn list(app: SharedApp, Caller(actor): Caller, _: NoQuery) -> Answer<Catalogue> {
    let items: Vec<PermissionObject> =
        app.engine.permissions(&actor)?.into_iter().map(PermissionObject::from).collect();
    Ok(Success(Catalogue { limit: items.len(), items, offset: 0, has_more: false }))
}
