//! Keys as text and as digests. Three types keep them apart: what was made, what was presented, what is stored.

mod digest;
mod one_block;
mod plaintext;
mod prefix;
mod presented;

pub use digest::{DerivedKey, Digest, Pepper};
pub use plaintext::{PlaintextKey, RANDOM_BYTES};
pub use prefix::{KeyPrefix, KeyPrefixError};
pub use presented::{FOREIGN_KEY_MAX_BYTES, IMPORTED_KEY_MIN_CHARS, KeyShape, PresentedKey};

/// Digits, capitals, small letters: sorted as ASCII sorts them.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Characters that carry the random bits: 62^30 > 2^178.
const RANDOM_CHARS: usize = 30;

/// Characters that carry the checksum: 62^6 > 2^32.
const CHECKSUM_CHARS: usize = 6;

/// The CRC-32 (ISO 3309, as in gzip) of `text`, in six base62 characters, most significant first.
fn checksum(text: &[u8]) -> [u8; CHECKSUM_CHARS] {
    let mut rest = crc32fast::hash(text);
    let mut out = [b'0'; CHECKSUM_CHARS];
    for slot in out.iter_mut().rev() {
        *slot = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    out
}
