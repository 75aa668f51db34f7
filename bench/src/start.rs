//! A start: how fast keys are loaded into memory, and how much memory they take there.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use keywright_engine::Engine;

use crate::data_set::DataSet;
use crate::stopwatch::{Busywatch, Stopwatch};
use crate::tell;

/// Starts an engine in this process, which has done nothing else: memory that an earlier step gave back to the
/// allocator would be taken again unseen.
pub(crate) fn run(directory: &Path) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let set = DataSet::open(directory)?;
        let before = memory("VmRSS")?;
        let (watch, busy) = (Stopwatch::start(), Busywatch::of_process());
        let engine = Engine::start(set.parts, |_| Ok(())).await?;
        let (took, busy) = (watch.elapsed(), busy.elapsed());
        let keys = engine.facts().keys;
        tell("start_ms", took.as_secs_f64() * 1e3);
        tell("keys", keys);
        tell("keys_a_second", keys as f64 / took.as_secs_f64());
        tell("busy_ns_a_key", busy.as_nanos() / keys.max(1) as u128);
        tell("bytes_a_key", memory("VmRSS")?.saturating_sub(before) / keys.max(1));
        tell("peak_bytes_a_key", memory("VmHWM")?.saturating_sub(before) / keys.max(1));
        engine.stop().await;
        Ok(())
    })
}

/// A line of `/proc/self/status`, in bytes: `VmRSS` is the memory that is in RAM, `VmHWM` the most that ever was.
fn memory(name: &str) -> anyhow::Result<usize> {
    let status = fs::read_to_string("/proc/self/status").context("this needs Linux's /proc")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).context("no such line")?;
    let kibibytes = line.trim_start_matches(':').trim().trim_end_matches("kB").trim();
    Ok(kibibytes.parse::<usize>()? * 1024)
}
