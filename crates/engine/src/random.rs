//! Where randomness comes from.

use std::sync::atomic::{AtomicU64, Ordering};

use keywright_domain::{Id, Timestamp};
use sha2::{Digest as _, Sha256};
use siphasher::sip128::SipHasher24;

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

/// Makes ids for requests, without a call of the operating system for each: a number that counts up goes through a
/// function that nobody computes without the key (`SipHash-2-4`: J.-P. Aumasson, D. J. Bernstein, 2012), which is drawn
/// anew for each process. So an id tells neither the next nor, beside another, how many requests came between, and hardly
/// ever comes twice.
pub(crate) struct RequestIds {
    function: SipHasher24,
    made: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(random: &dyn Random) -> Self {
        Self { function: SipHasher24::new_with_key(&draw(random)), made: AtomicU64::new(0) }
    }

    pub(crate) fn next(&self, now: Timestamp) -> Id<()> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let bytes = self.function.hash(&number.to_le_bytes()).as_bytes();
        let (first, _) = bytes.split_first_chunk().expect("sixteen bytes begin with ten");
        Id::new(now, first)
    }
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

    #[test]
    fn ids_of_requests_depend_on_a_key_and_tell_no_number() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let [one, other] = [1, 2].map(|seed| RequestIds::new(&SeededRandom::new(seed)));
        let drawn = |ids: &RequestIds| ids.next(now).uuid().as_u128();
        let (mut before, mut differences) = (drawn(&one), HashSet::new());
        for _ in 0..1000 {
            let next = drawn(&one);
            assert_ne!(next, drawn(&other), "what the same number comes to under another key");
            assert!(differences.insert(next.wrapping_sub(before)), "the same step twice");
            before = next;
        }
    }
}
