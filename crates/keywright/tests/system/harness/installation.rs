//! An installation of the server: a folder of its own, deleted in the end.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::Server;

/// A folder with a data directory in it, and commands that work on it.
pub(crate) struct Installation {
    folder: TempDir,
}

impl Installation {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("keywright-test-").tempdir().unwrap() }
    }

    /// The folder around the data directory.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Named as by default, so that examples that rely on the default work in the folder.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.path("keywright-data")
    }

    /// A file in the data directory.
    pub(crate) fn data_file(&self, name: &str) -> PathBuf {
        self.data_dir().join(name)
    }

    /// The text of a file in the data directory, without the newline at its end.
    pub(crate) fn read(&self, name: &str) -> String {
        let path = self.data_file(name);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        text.strip_suffix('\n').expect("a line").to_owned()
    }

    /// Who may do what with a file in the data directory.
    pub(crate) fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.data_file(name)).unwrap().permissions().mode() & 0o777
    }

    /// The program, with words that are separated by spaces, and this data directory.
    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keywright"));
        for (name, _) in std::env::vars_os() {
            // A setting that somebody exported for their own server must not reach this one.
            if name.to_string_lossy().starts_with("KEYWRIGHT_") {
                command.env_remove(name);
            }
        }
        command.current_dir(self.folder()).stdin(Stdio::null()).args(words.split_whitespace());
        command
    }

    /// Runs a command to its end, on this data directory.
    pub(crate) fn run(&self, words: &str) -> Output {
        self.command(words).arg("--data-dir").arg(self.data_dir()).output().unwrap()
    }

    /// The arguments of a server on a free port.
    pub(crate) fn serve(&self) -> Command {
        let mut command = self.command("serve --listen 127.0.0.1:0");
        command.arg("--data-dir").arg(self.data_dir());
        command
    }

    /// Starts the server, with nobody reading what it prints, and waits until it is ready.
    pub(crate) async fn start(&self) -> Server {
        Server::start(self, self.serve()).await
    }

    /// The root key of a start with nobody reading.
    pub(crate) fn root_key(&self) -> String {
        self.read("root-key")
    }
}
