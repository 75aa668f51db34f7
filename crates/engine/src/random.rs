//! Where randomness comes from.

use std::sync::atomic::{AtomicU64, Ordering};

use keywright_domain::{Id, Timestamp};
use sha2::{Digest as _, Sha256};

/// Draws random bytes that nobody can foresee.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator.
#[derive(Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that draws randomness")]
        let drawn = getrandom::fill(bytes);
        // Without randomness no key is safe to make; no caller could do anything better than stop.
        drawn.expect("the operating system gives random bytes");
    }
}

/// A generator that draws the same bytes each time: for tests.
#[derive(Debug)]
pub struct SeededRandom {
    seed: u64,
    drawn: AtomicU64,
}

impl SeededRandom {
    /// A generator with this seed.
    pub const fn new(seed: u64) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let block = self.drawn.fetch_add(1, Ordering::Relaxed);
            let hash = Sha256::new()
                .chain_update(self.seed.to_le_bytes())
                .chain_update(block.to_le_bytes())
                .finalize();
            chunk.copy_from_slice(&hash[..chunk.len()]);
        }
    }
}

/// Makes ids for requests: each one once in this process and, since it begins at random, hardly ever anywhere else.
/// They name; nobody must be unable to guess them. So they cost no call of the operating system.
pub(crate) struct RequestIds {
    process: [u8; 2],
    first: u64,
    made: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(random: &dyn Random) -> Self {
        Self { process: draw(random), first: u64::from_le_bytes(draw(random)), made: AtomicU64::new(0) }
    }

    pub(crate) fn next(&self, now: Timestamp) -> Id<()> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let mut bytes = [0; 10];
        bytes[..2].copy_from_slice(&self.process);
        bytes[2..].copy_from_slice(&scattered(self.first.wrapping_add(number)).to_be_bytes());
        Id::new(now, &bytes)
    }
}

/// Another number for each number, without its order (`SplitMix64`: G. Steele, D. Lea, C. Flood, "Fast Splittable
/// Pseudorandom Number Generators", 2014).
const fn scattered(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Draws `N` bytes.
pub(crate) fn draw<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}

/// A new id.
pub(crate) fn new_id<Kind>(random: &dyn Random, now: Timestamp) -> Id<Kind> {
    Id::new(now, &draw(random))
}

/// A new public number: 1 to 2^53 - 1, so that every JSON reader holds it exactly.
pub(crate) fn new_number(random: &dyn Random) -> i64 {
    let drawn = u64::from_le_bytes(draw(random)) >> 11;
    i64::try_from(drawn.max(1)).expect("53 bits fit")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_request_has_the_id_of_another() {
        let ids = RequestIds::new(&SeededRandom::new(1));
        let now = Timestamp::from_millis(1_800_000_000_000);
        let made: HashSet<_> = (0..100_000).map(|_| ids.next(now)).collect();
        assert_eq!(made.len(), 100_000);
        let elsewhere = RequestIds::new(&SeededRandom::new(2));
        assert!((0..100_000).all(|_| !made.contains(&elsewhere.next(now))));
    }
}
