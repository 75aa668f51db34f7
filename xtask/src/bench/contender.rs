//! Whoever answers: the real server and the bare ones, one for each row of the table.

use std::fs;
use std::path::Path;
use std::rc::Rc;

use anyhow::{Context as _, Result, ensure};

use super::faults::Faults;
use super::folder::Folder;
use super::load::{self, Keys, Questions, Run};
use super::process::Process;
use super::services::{self, Service};
use super::writing::thousands;
use crate::http_get;

/// The permissions that every key has, asked for where there is no body to ask in.
const AUTHZ: &str = "/authz?permission=asset.read&permission=asset.create";
const VERIFY: &str = "/v1/api-keys/verify";
const VERIFY_BATCH: &str = "/v1/api-keys/verify-batch";
/// Keys in a batch.
const BATCH: usize = 100;
/// Turns of one contender that may fail, until it gets no more.
const FAILURES: u32 = 3;

/// What others are measured against.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// The handler that answers 200.
    Plain,
    /// The handler that reads and writes JSON.
    Json,
}

impl Base {
    /// Which of two bases somebody is measured against, for the table.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "200",
            Self::Json => "JSON",
        }
    }
}

/// One row of the table.
pub(super) struct Contender {
    pub(super) name: String,
    /// What it is compared with.
    pub(super) base: Base,
    /// Whether it is that base itself.
    pub(super) is_base: bool,
    /// How many keys it holds, where it is the real server.
    pub(super) size: Option<usize>,
    pub(super) questions: Questions,
    keys: Keys,
    pub(super) process: Rc<Process>,
    failures: u32,
}

/// The contenders that started.
struct Started {
    all: Vec<Contender>,
    faults: Faults,
}

impl Contender {
    /// All that start, running and halted; `sizes` are the numbers of keys for which there is data.
    pub(super) fn start_all(folder: &Folder, sizes: &[usize], faults: Faults) -> (Vec<Self>, Faults) {
        let mut started = Started { all: Vec::new(), faults };
        started.bare(folder, sizes);
        for size in sizes {
            started.ours(folder, *size);
        }
        let Started { mut all, mut faults } = started;
        all.retain(|contender| faults.attempt(&contender.name, || contender.process.halt()).is_some());
        (all, faults)
    }

    /// Asks it for a second; nothing where that fails, and from the third time on without being asked.
    pub(super) fn take_turn(&mut self, connections: usize, turn: usize, faults: &mut Faults) -> Option<Run> {
        if self.failures >= FAILURES {
            return None;
        }
        let what = format!("{}, {connections} connections", self.name);
        let run = faults.attempt(&what, || self.ask(connections, turn));
        if run.is_none() {
            self.failures += 1;
            // Where it has ended by itself, this fails too.
            let _ = self.process.halt();
        }
        run
    }

    fn ask(&self, connections: usize, turn: usize) -> Result<Run> {
        self.process.go_on()?;
        let before = self.process.busy_seconds();
        let (run, requests) =
            load::run(self.process.address, &self.questions, &self.keys, connections, turn)?;
        self.process.halt()?;
        let busy = self.process.busy_seconds().zip(before).map(|(after, before)| after - before);
        Ok(Run { busy_us: busy.map(|seconds| seconds / requests * 1e6), ..run })
    }

    /// Fails when the real server has refused a key: then something else was measured than what the table says.
    pub(super) fn check_verdicts(&self) -> Result<()> {
        if self.size.is_none() {
            return Ok(());
        }
        self.process.go_on()?;
        let metrics = http_get::body(self.process.address, "/metrics");
        self.process.halt()?;
        let metrics = metrics?;
        let counts = metrics.lines().filter_map(|line| line.strip_prefix("keywright_verifications_total"));
        let refused: Vec<&str> =
            counts.filter(|line| !line.contains("\"VALID\"") && !line.ends_with(" 0")).collect();
        ensure!(refused.is_empty(), "it refused keys: {refused:?}");
        Ok(())
    }
}

impl Started {
    fn add(&mut self, name: &str, base: Base, questions: Questions, keys: &Keys, process: &Rc<Process>) {
        self.all.push(Contender {
            name: name.to_owned(),
            base,
            is_base: false,
            size: None,
            questions,
            keys: keys.clone(),
            process: Rc::clone(process),
            failures: 0,
        });
    }

    /// What others are measured against, and what one does without a key server.
    fn bare(&mut self, folder: &Folder, sizes: &[usize]) {
        let Some(&smallest) = sizes.first() else { return };
        // The databases of others are filled with as many keys as is usual to look up there.
        let usual = sizes.iter().copied().find(|size| *size >= 1_000_000).unwrap_or(smallest);
        let all_keys = || anyhow::Ok((keys_of(&folder.data(smallest))?, keys_of(&folder.data(usual))?));
        let Some((any_keys, usual_keys)) = self.faults.attempt("the bare servers", all_keys) else { return };
        let (authz, json) = (Questions::Bearer { path: AUTHZ }, Questions::Json { path: VERIFY, batch: 0 });

        let name = "bare handler: 200";
        if let Some(process) = self.faults.attempt(name, || Process::baseline("plain", None, &[])) {
            self.add(name, Base::Plain, authz.clone(), &any_keys, &process);
            self.last_is_base();
        }
        let name = "nginx: return 200";
        if let Some(service) = self.faults.attempt(name, || services::nginx(folder)) {
            self.add(name, Base::Plain, authz, &any_keys, &Process::of_service(service));
        }
        let name = "bare handler: JSON in, JSON out";
        if let Some(process) = self.faults.attempt(name, || Process::baseline("json", None, &[])) {
            self.add(name, Base::Json, json.clone(), &any_keys, &process);
            self.last_is_base();
        }
        let key_file = folder.data(usual).join("keys");
        let look_ups: [(&str, StartLookUp); 3] =
            [("SQLite", in_sqlite), ("Redis (GET)", in_redis), ("PostgreSQL", in_postgres)];
        for (database, start) in look_ups {
            let name = format!("look-up in {database}, {} keys", thousands(usual));
            if let Some(process) = self.faults.attempt(&name, || start(folder, &key_file)) {
                self.add(&name, Base::Json, json.clone(), &usual_keys, &process);
            }
        }
    }

    /// The real server with this many keys, asked in three ways.
    fn ours(&mut self, folder: &Folder, size: usize) {
        let (data, with_keys) = (folder.data(size), format!("{} keys", thousands(size)));
        let start = || anyhow::Ok((Process::keywright(&data)?, keys_of(&data)?));
        let what = format!("Keywright, {with_keys}");
        let Some((process, keys)) = self.faults.attempt(&what, start) else { return };
        for (asked, base, questions) in [
            (VERIFY.to_owned(), Base::Json, Questions::Json { path: VERIFY, batch: 0 }),
            ("/authz".to_owned(), Base::Plain, Questions::Bearer { path: AUTHZ }),
            (
                format!("{VERIFY_BATCH}, {BATCH} a call"),
                Base::Json,
                Questions::Json { path: VERIFY_BATCH, batch: BATCH },
            ),
        ] {
            self.add(&format!("Keywright {asked}, {with_keys}"), base, questions, &keys, &process);
            if let Some(last) = self.all.last_mut() {
                last.size = Some(size);
            }
        }
    }

    fn last_is_base(&mut self) {
        if let Some(last) = self.all.last_mut() {
            last.is_base = true;
        }
    }
}

/// Starts a bare server over a database, and fills it.
type StartLookUp = fn(&Folder, &Path) -> Result<Rc<Process>>;

fn in_sqlite(folder: &Folder, key_file: &Path) -> Result<Rc<Process>> {
    let file = folder.path("baseline.db");
    looking_up("sqlite", None, file.to_str().context("a path that is no text")?, key_file)
}

fn in_redis(folder: &Folder, key_file: &Path) -> Result<Rc<Process>> {
    let service = services::redis(folder)?;
    let url = format!("redis://{}", service.address);
    looking_up("redis", Some(service), &url, key_file)
}

fn in_postgres(folder: &Folder, key_file: &Path) -> Result<Rc<Process>> {
    let service = services::postgres(folder)?;
    let url = services::postgres_url(service.address);
    looking_up("postgres", Some(service), &url, key_file)
}

fn looking_up(kind: &str, service: Option<Service>, database: &str, key_file: &Path) -> Result<Rc<Process>> {
    let key_file = key_file.to_str().context("a path that is no text")?;
    Process::baseline(kind, service, &["--database", database, "--keys", key_file])
}

fn keys_of(data: &Path) -> Result<Keys> {
    let bearer = fs::read_to_string(data.join("root-key"))?.trim().to_owned();
    Ok(Keys { sample: data.join("sample"), bearer })
}
