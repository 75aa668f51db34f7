//! What is counted, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// Verdicts' codes, in the order of the checks.
pub const VERDICT_CODES: [&str; 10] = [
    "VALID",
    "MALFORMED",
    "NOT_FOUND",
    "REVOKED",
    "DISABLED",
    "EXPIRED",
    "IP_NOT_ALLOWED",
    "INSUFFICIENT_PERMISSIONS",
    "CREDITS_EXHAUSTED",
    "RATE_LIMITED",
];

/// Counts since the start of the process.
#[derive(Debug, Default)]
pub struct Counters {
    verdicts: [AtomicU64; VERDICT_CODES.len()],
    refused_credentials: [AtomicU64; VERDICT_CODES.len()],
    refused_sign_ins: AtomicU64,
    throttled: AtomicU64,
    limit_fallbacks: AtomicU64,
    commits: AtomicU64,
    committed_commands: AtomicU64,
    failed_commits: AtomicU64,
}

impl Counters {
    pub(crate) fn count_verdict(&self, code: &str) {
        count(&self.verdicts, code);
    }

    pub(crate) fn count_refused_credential(&self, code: &str) {
        count(&self.refused_credentials, code);
    }

    pub(crate) fn count_refused_sign_in(&self) {
        self.refused_sign_ins.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_limit_fallback(&self) {
        self.limit_fallbacks.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_commit(&self, commands: usize) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.committed_commands.fetch_add(commands as u64, Ordering::Relaxed);
    }

    pub(crate) fn count_failed_commit(&self) {
        self.failed_commits.fetch_add(1, Ordering::Relaxed);
    }

    /// Answers of verify, by code.
    pub fn verdicts(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        by_code(&self.verdicts)
    }

    /// Keys presented as credentials of this API and refused, by code.
    pub fn refused_credentials(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        by_code(&self.refused_credentials)
    }

    /// Wrong passwords, and links that lead nowhere.
    pub fn refused_sign_ins(&self) -> u64 {
        self.refused_sign_ins.load(Ordering::Relaxed)
    }

    /// Attempts that were put off because there had been too many.
    pub fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }

    /// Uses that were counted on this node alone because the shared rate limits were away, slow or had too many waiting.
    pub fn limit_fallbacks(&self) -> u64 {
        self.limit_fallbacks.load(Ordering::Relaxed)
    }

    /// Batches committed.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Commands in them.
    pub fn committed_commands(&self) -> u64 {
        self.committed_commands.load(Ordering::Relaxed)
    }

    /// Batches that the store did not take.
    pub fn failed_commits(&self) -> u64 {
        self.failed_commits.load(Ordering::Relaxed)
    }
}

fn count(counts: &[AtomicU64; VERDICT_CODES.len()], code: &str) {
    // Most often the first: the very text that stands there, which is told by where it is.
    let is_it = |known: &&str| std::ptr::eq(*known, code) || *known == code;
    if let Some(position) = VERDICT_CODES.iter().position(is_it) {
        counts[position].fetch_add(1, Ordering::Relaxed);
    }
}

fn by_code(counts: &[AtomicU64; VERDICT_CODES.len()]) -> impl Iterator<Item = (&'static str, u64)> + '_ {
    VERDICT_CODES.into_iter().zip(counts.iter().map(|count| count.load(Ordering::Relaxed)))
}
