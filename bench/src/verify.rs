//! Verification in process, beside the least that any verification must do.

use std::hint::black_box;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use keywright_domain::{Pepper, PresentedKey};
use keywright_engine::{Engine, Origin, VerifyRequest};

use crate::stopwatch::{Stopwatch, median};

/// Rounds of each side.
const ROUNDS: usize = 15;
/// How long a round lasts.
const ROUND: Duration = Duration::from_millis(200);

/// Measures `Engine::verify` of random keys against digesting the key and finding the digest in a hash table.
pub(crate) fn measure(
    engine: &Engine,
    pepper: &Pepper,
    root_key: &str,
    keys: &[String],
) -> anyhow::Result<()> {
    let actor = engine.authenticate_key(PresentedKey::new(root_key), None, Origin::default())?;
    let mut bare: hashbrown::HashMap<[u8; 32], u64, FirstBytes> =
        hashbrown::HashMap::with_capacity_and_hasher(keys.len(), FirstBytes);
    for (value, key) in (0..).zip(keys) {
        bare.insert(*pepper.digest(PresentedKey::new(key)).as_bytes(), value);
    }
    let mut picks = Picks(0x9E37_79B9_7F4A_7C15);
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let baseline = nanoseconds_each(|| {
            let key = &keys[picks.next(keys.len())];
            black_box(bare.get(pepper.digest(PresentedKey::new(key)).as_bytes()));
        });
        let mut valid = true;
        let verifying = nanoseconds_each(|| {
            let key = &keys[picks.next(keys.len())];
            let request = VerifyRequest { all: &["asset.read"], ..VerifyRequest::of(PresentedKey::new(key)) };
            valid &= now_or_never(engine.verify(&actor, &request))
                .is_some_and(|verdict| verdict.is_ok_and(|verdict| black_box(verdict).valid));
        });
        anyhow::ensure!(valid, "a key that was made is not VALID");
        rounds.push((baseline, verifying));
    }
    let side = |pick: fn(&(f64, f64)) -> f64| median(rounds.iter().map(pick).collect());
    println!(
        "  verify        {:8.0} ns; digest and hash table alone {:.0} ns; ratio {:.2} (median of {ROUNDS} rounds)",
        side(|round| round.1),
        side(|round| round.0),
        side(|round| round.1 / round.0),
    );
    Ok(())
}

/// What a future gives that has nothing to wait for, as a verification has not.
fn now_or_never<T>(future: impl Future<Output = T>) -> Option<T> {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

fn nanoseconds_each(mut act: impl FnMut()) -> f64 {
    const BETWEEN_LOOKS: u32 = 1_000;
    let watch = Stopwatch::start();
    let mut done = 0_u32;
    while watch.elapsed() < ROUND {
        for _ in 0..BETWEEN_LOOKS {
            act();
        }
        done += BETWEEN_LOOKS;
    }
    watch.elapsed().as_nanos() as f64 / f64::from(done)
}

/// Positions drawn at random (xorshift64: G. Marsaglia, "Xorshift RNGs", 2003); the same ones in every run.
struct Picks(u64);

impl Picks {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).expect("a remainder is below a usize")
    }
}

/// A digest is uniform: its first bytes are its hash.
#[derive(Clone, Copy)]
struct FirstBytes;

impl std::hash::BuildHasher for FirstBytes {
    type Hasher = Taken;

    fn build_hasher(&self) -> Taken {
        Taken(0)
    }
}

struct Taken(u64);

impl std::hash::Hasher for Taken {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*first);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
