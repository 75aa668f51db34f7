//! The one writer: gathers concurrent commands into batches (group commit).

use std::sync::Arc;
use std::time::Duration;

use keywright_domain::BatchId;
use keywright_store::{Applied, AuditedCommand, Batch, BatchOutcome, Refusal, Revision, Store, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::clock::Clock;
use crate::counters::Counters;
use crate::random::{Random, new_id};

/// Commands in a batch at most: a batch of this size is committed in a few milliseconds, and a larger one would only
/// make the first of them wait.
const MAX_BATCH: usize = 256;
/// How often a batch in doubt is looked up, and how long apart: 0.75 s in all, well within what callers wait.
const LOOK_UPS: u32 = 4;
/// See [`LOOK_UPS`].
const LOOK_UP_EVERY: Duration = Duration::from_millis(250);
/// Commands that may wait for the writer; more callers than this wait for a place.
const MAX_WAITING: usize = 1024;

/// What the writer answers: the outcome, and the revision that must be in force for it to be.
pub(crate) type WriteOutcome = Result<(Result<Applied, Refusal>, Revision), StoreError>;

struct Waiting {
    command: AuditedCommand,
    answer: oneshot::Sender<WriteOutcome>,
}

/// Hands commands to the writer.
#[derive(Clone)]
pub(crate) struct Writer(mpsc::Sender<Waiting>);

impl Writer {
    /// Starts the writer. It ends when every handle is dropped. `committed` is told of each new revision.
    pub(crate) fn start(
        store: Arc<dyn Store>,
        (clock, random): (Arc<dyn Clock>, Arc<dyn Random>),
        counters: Arc<Counters>,
        committed: Arc<tokio::sync::Notify>,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let (sender, mut waiting) = mpsc::channel::<Waiting>(MAX_WAITING);
        let task = tokio::spawn(async move {
            let mut gathered = Vec::with_capacity(MAX_BATCH);
            while waiting.recv_many(&mut gathered, MAX_BATCH).await > 0 {
                let now = clock.now();
                let (commands, answers): (Vec<_>, Vec<_>) =
                    gathered.drain(..).map(|waiting| (waiting.command, waiting.answer)).unzip();
                let count = commands.len();
                let batch = Batch { id: new_id(random.as_ref(), now), now, commands };
                match commit(store.as_ref(), batch).await {
                    Ok(outcome) => {
                        counters.count_commit(count);
                        if outcome.revision.is_some() {
                            committed.notify_one();
                        }
                        for (answer, result) in answers.into_iter().zip(outcome.outcomes) {
                            // A caller that went away has no use for the answer; what it asked for is done.
                            let _ = answer.send(Ok((result, outcome.current)));
                        }
                    }
                    Err(error) => {
                        counters.count_failed_commit();
                        tracing::error!(%error, commands = count, "a batch was not committed");
                        for answer in answers {
                            let _ = answer.send(Err(error.clone()));
                        }
                    }
                }
            }
        });
        (Self(sender), task)
    }

    /// Has a command carried out. Dropping the future does not take it back.
    pub(crate) async fn write(&self, command: AuditedCommand) -> WriteOutcome {
        let (answer, answered) = oneshot::channel();
        self.0.send(Waiting { command, answer }).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

impl Writer {
    /// Commands that wait to be gathered into a batch.
    pub(crate) fn waiting(&self) -> usize {
        self.0.max_capacity() - self.0.capacity()
    }

    /// Leaves a command to be carried out, and waits for nothing: where too much waits already, it is not.
    pub(crate) fn leave(&self, command: AuditedCommand) {
        let (answer, _) = oneshot::channel();
        let _ = self.0.try_send(Waiting { command, answer });
    }
}

/// Commits a batch. Where the store cannot say whether it did, the batch is looked up, and never sent again: what it did
/// would be done twice.
async fn commit(store: &dyn Store, batch: Batch) -> Result<BatchOutcome, StoreError> {
    let in_doubt = match store.commit(batch).await {
        Err(in_doubt @ StoreError::CommitUnknown { .. }) => in_doubt,
        certain => return certain,
    };
    let StoreError::CommitUnknown { batch, reason, outcome } = &in_doubt else { return Err(in_doubt) };
    match (look_up(store, *batch).await, outcome) {
        (Ok(true), Some(outcome)) => {
            tracing::warn!(%batch, reason, "a commit failed, and was found to be done");
            Ok(outcome.as_ref().clone())
        }
        (Ok(false), _) => Err(StoreError::Unavailable {
            reason: format!("a commit failed, and was found not to be done: {reason}"),
        }),
        // What it came to is lost, or the store is away still.
        (Ok(true), None) | (Err(_), _) => Err(in_doubt),
    }
}

/// Whether a batch was committed; asked several times while the store is away.
async fn look_up(store: &dyn Store, batch: BatchId) -> Result<bool, StoreError> {
    let mut attempt = 1;
    loop {
        match store.find_batch(batch).await {
            Ok(found) => return Ok(found.is_some()),
            Err(error) if attempt == LOOK_UPS => return Err(error),
            Err(_) => tokio::time::sleep(LOOK_UP_EVERY).await,
        }
        attempt += 1;
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable { reason: "the server is stopping".to_owned() }
}
