//! The same work each time, for `cargo xtask test instructions`: it counts a run with many verifications and one with
//! none, and the difference is what a verification takes.

use std::sync::Arc;

use anyhow::Context as _;
use keywright_domain::{Pepper, PresentedKey, Timestamp};
use keywright_engine::{Engine, EngineParts, EngineSettings, KeyDraft, ManualClock, Origin, SeededRandom};
use keywright_store::sqlite::SqliteStore;

use crate::data_set::Keys;
use crate::picks::Picks;
use crate::verify::verify_all;

/// Keys to draw from.
const KEYS: usize = 64;

/// What to do.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum What {
    /// Verify keys
    Verify,
    /// Take the digests of keys, which every verification begins with
    Digest,
}

/// Does it `count` times: everything is the same in each run, the time and what is drawn at random too.
pub(crate) fn run(what: What, count: usize) -> anyhow::Result<()> {
    let directory = std::env::temp_dir().join(format!("keywright-instructions-{}", std::process::id()));
    std::fs::create_dir(&directory)?;
    let done = work(&directory, what, count);
    std::fs::remove_dir_all(&directory)?;
    done
}

fn work(directory: &std::path::Path, what: What, count: usize) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let parts = EngineParts {
        store: Arc::new(SqliteStore::open(directory.join("keywright.db"))?),
        pepper: Pepper::new([7; 32]),
        clock: Arc::new(ManualClock::at(Timestamp::from_millis(1_800_000_000_000))),
        random: Arc::new(SeededRandom::new(1)),
        shared_limits: None,
        // What the request log takes grows with time, not with verifications.
        settings: EngineSettings { keep_requests: std::time::Duration::ZERO, ..EngineSettings::default() },
    };
    let pepper = parts.pepper.clone();
    runtime.block_on(async {
        let mut root_key = String::new();
        let engine = Engine::start(parts, |first| {
            first.root_key.expose().clone_into(&mut root_key);
            Ok(())
        })
        .await?;
        let actor = engine.authenticate_key(PresentedKey::new(&root_key), None, Origin::default())?;
        let mut text = String::new();
        for number in 0..KEYS {
            let draft = KeyDraft {
                name: Some(format!("customer {number}")),
                scope: Some("read-write".to_owned()),
                permissions: Some(vec!["asset.read".to_owned(), "asset.create".to_owned()]),
                ..KeyDraft::default()
            };
            let issued = engine.create_key(&actor, draft).await?;
            text.push_str(issued.secret.context("a new key has a secret")?.expose());
            text.push('\n');
        }
        let keys = Keys::of_lines(text)?;
        let picked = keys.pick(&mut Picks::new(), count);
        match what {
            What::Verify => {
                anyhow::ensure!(
                    verify_all(&engine, &actor, &picked).await,
                    "a key that was made is not VALID"
                );
            }
            What::Digest => picked.iter().for_each(|key| {
                std::hint::black_box(pepper.digest(PresentedKey::new(key)));
            }),
        }
        engine.stop().await;
        Ok(())
    })
}
