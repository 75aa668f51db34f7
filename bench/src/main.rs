//! Measures verification in process, loading and creating, each beside a bare baseline in the same run.
//!
//! Shared machines change speed every few seconds, so the two sides of each ratio take turns in short rounds, and the
//! median of the rounds' ratios is told.
#![expect(clippy::print_stdout, reason = "this is a command-line tool")]
#![expect(clippy::cast_precision_loss, reason = "what is measured is told in three digits")]

mod creates;
mod fill;
mod stopwatch;
mod verify;

use std::sync::Arc;

use anyhow::Context as _;
use keywright_domain::Pepper;
use keywright_engine::{Engine, EngineParts, SystemClock, SystemRandom};
use keywright_store::sqlite::SqliteStore;

use crate::stopwatch::Stopwatch;

fn main() -> anyhow::Result<()> {
    let sizes: Vec<usize> = std::env::args()
        .skip(1)
        .map(|text| text.replace('_', "").parse().with_context(|| format!("`{text}` is no number of keys")))
        .collect::<Result<_, _>>()?;
    let sizes = if sizes.is_empty() { vec![1_000, 1_000_000] } else { sizes };
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        for keys in sizes {
            measure(keys).await?;
        }
        creates::measure().await
    })
}

async fn measure(count: usize) -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("keywright.db");
    let parts = EngineParts {
        store: Arc::new(SqliteStore::open(&path)?),
        pepper: Pepper::new([7; 32]),
        clock: Arc::new(SystemClock::default()),
        random: Arc::new(SystemRandom),
        shared_limits: None,
    };
    let mut root_key = String::new();
    let engine = Engine::start(parts.clone(), |first| {
        first.root_key.expose().clone_into(&mut root_key);
        Ok(())
    })
    .await?;
    let keys = fill::fill(&parts, &engine, &root_key, count).await?;
    engine.stop().await;
    drop(engine);

    let before = resident_bytes()?;
    let watch = Stopwatch::start();
    let engine = Engine::start(parts.clone(), |_| Ok(())).await?;
    let loading = watch.elapsed();
    let used = resident_bytes()?.saturating_sub(before);
    println!("{count} keys");
    println!(
        "  start         {:8.1} ms, {:.2} million keys/s, {} bytes of resident memory a key",
        loading.as_secs_f64() * 1e3,
        keys.len() as f64 / loading.as_secs_f64() / 1e6,
        used / keys.len().max(1),
    );
    verify::measure(&engine, &parts.pepper, &root_key, &keys)?;
    engine.stop().await;
    Ok(())
}

/// The memory of this process that is in RAM, in bytes: the second field of `/proc/self/statm`, in pages.
fn resident_bytes() -> anyhow::Result<usize> {
    const PAGE_BYTES: usize = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm").context("this needs Linux's /proc")?;
    let pages = statm.split_whitespace().nth(1).context("/proc/self/statm has another form")?;
    Ok(pages.parse::<usize>()? * PAGE_BYTES)
}
