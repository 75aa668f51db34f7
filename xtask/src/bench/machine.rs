//! What the numbers were measured on.

use std::fs;
use std::process::Command;

use crate::invocation::answer;

/// A line each for processor, memory and kernel; never a name of the machine.
pub(super) fn lines() -> Vec<String> {
    let field = |path: &str, name: &str| {
        let text = fs::read_to_string(path).ok()?;
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned());
    let kibibytes = field("/proc/meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse().ok());
    let memory = kibibytes.map_or_else(|| "unknown".to_owned(), |kib: u64| format!("{} GiB", kib >> 20));
    let kernel = answer(Command::new("uname").args(["-s", "-r", "-m"]));
    vec![
        format!("Processor: {model}, {} cores visible", cores()),
        format!("Memory: {memory}"),
        format!("Kernel: {}", kernel.as_deref().map_or("unknown", str::trim)),
    ]
}

/// Processors that this may use.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The day, and the commit that was measured; `+` where files differ from it.
pub(super) fn day_and_commit() -> (String, String) {
    let told = |program: &str, arguments: &[&str]| {
        answer(Command::new(program).args(arguments).current_dir(crate::workspace::root()))
            .map_or_else(|| "unknown".to_owned(), |text| text.trim().to_owned())
    };
    let changed = told("git", &["status", "--porcelain", "--untracked-files=no"]);
    let commit = told("git", &["rev-parse", "--short=12", "HEAD"]);
    (told("date", &["-u", "+%Y-%m-%d"]), if changed.is_empty() { commit } else { format!("{commit}+") })
}
