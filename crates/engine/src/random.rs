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
