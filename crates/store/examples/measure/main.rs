//! Measures what the budgets speak of: how fast keys are loaded, and how fast batches of creates are committed, beside
//! a bare connection that writes the same rows into the same tables and indexes.
//!
//!     cargo run --release -p keywright-store --example measure -- [keys] [directory]

#![expect(clippy::print_stdout, reason = "it tells what it measured")]

mod bare;
mod made;

use std::path::{Path, PathBuf};
use std::time::Duration;

use keywright_store::sqlite::{SqliteStore, back_up};
use keywright_store::{
    AuditedCommand, Batch, ChangedRow, Command, LoadSink, LoadedKey, LoadedSecret, SecretSink, Store,
    StoreError,
};

use crate::bare::Bare;
use crate::made::{Made, NOW, id};

/// Rounds of each measurement; one of ours and one of theirs in turn, since machines change speed.
const ROUNDS: usize = 5;
/// How long one run lasts.
const RUN: Duration = Duration::from_secs(1);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let keys: u64 = arguments.next().map_or(1_000_000, |text| text.parse().expect("a number of keys"));
    let directory = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let directory = tempfile::tempdir_in(directory).expect("a directory to measure in");
    let path = directory.path().join("measured.db");

    let store = SqliteStore::open(&path).expect("a fresh database");
    let mut made = Made::begin(&store).await;
    let took = watch();
    fill(&store, &mut made, keys).await;
    println!("filled with {keys} keys in {:.1?}, {} MiB", took(), size_of_file(&path) >> 20);

    for (borrows, forks) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut rates: Vec<f64> = Vec::new();
        for _ in 0..ROUNDS {
            let took = watch();
            store.load(Box::new(Counting { borrows, forks, keys: 0 })).await.expect("the load");
            rates.push(per_second(keys, took()));
        }
        let how = if borrows { "borrowed" } else { "whole" };
        let threads = if forks { "a thread a core" } else { "one thread" };
        println!("load, keys {how}, {threads}: {:.0} keys/s (median of {ROUNDS})", median(&mut rates));
    }

    let beside = directory.path().join("bare.db");
    back_up(&path, &beside).expect("a copy for the bare connection");
    let mut bare = Bare::open(&beside);
    for size in [1, 8, 64, 256] {
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let ours_now = store_commits(&store, &mut made, size).await;
            let theirs_now = bare_commits(&mut bare, &mut made, size);
            ours.push(ours_now);
            theirs.push(theirs_now);
            ratios.push(ours_now / theirs_now);
        }
        println!(
            "commit, {size} creates a batch: {:.0} creates/s, bare {:.0}, ratio {:.2} (medians of {ROUNDS})",
            median(&mut ours),
            median(&mut theirs),
            median(&mut ratios)
        );
    }
}

async fn fill(store: &SqliteStore, made: &mut Made, keys: u64) {
    let mut left = keys;
    while left > 0 {
        let size = left.min(2_000);
        let commands = (0..size).map(|_| {
            let (key, secret, _) = made.next();
            AuditedCommand {
                command: Command::CreateKey { key, secret },
                audit: Vec::new(),
                idempotency: None,
            }
        });
        let commands = commands.collect();
        commit(store, made, commands).await;
        left -= size;
    }
}

/// Creates with their audit events, in batches of `size`: how many a second.
async fn store_commits(store: &SqliteStore, made: &mut Made, size: u64) -> f64 {
    let took = watch();
    let mut created = 0;
    while took() < RUN {
        let commands = (0..size).map(|_| {
            let (key, secret, event) = made.next();
            AuditedCommand {
                command: Command::CreateKey { key, secret },
                audit: vec![event],
                idempotency: None,
            }
        });
        let commands = commands.collect();
        commit(store, made, commands).await;
        created += size;
    }
    per_second(created, took())
}

/// The same through the bare connection.
fn bare_commits(bare: &mut Bare, made: &mut Made, size: u64) -> f64 {
    let took = watch();
    let mut created = 0;
    while took() < RUN {
        let rows: Vec<_> = (0..size).map(|_| made.next()).collect();
        bare.commit(made.count(), &rows);
        created += size;
    }
    per_second(created, took())
}

async fn commit(store: &SqliteStore, made: &mut Made, commands: Vec<AuditedCommand>) {
    let batch = Batch { id: id(made.count()), now: NOW, commands };
    let outcome = store.commit(batch).await.expect("the batch is committed");
    for outcome in outcome.outcomes {
        outcome.expect("nothing is refused");
    }
}

/// Takes rows and does next to nothing with them.
struct Counting {
    borrows: bool,
    forks: bool,
    keys: usize,
}

impl LoadSink for Counting {
    fn expect_keys(&mut self, _count: usize) {}

    fn row(&mut self, row: ChangedRow) {
        if let ChangedRow::Key(_, secrets) = row {
            self.keys += secrets.len();
        }
    }

    fn secrets(&mut self) -> Option<&mut dyn SecretSink> {
        if self.borrows { Some(self) } else { None }
    }

    fn fork(&self) -> Option<Box<dyn LoadSink>> {
        let fork = Self { keys: 0, ..*self };
        if self.forks { Some(Box::new(fork)) } else { None }
    }
}

impl SecretSink for Counting {
    fn secret(&mut self, key: &LoadedKey<'_>, secret: &LoadedSecret<'_>) -> Result<(), StoreError> {
        self.keys += usize::from(key.enabled && secret.superseded_at.is_none());
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "it measures time")]
fn watch() -> impl Fn() -> Duration {
    let start = std::time::Instant::now();
    move || start.elapsed()
}

#[expect(clippy::cast_precision_loss, reason = "a rate is shown in whole numbers")]
fn per_second(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

fn size_of_file(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}
