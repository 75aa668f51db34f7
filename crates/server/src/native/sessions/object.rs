//! A session and the person whose it is, as they are answered.

use keywright_engine::SignedIn;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::native::wire::Time;

/// A person. A field that has no value is left out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "ada@example.com")]
    email: Option<String>,
    #[schema(example = "Ada Lovelace")]
    name: String,
    /// Whether somebody else set the password: until it is replaced, nothing else can be done.
    #[schema(example = false)]
    must_change_password: bool,
    created_at: Time,
}

/// A session that has begun. Its token is in the cookie alone.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    user: User,
    expires_at: Time,
}

impl From<keywright_store::User> for User {
    fn from(user: keywright_store::User) -> Self {
        Self {
            id: user.id.uuid(),
            email: user.email,
            name: user.name,
            must_change_password: user.must_change_password,
            created_at: user.created_at.into(),
        }
    }
}

impl From<SignedIn> for Session {
    fn from(signed_in: SignedIn) -> Self {
        Self { user: signed_in.user.into(), expires_at: signed_in.expires_at.into() }
    }
}
