//! The one applier of a node: follows the store's changes and puts them into the index.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use keywright_store::{ChangePage, Revision, Store, StoreError};
use tokio::sync::{Notify, watch};

use crate::credits::Lots;
use crate::index::{Index, IndexLoad};

/// Rows read at once.
const PAGE_ROWS: usize = 5_000;
/// How often to look without having been told, in case another node wrote.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long to wait after the store failed.
const RETRY_AFTER: Duration = Duration::from_millis(200);

/// Follows the store.
pub(crate) struct Follower {
    store: Arc<dyn Store>,
    index: Arc<ArcSwap<Index>>,
    lots: Arc<Lots>,
    applied: watch::Sender<Revision>,
    is_following: FallsAtTheEnd,
}

/// A flag that goes down when its follower ends, also by a panic.
struct FallsAtTheEnd(Arc<AtomicBool>);

impl Drop for FallsAtTheEnd {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Follower {
    /// Loads the index whole.
    pub(crate) async fn load(store: Arc<dyn Store>, lots: Arc<Lots>) -> Result<Self, StoreError> {
        let (index, revision) = load(store.as_ref()).await?;
        Ok(Self {
            store,
            index: Arc::new(ArcSwap::from(index)),
            lots,
            applied: watch::Sender::new(revision),
            is_following: FallsAtTheEnd(Arc::new(AtomicBool::new(true))),
        })
    }

    pub(crate) fn index(&self) -> Arc<ArcSwap<Index>> {
        Arc::clone(&self.index)
    }

    /// The last revision that is wholly in the index.
    pub(crate) fn applied(&self) -> watch::Receiver<Revision> {
        self.applied.subscribe()
    }

    /// Whether the last look succeeded. Also false once the follower has ended, by whatever.
    pub(crate) fn is_following(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_following.0)
    }

    /// Goes on for ever: applies what `committed` tells of at once, and looks from time to time.
    pub(crate) async fn run(self, committed: Arc<Notify>) {
        loop {
            match self.catch_up().await {
                Ok(()) => {
                    self.is_following.0.store(true, Ordering::Release);
                    let _ = tokio::time::timeout(LOOK_EVERY, committed.notified()).await;
                }
                Err(error) => {
                    self.is_following.0.store(false, Ordering::Release);
                    tracing::error!(%error, "changes could not be read; trying again");
                    tokio::time::sleep(RETRY_AFTER).await;
                }
            }
        }
    }

    async fn catch_up(&self) -> Result<(), StoreError> {
        loop {
            let after = *self.applied.borrow();
            match self.store.changes_since(after, PAGE_ROWS).await? {
                ChangePage::Rows { rows, through, more } => {
                    self.lots.heard(&rows);
                    self.index.load().apply_page(rows);
                    if through > after {
                        self.applied.send_replace(through);
                    }
                    if !more {
                        return Ok(());
                    }
                }
                ChangePage::LoadAnew => {
                    tracing::warn!(
                        revision = after.0,
                        "the changes after this revision are forgotten: loading anew"
                    );
                    let (index, revision) = load(self.store.as_ref()).await?;
                    self.lots.heard_of_everything();
                    let replaced = self.index.swap(Arc::clone(&index));
                    index.succeed(replaced);
                    self.applied.send_replace(revision);
                }
            }
        }
    }
}

async fn load(store: &dyn Store) -> Result<(Arc<Index>, Revision), StoreError> {
    let index = Arc::new(Index::default());
    let revision = store.load(Box::new(IndexLoad::new(Arc::clone(&index)))).await?;
    Ok((index, revision))
}
