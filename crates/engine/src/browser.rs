//! What a browser keeps for this server between two requests: it can neither read nor change it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::Engine;
use crate::secret::SecretToken;

/// What the key is derived for.
pub(crate) const KEPT_BY_BROWSERS: &str = "keywright: what browsers keep between requests, v1";

impl Engine {
    /// A token of 256 bits that nobody can guess.
    pub fn draw_token(&self) -> SecretToken {
        SecretToken::generate(self.random.as_ref())
    }

    /// Seals a text for a browser to keep. It opens for the same purpose alone.
    pub fn seal_for_browser(&self, purpose: &'static str, text: &str) -> String {
        let sealed = self.kept_by_browsers.close(self.random.as_ref(), purpose.as_bytes(), text.as_bytes());
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// What a browser kept; `None` where this server did not seal it for this purpose.
    pub fn open_from_browser(&self, purpose: &'static str, sealed: &str) -> Option<Zeroizing<String>> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let opened = self.kept_by_browsers.open(purpose.as_bytes(), &sealed)?;
        String::from_utf8(opened.to_vec()).ok().map(Zeroizing::new)
    }
}
