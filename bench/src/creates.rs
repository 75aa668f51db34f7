//! Durable creates by many callers at once, beside one process that commits the same rows in batches of 64.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use keywright_domain::PresentedKey;
use keywright_engine::{Engine, KeyDraft, Origin};
use tokio::task::JoinSet;

use crate::commits::fill_in_batches;
use crate::data_set::DataSet;
use crate::stopwatch::{Stopwatch, median};
use crate::tell;

/// Callers at the same time.
const CALLERS: usize = 64;
/// Rounds of each side.
const ROUNDS: usize = 7;
/// How long a round lasts.
const ROUND: Duration = Duration::from_secs(1);

/// Measures creates by the engine against the store alone, in turns.
pub(crate) fn run(directory: &Path) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(measure(directory))
}

async fn measure(directory: &Path) -> anyhow::Result<()> {
    std::fs::create_dir(directory)?;
    let (_, engine, root_key) = DataSet::make(&directory.join("engine")).await?;
    let (bare, bare_engine, bare_root) = DataSet::make(&directory.join("bare")).await?;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let watch = Stopwatch::start();
        let bare =
            fill_in_batches(&bare.parts, &bare_engine, &bare_root, CALLERS, || watch.elapsed() < ROUND)
                .await?;
        let bare = bare as f64 / watch.elapsed().as_secs_f64();
        rounds.push((bare, creates_a_second(&engine, &root_key).await?));
    }
    let side = |pick: fn(&(f64, f64)) -> f64| median(rounds.iter().map(pick).collect());
    tell("creates_a_second", side(|round| round.1));
    tell("bare_creates_a_second", side(|round| round.0));
    tell("creates_ratio", side(|round| round.1 / round.0));
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
