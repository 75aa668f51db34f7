//! A data directory like the server's, and the keys in it.

use std::fs;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use keywright_domain::Pepper;
use keywright_engine::{Engine, EngineParts, EngineSettings, SystemClock, SystemRandom};
use keywright_store::sqlite::SqliteStore;

use crate::picks::Picks;

/// The pepper of everything that is measured: nothing here is secret.
const PEPPER: u8 = 7;

/// A data directory.
pub(crate) struct DataSet {
    directory: PathBuf,
    pub(crate) parts: EngineParts,
}

impl DataSet {
    /// Makes one and starts an engine on it for the first time, which makes the root key.
    pub(crate) async fn make(directory: &Path) -> anyhow::Result<(Self, Arc<Engine>, String)> {
        fs::create_dir(directory).with_context(|| format!("cannot make {}", directory.display()))?;
        fs::write(directory.join("pepper"), format!("{}\n", format!("{PEPPER:02x}").repeat(32)))?;
        let made = Self::open(directory)?;
        let mut root_key = String::new();
        let engine = Engine::start(made.parts.clone(), |first| {
            first.root_key.expose().clone_into(&mut root_key);
            fs::write(directory.join("root-key"), format!("{root_key}\n"))
        })
        .await?;
        Ok((made, engine, root_key))
    }

    /// Opens one that was made.
    pub(crate) fn open(directory: &Path) -> anyhow::Result<Self> {
        let parts = EngineParts {
            store: Arc::new(SqliteStore::open(directory.join("keywright.db"))?),
            pepper: pepper(),
            clock: Arc::new(SystemClock::default()),
            random: Arc::new(SystemRandom),
            shared_limits: None,
            settings: EngineSettings::default(),
        };
        Ok(Self { directory: directory.to_owned(), parts })
    }

    /// Its root key.
    pub(crate) fn root_key(&self) -> anyhow::Result<String> {
        Ok(fs::read_to_string(self.directory.join("root-key"))?.trim_end().to_owned())
    }

    /// Its keys.
    pub(crate) fn keys(&self) -> anyhow::Result<Keys> {
        Keys::of_lines(fs::read_to_string(key_file(&self.directory))?)
    }
}

/// Digests are made with it.
pub(crate) fn pepper() -> Pepper {
    Pepper::new([PEPPER; 32])
}

/// Where the keys of a data directory are written down, one a line.
pub(crate) fn key_file(directory: &Path) -> PathBuf {
    directory.join("keys")
}

/// Writes random ones of the keys down, for a load generator that cannot hold them all.
pub(crate) fn write_sample(directory: &Path, count: usize) -> anyhow::Result<()> {
    let keys = Keys::of_lines(fs::read_to_string(key_file(directory))?)?;
    let mut picks = Picks::new();
    let mut sample = BufWriter::new(fs::File::create(directory.join("sample"))?);
    for _ in 0..count {
        writeln!(sample, "{}", keys.get(picks.next(keys.len())))?;
    }
    Ok(sample.flush()?)
}

/// Keys of one length in one text: a list of ten million strings would itself take a gigabyte.
pub(crate) struct Keys {
    text: String,
    /// Of a line, its end included.
    width: usize,
}

impl Keys {
    /// Keys of one length, each in a line that is ended.
    pub(crate) fn of_lines(text: String) -> anyhow::Result<Self> {
        let first = text.lines().next().context("there is no key")?;
        Ok(Self { width: first.len() + 1, text })
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len() / self.width
    }

    pub(crate) fn get(&self, position: usize) -> &str {
        &self.text[position * self.width..(position + 1) * self.width - 1]
    }

    /// Random keys, copied so that taking one after the other costs next to nothing.
    pub(crate) fn pick(&self, picks: &mut Picks, count: usize) -> Self {
        let mut text = String::with_capacity(count * self.width);
        for _ in 0..count {
            text.push_str(self.get(picks.next(self.len())));
            text.push('\n');
        }
        Self { text, width: self.width }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|position| self.get(position))
    }
}

/// The lines of a file of keys.
pub(crate) fn lines(path: &Path) -> anyhow::Result<impl Iterator<Item = std::io::Result<String>>> {
    let file = fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(BufReader::new(file).lines())
}
