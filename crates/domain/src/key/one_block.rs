//! SHA-256 and HMAC-SHA-256 of what fits into one block: what a verification hashes.
//!
//! The compression function is the library's; here is only how a short message is laid out in its one block. The library's
//! own way there buffers and counts for messages of any length, which takes as long again as the hashing.

use sha2::block_api::compress256;
use zeroize::Zeroize as _;

/// Bytes of a block.
const BLOCK: usize = 64;
/// The longest message that leaves room in its block for the mark of its end and its length.
const LONGEST: usize = BLOCK - 9;
/// FIPS 180-4, section 5.3.3: where every hash begins.
const BEGINNING: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// SHA-256 (FIPS 180-4) of at most 55 bytes; `None` of more.
#[inline]
pub(super) fn sha256(message: &[u8]) -> Option<[u8; 32]> {
    (message.len() <= LONGEST).then(|| bytes_of(last_block(BEGINNING, 0, message)))
}

/// HMAC-SHA-256 (RFC 2104) under one key, of messages of 32 bytes.
#[derive(Clone)]
pub(super) struct Mac {
    /// The hash's state behind the key's inner block, and behind its outer one.
    inner: [u32; 8],
    outer: [u32; 8],
}

impl Mac {
    /// Of a key that is no longer than a block.
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let behind = |pad: u8| {
            let mut block = [pad; BLOCK];
            block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
            let mut state = BEGINNING;
            compress256(&mut state, &[block]);
            // It tells the key.
            block.zeroize();
            state
        };
        Self { inner: behind(0x36), outer: behind(0x5c) }
    }

    #[inline]
    pub(super) fn of(&self, message: &[u8; 32]) -> [u8; 32] {
        let inner = bytes_of(last_block(self.inner, BLOCK, message));
        bytes_of(last_block(self.outer, BLOCK, &inner))
    }
}

/// The state behind a message's last block, `before` bytes of which were hashed already (FIPS 180-4, section 5.1.1: a set
/// bit, zeros, and the length in bits).
#[inline]
fn last_block(mut state: [u32; 8], before: usize, message: &[u8]) -> [u32; 8] {
    let mut block = [0; BLOCK];
    block[..message.len()].copy_from_slice(message);
    block[message.len()] = 0x80;
    let bits = (before + message.len()) as u64 * 8;
    block[BLOCK - 8..].copy_from_slice(&bits.to_be_bytes());
    compress256(&mut state, &[block]);
    state
}

#[inline]
fn bytes_of(state: [u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (place, word) in bytes.chunks_exact_mut(4).zip(state) {
        place.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use proptest::prelude::*;
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn every_length_that_fits_is_hashed_and_no_other() {
        let text = [b'k'; BLOCK];
        for length in 0..=BLOCK {
            let expected = (length <= LONGEST).then(|| <[u8; 32]>::from(Sha256::digest(&text[..length])));
            assert_eq!(sha256(&text[..length]), expected, "{length}");
        }
    }

    proptest! {
        #[test]
        fn it_is_what_the_library_says(
            key in any::<[u8; 32]>(),
            message in any::<[u8; 32]>(),
            short in prop::collection::vec(any::<u8>(), 0..=LONGEST),
        ) {
            prop_assert_eq!(sha256(&short), Some(Sha256::digest(&short).into()));
            let mut expected = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            expected.update(&message);
            prop_assert_eq!(Mac::new(&key).of(&message), <[u8; 32]>::from(expected.finalize().into_bytes()));
        }
    }
}
