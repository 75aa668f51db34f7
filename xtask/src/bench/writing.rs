//! docs/benchmarks.md, out of what was measured.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::process::Empty;
use super::rounds::OfConnections;
use super::{Measured, machine};

const OPENING: &str = "# Benchmarks

Written by `cargo xtask bench`; do not edit. Everything on this page comes from one run on one machine.

Each side of a comparison takes its turn in runs of one second, A B A B, and a ratio is the median of the rounds' ratios:
shared machines change speed from one moment to the next, and so both sides meet the same moments. A server has one
processor to itself, the load generator (wrk) another; whoever is not in turn is halted. Keys are drawn at random from all
keys of a server. Every request carries another key, no answer comes out of a cache, and last uses and usage are counted as
they always are.
";

const OVER_HTTP: &str = "*Ratio* is that of the requests a second, and *p99 ratio* that of the 99th percentiles, to a bare
handler in the same round: one that answers 200 and nothing else, or one that reads the same question as JSON and answers
with as much JSON. Both are built with the libraries that Keywright is built with. *Processor µs* is how long the processor
was busy with one request, and *processor ratio* the bare handler's time over this: what the ratio comes to where the
machine does nothing else. The look-ups are what one writes oneself: read the question, digest the key, ask the database,
answer; the database shares the server's processor.
";

const IN_PROCESS: &str = "`Engine::verify` of random keys with one demanded permission, in processor time, beside the least that any verification
must do: take the key's digest (SHA-256, then HMAC-SHA-256) and find it in a hash table.
";

const STARTS: &str = "Loading all keys from SQLite into a fresh process, on all processors; what the process holds in memory more than before, by
key; and the database on disk, by key, with an audit event for each. *Server* is the whole server with one processor: from
the start of the program to its first answer, and its memory after the load above. With few keys the bytes a key are mostly
what a server needs anyway.
";

/// Writes the page and, when it is whole, shows it.
pub(super) fn write(path: &Path, measured: &Measured, is_whole: bool) -> Result<()> {
    let text = page(measured, is_whole)?;
    fs::write(path, &text).with_context(|| format!("cannot write {}", path.display()))?;
    if is_whole {
        println!("\n{text}\nwritten to {}", path.display());
    }
    Ok(())
}

fn page(measured: &Measured, is_whole: bool) -> Result<String> {
    let mut text = OPENING.to_owned();
    if !is_whole {
        writeln!(text, "\n**This run was not finished.**")?;
    }
    let (day, commit) = machine::day_and_commit();
    writeln!(text, "\nMeasured on {day} at commit `{commit}`.\n")?;
    for line in machine::lines() {
        writeln!(text, "- {line}")?;
    }
    if !measured.results.is_empty() {
        writeln!(text, "\n## Over HTTP\n\n{OVER_HTTP}")?;
    }
    for of in &measured.results {
        over_http(&mut text, measured, of)?;
    }
    in_process(&mut text, measured)?;
    starts(&mut text, measured)?;
    if !measured.faults.lines().is_empty() {
        writeln!(text, "\n## What failed\n")?;
    }
    for fault in measured.faults.lines() {
        writeln!(text, "- {fault}")?;
    }
    Ok(text)
}

fn over_http(text: &mut String, measured: &Measured, of: &OfConnections) -> Result<()> {
    writeln!(text, "\n### {} connections, {} rounds\n", of.connections, of.rounds)?;
    writeln!(
        text,
        "| server | requests/s | keys/s | p50 µs | p99 µs | processor µs | beside | ratio | p99 ratio | processor ratio |"
    )?;
    writeln!(text, "|---|--:|--:|--:|--:|--:|---|--:|--:|--:|")?;
    for (contender, outcome) in measured.contenders.iter().zip(&of.outcomes) {
        let Some(outcome) = outcome else {
            writeln!(text, "| {} | failed | - | - | - | - | - | - | - | - |", contender.name)?;
            continue;
        };
        let keys = outcome.requests_a_second * whole(contender.questions.keys_a_request());
        writeln!(
            text,
            "| {} | {} | {} | {:.0} | {:.0} | {} | {} | {} | {} | {} |",
            contender.name,
            in_threes(outcome.requests_a_second),
            in_threes(keys),
            outcome.p50_us,
            outcome.p99_us,
            digits(outcome.busy_us),
            contender.base.name(),
            digits(outcome.ratio),
            digits(outcome.p99_ratio),
            digits(outcome.busy_ratio),
        )?;
    }
    Ok(())
}

fn in_process(text: &mut String, measured: &Measured) -> Result<()> {
    writeln!(text, "\n## In process\n\n{IN_PROCESS}")?;
    writeln!(text, "| keys | verify ns | digest and table ns | ratio |\n|--:|--:|--:|--:|")?;
    for of in &measured.of_sizes {
        let Some(verify) = &of.verify else { continue };
        let number = |name: &str| verify.number(name);
        let (verify, bare, ratio) =
            (number("verify_ns")?, number("digest_and_table_ns")?, number("verify_ratio")?);
        writeln!(text, "| {} | {verify:.0} | {bare:.0} | {ratio:.2} |", thousands(of.keys))?;
    }
    let Some(creates) = &measured.creates else { return Ok(()) };
    let creates = |name: &str| creates.number(name);
    let (ours, bare, ratio) =
        (creates("creates_a_second")?, creates("bare_creates_a_second")?, creates("creates_ratio")?);
    writeln!(
        text,
        "\nDurable creates from 64 callers at once: {} a second, each answered when it is on disk and in force. The",
        in_threes(ours)
    )?;
    writeln!(
        text,
        "store alone, writing the same rows in batches of 64: {} a second. Ratio {ratio:.2}.",
        in_threes(bare)
    )?;
    Ok(())
}

fn starts(text: &mut String, measured: &Measured) -> Result<()> {
    writeln!(text, "\n## Start, memory and disk\n\n{STARTS}")?;
    writeln!(
        text,
        "| keys | load ms | keys/s | bytes a key | at most, while loading | bytes of disk a key | server start ms | server MiB |"
    )?;
    writeln!(text, "|--:|--:|--:|--:|--:|--:|--:|--:|")?;
    for of in &measured.of_sizes {
        let start = |name: &str| of.start.as_ref().and_then(|facts| facts.number(name).ok());
        let server = measured.contenders.iter().find(|contender| contender.size == Some(of.keys));
        let server_start = server.map(|server| server.process.start.as_secs_f64() * 1e3);
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            thousands(of.keys),
            told(start("start_ms")),
            told(start("keys_a_second")),
            told(start("bytes_a_key")),
            told(start("peak_bytes_a_key")),
            told(of.filling.number("disk_bytes_a_key").ok()),
            told(server_start),
            told(server.and_then(|server| server.process.mebibytes())),
        )?;
    }
    let Some(Empty { start_ms, mebibytes, binary_mebibytes }) = measured.empty else { return Ok(()) };
    writeln!(
        text,
        "\nWithout keys: ready after {start_ms:.0} ms, {mebibytes:.0} MiB of memory, a program of {binary_mebibytes:.0} MiB."
    )?;
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "told in a few digits")]
fn whole(count: usize) -> f64 {
    count as f64
}

/// Two decimals; nothing where nothing is known.
fn digits(number: Option<f64>) -> String {
    number.map_or_else(|| "-".to_owned(), |number| format!("{number:.2}"))
}

/// No decimals; nothing where nothing is known.
fn told(number: Option<f64>) -> String {
    number.map_or_else(|| "-".to_owned(), in_threes)
}

/// 1234567 -> 1,234,567
pub(super) fn thousands(count: usize) -> String {
    in_threes(whole(count))
}

/// 1234567.8 -> 1,234,568
fn in_threes(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::OfSize;
    use crate::bench::faults::Faults;
    use crate::bench::tool::Facts;

    #[test]
    fn digits_stand_in_threes() {
        assert_eq!(in_threes(1_234_567.8), "1,234,568");
        assert_eq!(in_threes(999.4), "999");
        assert_eq!(thousands(100_000), "100,000");
    }

    #[test]
    fn what_was_not_measured_leaves_a_page_all_the_same() {
        let mut faults = Faults::default();
        faults.note("start, 1000 keys: it ended\nat some place");
        let filling = Facts::read("disk_bytes_a_key\t680\n");
        let of_size = OfSize { keys: 1_000, filling, start: None, verify: None };
        let measured = Measured { of_sizes: vec![of_size], faults, ..Measured::default() };
        let text = page(&measured, false).unwrap();
        assert!(text.contains("**This run was not finished.**"), "{text}");
        assert!(text.contains("| 1,000 | - | - | - | - | 680 | - | - |"), "{text}");
        assert!(text.ends_with("## What failed\n\n- start, 1000 keys: it ended\n"), "{text}");
    }
}
