//! Tokens of sessions and links: secrets that are no API keys.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::random::{Random, draw};

/// What a token is for; the same text is another digest for another purpose.
pub(crate) const SESSION: &str = "session";
/// See [`SESSION`].
pub(crate) const LINK: &str = "link";
/// See [`SESSION`].
pub(crate) const PORTAL: &str = "portal session";
/// See [`SESSION`].
pub(crate) const PORTAL_FORM: &str = "portal form";

/// A secret that is shown once, and stored as a digest or not at all: a token of 256 random bits, or a signed one.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretToken(String);

impl SecretToken {
    pub(crate) fn generate(random: &dyn Random) -> Self {
        let mut bytes: [u8; 32] = draw(random);
        let text = URL_SAFE_NO_PAD.encode(bytes);
        bytes.zeroize();
        Self(text)
    }

    /// A token that was made otherwise.
    pub(crate) const fn of_text(text: String) -> Self {
        Self(text)
    }

    /// The token itself, to hand to its bearer.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretToken(..)")
    }
}
