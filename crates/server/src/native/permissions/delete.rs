//! Take a declaration back.

use super::TAG;
use crate::app::SharedApp;
use crate::http::{
    BareMutation, ChangeFailures, Emptied, EmptyEnvelope, Failure, IdempotencyParameter, Name,
};

/// Take the declaration of a permission back
///
/// Its verb follows from its last segment again; grants of it stay. Needs `catalogue.delete`, and the permission itself
/// with every verb.
#[utoipa::path(
    delete,
    path = "/v1/permissions/{name}",
    operation_id = "deletePermission",
    tag = TAG,
    params(("name" = String, Path, description = "The permission.", example = "invoice.send"), IdempotencyParameter),
    responses((status = 200, description = "It is declared no more.", body = EmptyEnvelope), ChangeFailures),
)]
pub(super) async fn delete(
    app: SharedApp,
    Name(name): Name,
    BareMutation(actor): BareMutation,
) -> Result<Emptied, Failure> {
    app.engine.delete_permission(&actor, &name).await?;
    Ok(Emptied)
}
