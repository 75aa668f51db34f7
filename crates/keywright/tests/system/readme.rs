//! The README's walk-through, executed as it is written: each `sh` block in bash, each `json` block after it compared
//! with what was printed.
//!
//! What a reader does with their eyes and hands, the test does by these rules:
//! - a block that is `cargo run --release -- serve` starts the server, on a terminal; the second one starts it again;
//! - `127.0.0.1:8080` stands for the address that the server has here;
//! - `NAME=...  # data.key` takes its value from that place in the last answer, `# from the server's terminal` from there;
//! - `"..."` in the expected JSON is anything, `"abc..."` a text that begins so, and a field `"..."` any fields more.

mod block;
mod expected;

use std::fs;
use std::path::Path;

use serde_json::Value;
use tokio::process::Command;

use self::block::{Block, blocks};
use self::expected::difference;
use crate::harness::{Installation, Server, Terminal, require_program};

const HEADING: &str = "## A walk through it";
const SERVE: &str = "cargo run --release -- serve";
const WRITTEN_ADDRESS: &str = "127.0.0.1:8080";

/// A reader with two terminals: one that the server runs in, one for commands.
struct Reader {
    installation: Installation,
    running: Option<(Server, Terminal)>,
    last_output: String,
    /// What has been printed on the server's terminals up to now.
    banner: String,
    blocks_run: usize,
    answers_compared: usize,
}

#[tokio::test]
async fn the_walk_through_does_what_it_says() {
    require_program("bash");
    require_program("curl");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut reader = Reader {
        installation: Installation::new(),
        running: None,
        last_output: String::new(),
        banner: String::new(),
        blocks_run: 0,
        answers_compared: 0,
    };
    for block in blocks(&readme, HEADING) {
        reader.follow(&block).await;
    }
    println!("{} blocks run, {} answers compared", reader.blocks_run, reader.answers_compared);
    assert!(reader.blocks_run >= 8 && reader.answers_compared >= 5, "the walk-through was not found");
}

impl Reader {
    async fn follow(&mut self, block: &Block) {
        let place = format!("README.md, the block at line {}", block.line);
        match block.language.as_str() {
            "sh" if block.text.trim() == SERVE => self.start_again().await,
            "sh" => self.run(&block.text, &place).await,
            "json" => {
                let expected: Value = serde_json::from_str(&block.text)
                    .unwrap_or_else(|error| panic!("{place}: what it shows is no JSON: {error}"));
                let answer: Value = serde_json::from_str(&self.last_output)
                    .unwrap_or_else(|error| panic!("{place}: {error} in the answer {}", self.last_output));
                if let Some(difference) = difference(&expected, &answer) {
                    panic!("{place}: {difference}\nthe whole answer: {answer:#}");
                }
                self.answers_compared += 1;
            }
            other => panic!("{place}: the walk-through has blocks of sh and json alone, not of {other:?}"),
        }
    }

    async fn start_again(&mut self) {
        if let Some((server, _)) = self.running.take() {
            assert!(server.stop().await.status.success());
        }
        let terminal = Terminal::new();
        let mut command = self.installation.serve();
        command.stdout(terminal.stdout());
        let printed = self.installation.path("stdout");
        let server = Server::start_printing(&self.installation, command, printed).await;
        self.banner.push_str(&terminal.wait_for("Data in"));
        self.running = Some((server, terminal));
        self.blocks_run += 1;
    }

    async fn run(&mut self, text: &str, place: &str) {
        let (server, _) = self.running.as_ref().unwrap_or_else(|| panic!("{place}: no server was started"));
        let lines: Vec<String> = text.lines().map(|line| self.filled_in(line, place)).collect();
        let text = lines.join("\n").replace(WRITTEN_ADDRESS, &server.address().to_string());
        // One shell for all blocks, as far as a reader can tell: what a block sets, the next one has.
        let script = format!(
            "set -euo pipefail\nset -a\n[ ! -e .variables ] || . ./.variables\n{text}\nexport -p > .variables\n"
        );
        let output = Command::new("bash")
            .args(["-c", &script])
            .current_dir(self.installation.folder())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("NO_PROXY", "127.0.0.1")
            .output()
            .await
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{place}: {}\n{errors}", output.status);
        self.last_output = String::from_utf8(output.stdout).unwrap();
        self.blocks_run += 1;
    }

    /// A line in which the reader has put what they were told to put there.
    fn filled_in(&self, line: &str, place: &str) -> String {
        let Some((assignment, source)) = line.split_once('#') else { return line.to_owned() };
        let Some((name, value)) = assignment.trim().split_once('=') else { return line.to_owned() };
        if !value.ends_with("...") {
            return line.to_owned();
        }
        let found = if source.trim() == "from the server's terminal" {
            self.banner_line(name)
        } else {
            let pointer = format!("/{}", source.trim().replace('.', "/"));
            let answer: Option<Value> = serde_json::from_str(&self.last_output).ok();
            answer.and_then(|answer| answer.pointer(&pointer)?.as_str().map(str::to_owned))
        };
        let found = found.unwrap_or_else(|| panic!("{place}: nothing for {line:?} in {}", self.last_output));
        let shown = value.trim_end_matches("...");
        assert!(found.starts_with(shown), "{place}: {line:?}, but it is {found}");
        format!("{name}='{found}'")
    }

    /// The value of a `NAME=value` line on the server's terminal.
    fn banner_line(&self, name: &str) -> Option<String> {
        let start = self.banner.find(&format!("{name}="))? + name.len() + 1;
        let value: String =
            self.banner[start..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        Some(value)
    }
}
