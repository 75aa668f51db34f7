//! docs/benchmarks.md, out of what was measured.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result};

use super::contender::{Contender, Empty};
use super::rounds::{Outcome, Plan};
use super::tool::Facts;
use super::{OfSize, machine};
use crate::workspace;

/// Everything.
pub(super) struct Measured<'a> {
    pub(super) of_sizes: &'a [OfSize],
    pub(super) creates: &'a Facts,
    pub(super) empty: &'a Empty,
    pub(super) contenders: &'a [Contender],
    pub(super) plan: &'a Plan,
    pub(super) results: &'a [Vec<Outcome>],
}

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

/// The page.
pub(super) fn page(measured: &Measured<'_>) -> Result<String> {
    let mut text = OPENING.to_owned();
    let (day, commit) = machine::day_and_commit();
    writeln!(text, "\nMeasured on {day} at commit `{commit}`.\n")?;
    for line in machine::lines() {
        writeln!(text, "- {line}")?;
    }
    over_http(&mut text, measured)?;
    in_process(&mut text, measured)?;
    starts(&mut text, measured)?;
    Ok(text)
}

fn over_http(text: &mut String, measured: &Measured<'_>) -> Result<()> {
    let rounds = measured.plan.rounds;
    writeln!(text, "\n## Over HTTP\n\nMedians of {rounds} rounds. {OVER_HTTP}")?;
    for (connections, outcomes) in measured.plan.connections.iter().zip(measured.results) {
        writeln!(text, "\n### {connections} connections\n")?;
        writeln!(
            text,
            "| server | requests/s | keys/s | p50 µs | p99 µs | processor µs | beside | ratio | p99 ratio | processor ratio |"
        )?;
        writeln!(text, "|---|--:|--:|--:|--:|--:|---|--:|--:|--:|")?;
        for (contender, outcome) in measured.contenders.iter().zip(outcomes) {
            let keys = outcome.requests_a_second * whole(contender.questions.keys_a_request());
            writeln!(
                text,
                "| {} | {} | {} | {:.0} | {:.0} | {} | {} | {:.2} | {:.2} | {} |",
                contender.name,
                thousands(outcome.requests_a_second),
                thousands(keys),
                outcome.p50_us,
                outcome.p99_us,
                digits(outcome.busy_us),
                contender.base.name(),
                outcome.ratio,
                outcome.p99_ratio,
                digits(outcome.busy_ratio),
            )?;
        }
    }
    Ok(())
}

fn in_process(text: &mut String, measured: &Measured<'_>) -> Result<()> {
    writeln!(text, "\n## In process\n\n{IN_PROCESS}")?;
    writeln!(text, "| keys | verify ns | digest and table ns | ratio |\n|--:|--:|--:|--:|")?;
    for of in measured.of_sizes {
        let number = |name: &str| of.verify.number(name);
        let (verify, bare, ratio) =
            (number("verify_ns")?, number("digest_and_table_ns")?, number("verify_ratio")?);
        writeln!(text, "| {} | {verify:.0} | {bare:.0} | {ratio:.2} |", thousands(whole(of.keys)))?;
    }
    let creates = |name: &str| measured.creates.number(name);
    let (ours, bare, ratio) =
        (creates("creates_a_second")?, creates("bare_creates_a_second")?, creates("creates_ratio")?);
    writeln!(
        text,
        "\nDurable creates from 64 callers at once: {} a second, each answered when it is on disk and in force. The",
        thousands(ours)
    )?;
    writeln!(
        text,
        "store alone, writing the same rows in batches of 64: {} a second. Ratio {ratio:.2}.",
        thousands(bare)
    )?;
    Ok(())
}

fn starts(text: &mut String, measured: &Measured<'_>) -> Result<()> {
    writeln!(text, "\n## Start, memory and disk\n\n{STARTS}")?;
    writeln!(
        text,
        "| keys | load ms | keys/s | bytes a key | at most, while loading | bytes of disk a key | server start ms | server MiB |"
    )?;
    writeln!(text, "|--:|--:|--:|--:|--:|--:|--:|--:|")?;
    for of in measured.of_sizes {
        let start = |name: &str| of.start.number(name);
        let suffix = format!(", {} keys", of.keys);
        let server = measured
            .contenders
            .iter()
            .find(|contender| contender.name.starts_with("Keywright") && contender.name.ends_with(&suffix))
            .context("a server that was measured is not there")?;
        writeln!(
            text,
            "| {} | {:.0} | {} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} |",
            thousands(whole(of.keys)),
            start("start_ms")?,
            thousands(start("keys_a_second")?),
            start("bytes_a_key")?,
            start("peak_bytes_a_key")?,
            of.filling.number("disk_bytes_a_key")?,
            server.process.start.as_secs_f64() * 1e3,
            server.process.mebibytes().unwrap_or(f64::NAN),
        )?;
    }
    let Empty { start_ms, mebibytes, binary_mebibytes } = measured.empty;
    writeln!(
        text,
        "\nWithout keys: ready after {start_ms:.0} ms, {mebibytes:.0} MiB of memory, a program of {binary_mebibytes:.0} MiB."
    )?;
    Ok(())
}

/// Writes the page, and shows it.
pub(super) fn write(text: &str) -> Result<()> {
    println!("\n{text}");
    let path = workspace::root().join("docs/benchmarks.md");
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    println!("written to {}", path.display());
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

/// 1234567.8 -> 1,234,568
fn thousands(number: f64) -> String {
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
    use super::thousands;

    #[test]
    fn digits_stand_in_threes() {
        assert_eq!(thousands(1_234_567.8), "1,234,568");
        assert_eq!(thousands(999.4), "999");
        assert_eq!(thousands(100_000.0), "100,000");
    }
}
