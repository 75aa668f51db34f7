//! Durable creates by many callers at once, beside one process that commits the same rows in batches of 64.

use std::sync::Arc;
use std::time::Duration;

use keywright_domain::{Pepper, PresentedKey};
use keywright_engine::{Engine, EngineParts, KeyDraft, Origin, SystemClock, SystemRandom};
use keywright_store::sqlite::SqliteStore;
use tokio::task::JoinSet;

use crate::fill::fill_in_batches;
use crate::stopwatch::{Stopwatch, median};

/// Callers at the same time.
const CALLERS: usize = 64;
/// Rounds of each side.
const ROUNDS: usize = 7;
/// How long a round lasts.
const ROUND: Duration = Duration::from_secs(1);

pub(crate) async fn measure() -> anyhow::Result<()> {
    let directory = tempfile::tempdir()?;
    let parts = |name: &str| -> anyhow::Result<EngineParts> {
        Ok(EngineParts {
            store: Arc::new(SqliteStore::open(directory.path().join(name))?),
            pepper: Pepper::new([7; 32]),
            clock: Arc::new(SystemClock::default()),
            random: Arc::new(SystemRandom),
            shared_limits: None,
        })
    };
    let start = async |parts: EngineParts| -> anyhow::Result<(Arc<Engine>, String)> {
        let mut root_key = String::new();
        let engine = Engine::start(parts, |first| {
            first.root_key.expose().clone_into(&mut root_key);
            Ok(())
        })
        .await?;
        Ok((engine, root_key))
    };
    let (engine, root_key) = start(parts("engine.db")?).await?;
    let bare_parts = parts("bare.db")?;
    let (bare_engine, bare_root) = start(bare_parts.clone()).await?;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let watch = Stopwatch::start();
        let bare =
            fill_in_batches(&bare_parts, &bare_engine, &bare_root, CALLERS, || watch.elapsed() < ROUND)
                .await?;
        let bare = bare as f64 / watch.elapsed().as_secs_f64();
        rounds.push((bare, creates_a_second(&engine, &root_key).await?));
    }
    let side = |pick: fn(&(f64, f64)) -> f64| median(rounds.iter().map(pick).collect());
    println!("durable creates, {CALLERS} callers");
    println!(
        "  creates       {:8.0} a second; the store alone in batches of {CALLERS} {:.0} a second; ratio {:.2} (median of {ROUNDS} rounds)",
        side(|round| round.1),
        side(|round| round.0),
        side(|round| round.1 / round.0),
    );
    engine.stop().await;
    bare_engine.stop().await;
    Ok(())
}

async fn creates_a_second(engine: &Arc<Engine>, root_key: &str) -> anyhow::Result<f64> {
    let actor = engine.authenticate_key(PresentedKey::new(root_key), None, Origin::default())?;
    let watch = Arc::new(Stopwatch::start());
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (engine, actor, watch) = (Arc::clone(engine), actor.clone(), Arc::clone(&watch));
        callers.spawn(async move {
            let mut made = 0_u32;
            while watch.elapsed() < ROUND {
                let draft = KeyDraft {
                    name: Some("customer".to_owned()),
                    scope: Some("read-write".to_owned()),
                    permissions: Some(vec!["asset.read".to_owned(), "asset.create".to_owned()]),
                    ..KeyDraft::default()
                };
                engine.create_key(&actor, draft).await?;
                made += 1;
            }
            anyhow::Ok(made)
        });
    }
    let mut made = 0;
    while let Some(caller) = callers.join_next().await {
        made += caller??;
    }
    Ok(f64::from(made) / watch.elapsed().as_secs_f64())
}
