//! What is sealed can be read, and not changed unnoticed, by whoever has the pepper alone.

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use keywright_domain::DerivedKey;
use zeroize::Zeroizing;

use crate::random::{Random, draw};

/// A nonce of 192 bits can be drawn each time: no two are the same, however many are drawn.
const NONCE_BYTES: usize = 24;

/// XChaCha20-Poly1305 (RFC 8439, with the longer nonce) under one derived key.
pub(crate) struct Seal(XChaCha20Poly1305);

impl Seal {
    pub(crate) fn new(key: &DerivedKey) -> Self {
        Self(XChaCha20Poly1305::new(key.as_bytes().into()))
    }

    /// Seals `secret`; it opens only together with what it is `bound_to`. The nonce goes first.
    pub(crate) fn close(&self, random: &dyn Random, bound_to: &[u8], secret: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = draw(random);
        let payload = Payload { msg: secret, aad: bound_to };
        let closed = self.0.encrypt(&XNonce::from(nonce), payload);
        let closed = closed.expect("it fails for messages of hundreds of gigabytes alone");
        [nonce.as_slice(), &closed].concat()
    }

    /// What was sealed; `None` when it was sealed under another key, is bound to something else, or was changed.
    pub(crate) fn open(&self, bound_to: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, closed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: closed, aad: bound_to };
        self.0.decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }
}

#[cfg(test)]
mod tests {
    use keywright_domain::Pepper;

    use super::*;
    use crate::random::SeededRandom;

    fn seal(pepper: u8) -> Seal {
        Seal::new(&Pepper::new([pepper; 32]).derive("a purpose of more than thirty-two characters"))
    }

    #[test]
    fn it_opens_with_the_same_pepper_and_binding_alone() {
        let random = SeededRandom::new(1);
        let sealed = seal(1).close(&random, b"key 1", b"secret");
        assert_eq!(seal(1).open(b"key 1", &sealed).unwrap().as_slice(), b"secret");
        assert!(seal(2).open(b"key 1", &sealed).is_none());
        assert!(seal(1).open(b"key 2", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(seal(1).open(b"key 1", &changed).is_none(), "byte {at}");
            assert!(seal(1).open(b"key 1", &sealed[..at]).is_none(), "cut at {at}");
        }
    }

    #[test]
    fn the_same_secret_is_never_sealed_the_same() {
        let random = SeededRandom::new(1);
        assert_ne!(seal(1).close(&random, b"", b"secret"), seal(1).close(&random, b"", b"secret"));
    }
}
