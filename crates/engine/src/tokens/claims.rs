//! What a token says, and how it is written down: a JSON Web Token (RFC 7519), signed as a compact JWS (RFC 7515) with
//! Ed25519 (RFC 8037).
//!
//! Nothing of a token is believed, nor even read, before its signature was checked: its header must be, letter by letter,
//! the one that a signing key of ours writes. So no token says by which algorithm, or by whose key, it is to be checked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keywright_domain::{KeyId, OrganizationId};
use serde::{Deserialize, Serialize};

use crate::signing::KeyPair;

/// The claims. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    /// The key.
    pub(super) sub: KeyId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) aud: Option<String>,
    /// The key again, for whoever looks for an OAuth client (RFC 9068, section 2.2).
    pub(super) client_id: KeyId,
    pub(super) org: OrganizationId,
    /// Permissions, with spaces between them (RFC 8693, section 4.2).
    pub(super) scope: String,
    pub(super) iat: i64,
    pub(super) nbf: i64,
    pub(super) exp: i64,
    /// Names the token; and what leads back to the key's secret, sealed.
    pub(super) jti: String,
}

impl Claims {
    /// The token.
    pub(super) fn sign(&self, pair: &KeyPair) -> String {
        let claims = serde_json::to_string(self).expect("claims are plain data");
        let mut token = format!("{}.{}", pair.header, URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(pair.sign(&token));
        token.push('.');
        token.push_str(&signature);
        token
    }
}

/// A text that has a header of ours.
pub(super) struct Presented<'a> {
    pair: &'a KeyPair,
    text: &'a str,
}

impl<'a> Presented<'a> {
    /// `None` when no pair writes such a header: then it is no token of ours, or one whose key was forgotten.
    pub(super) fn of(text: &'a str, mut pairs: impl Iterator<Item = &'a KeyPair>) -> Option<Self> {
        let (header, _) = text.split_once('.')?;
        let pair = pairs.find(|pair| pair.header == header)?;
        Some(Self { pair, text })
    }

    /// What it says; `None` unless the pair that it names has signed it.
    pub(super) fn claims(&self) -> Option<Claims> {
        let (signed, signature) = self.text.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        if !self.pair.has_signed(signed, signature.as_slice().try_into().ok()?) {
            return None;
        }
        let (_, claims) = signed.split_once('.')?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }
}
