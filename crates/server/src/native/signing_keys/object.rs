//! Signing keys, as they are answered.

use keywright_engine::{SigningKeyFacts, SigningKeyState};
use serde::Serialize;
use utoipa::ToSchema;

use crate::native::wire::Time;

/// The signing keys that are published, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SigningKeys {
    items: Vec<SigningKey>,
}

/// A key pair that signs offline tokens. The private half never leaves the server.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SigningKey {
    /// Its name in `/.well-known/jwks.json` and in the tokens that it signs.
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    kid: String,
    state: State,
    created_at: Time,
    /// From when on it signs, or signed.
    signs_from: Time,
    /// Until when it is published: the last token that it signed has ended by then. Left out as long as no other key takes
    /// over from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    published_until: Option<Time>,
}

/// Where a signing key stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = SigningKeyState)]
pub(crate) enum State {
    /// Published, and not signing yet.
    Next,
    /// Signing.
    Current,
    /// Not signing any more; tokens of it may still hold.
    Previous,
}

impl From<Vec<SigningKeyFacts>> for SigningKeys {
    fn from(keys: Vec<SigningKeyFacts>) -> Self {
        Self { items: keys.into_iter().map(SigningKey::from).collect() }
    }
}

impl From<SigningKeyFacts> for SigningKey {
    fn from(key: SigningKeyFacts) -> Self {
        Self {
            kid: key.kid,
            state: match key.state {
                SigningKeyState::Next => State::Next,
                SigningKeyState::Current => State::Current,
                SigningKeyState::Previous => State::Previous,
            },
            created_at: key.created_at.into(),
            signs_from: key.signs_from.into(),
            published_until: key.published_until.map(Time::from),
        }
    }
}
