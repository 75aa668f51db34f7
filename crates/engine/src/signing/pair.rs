//! One key pair.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer as _, SigningKey};
use keywright_domain::Timestamp;
use keywright_store::{Revision, SealedSigningKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::seal::Seal;
use crate::random::{Random, draw};

/// An Ed25519 key pair (RFC 8032), opened. The private half is zeroized when it is dropped.
pub(crate) struct KeyPair {
    signing: SigningKey,
    /// Its name: the thumbprint of the public half.
    pub(crate) kid: String,
    /// The first part of every token that it signs, as it stands there.
    pub(crate) header: String,
    /// Its place in the order of the pairs.
    pub(crate) position: i64,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// From when on it signs, until another does.
    pub(crate) signs_from: Timestamp,
}

impl KeyPair {
    /// A new pair, sealed.
    pub(crate) fn generate(
        seal: &Seal,
        random: &dyn Random,
        position: i64,
        created_at: Timestamp,
        signs_from: Timestamp,
    ) -> SealedSigningKey {
        let private = Zeroizing::new(draw::<32>(random));
        let public = SigningKey::from_bytes(&private).verifying_key().to_bytes();
        let mut row = SealedSigningKey {
            position,
            public,
            sealed: Vec::new(),
            created_at,
            signs_from,
            revision: Revision::ZERO,
        };
        row.sealed = seal.close(random, &bound_to(&row), private.as_slice());
        row
    }

    /// Opens a pair. `None` when it was not sealed by this server for this very row: the pepper is another one, or the row
    /// was changed.
    pub(crate) fn open(row: &SealedSigningKey, seal: &Seal) -> Option<Self> {
        let private = seal.open(&bound_to(row), &row.sealed)?;
        let signing = SigningKey::from_bytes(private.as_slice().try_into().ok()?);
        if signing.verifying_key().to_bytes() != row.public {
            return None;
        }
        let kid = thumbprint(&row.public);
        let header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{kid}"}}"#));
        let (position, created_at, signs_from) = (row.position, row.created_at, row.signs_from);
        Some(Self { signing, kid, header, position, created_at, signs_from })
    }

    /// The signature over `text`.
    pub(crate) fn sign(&self, text: &str) -> [u8; 64] {
        self.signing.sign(text.as_bytes()).to_bytes()
    }

    /// Whether this pair made the signature over `text`. Strict: a signature has one form (RFC 8032, section 5.1.7, without
    /// the cofactor and without keys of small order).
    pub(crate) fn has_signed(&self, text: &str, signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.signing.verifying_key().verify_strict(text.as_bytes(), &signature).is_ok()
    }

    /// The public half, as JSON Web Keys spell it.
    pub(crate) fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.signing.verifying_key().to_bytes())
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// What a sealed private half belongs to: moved to another row, or beside another public half, it does not open.
fn bound_to(row: &SealedSigningKey) -> Vec<u8> {
    let numbers = [row.position, row.created_at.as_millis(), row.signs_from.as_millis()];
    let mut bytes = row.public.to_vec();
    bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    bytes
}

/// The thumbprint of a public key (RFC 7638, with the members that RFC 8037, section 2, names), which is what names it.
fn thumbprint(public: &[u8; 32]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public);
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(members))
}

#[cfg(test)]
mod tests {
    use keywright_domain::Pepper;

    use super::*;
    use crate::random::SeededRandom;

    const AT: Timestamp = Timestamp::from_millis(1_000);

    fn seal(pepper: u8) -> Seal {
        super::super::seal(&Pepper::new([pepper; 32]))
    }

    fn row() -> SealedSigningKey {
        KeyPair::generate(&seal(1), &SeededRandom::new(1), 1, AT, AT)
    }

    #[test]
    fn the_thumbprint_is_the_standard_s_own() {
        // RFC 8037, appendix A.3.
        let public = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let expected = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
        assert_eq!(thumbprint(public.as_slice().try_into().unwrap()), expected);
    }

    #[test]
    fn a_pair_signs_what_it_verifies() {
        let pair = KeyPair::open(&row(), &seal(1)).unwrap();
        let mut signature = pair.sign("text");
        assert!(pair.has_signed("text", &signature));
        assert!(!pair.has_signed("texT", &signature));
        signature[0] ^= 1;
        assert!(!pair.has_signed("text", &signature));
        assert!(!format!("{pair:?} {:?}", row()).contains("signing:"));
    }

    #[test]
    fn the_order_of_the_group_makes_no_second_signature() {
        // Adding the group's order to the second half gives a value that lax verifiers take for the same signature.
        const ORDER: [u8; 32] = [
            0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
        ];
        let pair = KeyPair::open(&row(), &seal(1)).unwrap();
        let mut signature = pair.sign("text");
        let mut carry = 0_u16;
        for (byte, more) in signature[32..].iter_mut().zip(ORDER) {
            carry += u16::from(*byte) + u16::from(more);
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        assert!(!pair.has_signed("text", &signature));
    }

    #[test]
    fn it_opens_as_it_was_sealed_alone() {
        let row = row();
        assert!(KeyPair::open(&row, &seal(1)).is_some());
        assert!(KeyPair::open(&row, &seal(2)).is_none(), "another pepper");
        let other = KeyPair::generate(&seal(1), &SeededRandom::new(2), 1, AT, AT);
        for changed in [
            SealedSigningKey { public: other.public, ..row.clone() },
            SealedSigningKey { sealed: other.sealed, ..row.clone() },
            SealedSigningKey { position: 2, ..row.clone() },
            SealedSigningKey { signs_from: Timestamp::from_millis(0), ..row.clone() },
            SealedSigningKey { sealed: Vec::new(), ..row },
        ] {
            assert!(KeyPair::open(&changed, &seal(1)).is_none(), "{changed:?}");
        }
    }
}
