//! Verification in process, beside the least that any verification must do.

use std::hint::black_box;
use std::path::Path;

use keywright_domain::{Pepper, PresentedKey};
use keywright_engine::{Actor, Engine, Origin, VerifyRequest};

use crate::data_set::{DataSet, Keys};
use crate::picks::Picks;
use crate::stopwatch::{Busywatch, median};
use crate::tell;

/// Rounds of each side.
const ROUNDS: usize = 25;
/// Verifications in a round.
const ROUND: usize = 100_000;

/// Measures `Engine::verify` of random keys against digesting the key and finding the digest in a hash table. Each side
/// gets other random keys in each round, so that neither finds in the cache what the other has just read.
pub(crate) fn run(directory: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let set = DataSet::open(directory)?;
    let keys = set.keys()?;
    let pepper = set.parts.pepper.clone();
    let engine = runtime.block_on(Engine::start(set.parts.clone(), |_| Ok(())))?;
    let actor = engine.authenticate_key(PresentedKey::new(&set.root_key()?), None, Origin::default())?;

    let bare = Bare::new(&pepper, &keys);
    let mut picks = Picks::new();
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let picked = keys.pick(&mut picks, ROUND);
        let watch = Busywatch::of_thread();
        let all_found = picked.iter().all(|key| bare.finds(&pepper, key));
        let baseline = nanoseconds_each(&watch);
        anyhow::ensure!(all_found, "the bare table lost a key");
        let picked = keys.pick(&mut picks, ROUND);
        let watch = Busywatch::of_thread();
        let all_valid = runtime.block_on(verify_all(&engine, &actor, &picked));
        let verifying = nanoseconds_each(&watch);
        anyhow::ensure!(all_valid, "a key that was made is not VALID");
        rounds.push((baseline, verifying));
    }
    let side = |pick: fn(&(f64, f64)) -> f64| median(rounds.iter().map(pick).collect());
    tell("verify_ns", side(|round| round.1));
    tell("digest_and_table_ns", side(|round| round.0));
    tell("verify_ratio", side(|round| round.1 / round.0));
    runtime.block_on(engine.stop());
    Ok(())
}

/// Verifies each key once, for one permission: whether all are valid.
pub(crate) async fn verify_all(engine: &Engine, actor: &Actor, keys: &Keys) -> bool {
    let mut all_valid = true;
    for key in keys.iter() {
        let request = VerifyRequest { all: &["asset.read"], ..VerifyRequest::of(PresentedKey::new(key)) };
        all_valid &= engine.verify(actor, &request).await.is_ok_and(|verdict| black_box(verdict).valid);
    }
    all_valid
}

fn nanoseconds_each(watch: &Busywatch) -> f64 {
    watch.elapsed().as_nanos() as f64 / ROUND as f64
}

/// Digests in a hash table: what remains of a verification when all that it is for is taken away.
pub(crate) struct Bare(hashbrown::HashMap<[u8; 32], u64, FirstBytes>);

impl Bare {
    pub(crate) fn new(pepper: &Pepper, keys: &Keys) -> Self {
        let mut table = hashbrown::HashMap::with_capacity_and_hasher(keys.len(), FirstBytes);
        for (value, key) in (0..).zip(keys.iter()) {
            table.insert(*pepper.digest(PresentedKey::new(key)).as_bytes(), value);
        }
        Self(table)
    }

    pub(crate) fn finds(&self, pepper: &Pepper, key: &str) -> bool {
        black_box(self.0.get(pepper.digest(PresentedKey::new(key)).as_bytes())).is_some()
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
