//! What is stored of a key.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{PresentedKey, one_block};

/// HMAC-SHA-256(pepper, SHA-256(key)): all that is stored of a key (RFC 2104, FIPS 180-4).
///
/// The inner SHA-256 lets keys of another system be imported by their SHA-256 digests; the pepper, kept
/// outside the database, makes a stolen database useless for checking guesses.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// A digest read back from the store.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes, for the store and the index.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}

/// The server's secret that digests depend on. Only its keyed hash state is held.
#[derive(Clone)]
pub struct Pepper {
    /// Of messages of any length.
    mac: Hmac<Sha256>,
    /// Of digests.
    of_digests: one_block::Mac,
}

/// Where the raw bytes of a pepper stand while a [`Pepper`] is made of them.
#[derive(Zeroize, ZeroizeOnDrop)]
struct RawPepper([u8; 32]);

impl Pepper {
    /// A pepper from its 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        let raw = RawPepper(bytes);
        let mac = Hmac::new_from_slice(&raw.0).expect("HMAC takes a key of any length");
        Self { mac, of_digests: one_block::Mac::new(&raw.0) }
    }

    /// The digest of a key in plain text.
    pub fn digest(&self, key: PresentedKey<'_>) -> Digest {
        let text = key.text().as_bytes();
        // Ours all fit.
        let sha256 = one_block::sha256(text).unwrap_or_else(|| Sha256::digest(text).into());
        self.digest_of_sha256(&sha256)
    }

    /// The digest of a key of which only the SHA-256 is known.
    pub fn digest_of_sha256(&self, sha256: &[u8; 32]) -> Digest {
        Digest(self.of_digests.of(sha256))
    }

    /// The digest of a secret that is no API key (a session's or a link's token), apart from all keys' digests.
    pub fn digest_token(&self, purpose: &'static str, token: &str) -> Digest {
        let mut mac = self.mac.clone();
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(token.as_bytes());
        Digest(mac.finalize().into_bytes().into())
    }

    /// A value that tells whether two peppers are the same and tells nothing else of them.
    pub fn check_value(&self) -> [u8; 32] {
        self.of_digests.of(b"keywright pepper check value, v1")
    }

    /// A key for one purpose, from which neither the pepper nor another purpose's key can be found: HKDF-Expand with
    /// SHA-256 (RFC 5869, section 2.3). The pepper is uniformly random, so that nothing need be extracted first (section
    /// 3.3).
    ///
    /// The purpose has more than 32 characters: what is hashed for a digest has 32 bytes, some of them a caller's choice
    /// (an imported digest), and must never be what is hashed here.
    pub fn derive(&self, purpose: &'static str) -> DerivedKey {
        const FIRST_BLOCK: u8 = 1;
        assert!(purpose.len() > 32, "a purpose has more than 32 characters");
        let mut mac = self.mac.clone();
        mac.update(purpose.as_bytes());
        mac.update(&[FIRST_BLOCK]);
        DerivedKey(mac.finalize().into_bytes().into())
    }
}

/// A key that was derived from a [`Pepper`] for one purpose.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct DerivedKey([u8; 32]);

impl DerivedKey {
    /// Its 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedKey(..)")
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plaintext_and_its_sha256_have_one_digest() {
        let pepper = Pepper::new([1; 32]);
        let key = "some-foreign-key-0123456789";
        let sha256: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        assert_eq!(pepper.digest(PresentedKey::new(key)), pepper.digest_of_sha256(&sha256));
    }

    #[test]
    fn another_pepper_is_another_digest() {
        let key = PresentedKey::new("k");
        assert_ne!(Pepper::new([1; 32]).digest(key), Pepper::new([2; 32]).digest(key));
        assert_ne!(Pepper::new([1; 32]).check_value(), Pepper::new([2; 32]).check_value());
    }

    #[test]
    fn a_derived_key_is_hkdf_s_and_each_purpose_has_its_own() {
        let purpose = "a purpose of more than thirty-two characters";
        let mut expected = [0; 32];
        hkdf::Hkdf::<Sha256>::from_prk(&[1; 32]).unwrap().expand(purpose.as_bytes(), &mut expected).unwrap();
        let derived = Pepper::new([1; 32]).derive(purpose);
        assert_eq!(derived.as_bytes(), &expected);
        assert_ne!(Pepper::new([2; 32]).derive(purpose).as_bytes(), &expected);
        let other = Pepper::new([1; 32]).derive("another purpose of more than thirty-two characters");
        assert_ne!(other.as_bytes(), &expected);
        assert_eq!(format!("{derived:?}"), "DerivedKey(..)");
    }

    #[test]
    #[should_panic(expected = "more than 32")]
    fn a_purpose_that_could_be_a_digest_s_is_refused() {
        let _ = Pepper::new([1; 32]).derive("exactly thirty-one characters..");
    }

    #[test]
    fn tokens_of_different_purposes_differ() {
        let pepper = Pepper::new([1; 32]);
        assert_ne!(pepper.digest_token("session", "t"), pepper.digest_token("link", "t"));
        assert_eq!(format!("{:?} {pepper:?}", pepper.digest_token("a", "b")), "Digest(..) Pepper(..)");
    }
}
