//! Replace one's password.

use serde::Deserialize;
use utoipa::ToSchema;

use super::TAG;
use crate::app::SharedApp;
use crate::http::{ChangeFailures, Emptied, EmptyEnvelope, Failure, Mutation};

/// The password, and what replaces it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ChangePassword {
    #[schema(max_length = 256, format = Password)]
    current_password: String,
    #[schema(min_length = 8, max_length = 256, format = Password)]
    new_password: String,
}

/// Replace one's password
///
/// Ends the person's other sessions. Needs a session: a key cannot do this (403).
#[utoipa::path(
    post,
    path = "/v1/sessions/password",
    operation_id = "changePassword",
    tag = TAG,
    request_body(content = ChangePassword, example = json!({"currentPassword": "...", "newPassword": "correct horse battery staple"})),
    responses((status = 200, description = "It is replaced.", body = EmptyEnvelope), ChangeFailures),
)]
pub(super) async fn change_password(
    app: SharedApp,
    change: Mutation<ChangePassword>,
) -> Result<Emptied, Failure> {
    let ChangePassword { current_password, new_password } = change.body;
    app.engine.change_password(&change.actor, &current_password, &new_password).await?;
    Ok(Emptied)
}
