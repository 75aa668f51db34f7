//! The one thread that writes.

use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::error::store_error;
use crate::error::StoreError;

/// Work for the writer. It answers by itself.
type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Jobs that may wait for the writer; who sends more waits until there is room. The engine gathers commands into
/// batches and has few of them under way.
const JOBS_WAITING: usize = 64;

/// Owns the thread that owns the connection that writes. Dropping it waits until the thread has done the jobs that it
/// was given, moved the write-ahead log into the database, and closed it.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(mut connection: Connection) -> Result<Self, StoreError> {
        let (jobs, mut received) = mpsc::channel::<Job>(JOBS_WAITING);
        let work = move || {
            while let Some(job) = received.blocking_recv() {
                job(&mut connection);
            }
            close(connection);
        };
        let thread =
            std::thread::Builder::new().name("store-writer".to_owned()).spawn(work).map_err(|error| {
                StoreError::Unavailable { reason: format!("cannot start the writer's thread: {error}") }
            })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Has the writer do something within a transaction that takes the write lock at its start. It is committed when
    /// `work` says [`End::Commit`], and durable when this returns.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<(T, End), StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.write_or_doubt(work).await.map_err(|unwritten| match unwritten {
            Unwritten::Failed(error) | Unwritten::InDoubt(error, _) => error,
        })
    }

    /// The same, where the difference between a write that was not done and one of which that is not known counts.
    pub(super) async fn write_or_doubt<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<(T, End), StoreError> + Send + 'static,
    ) -> Result<T, Unwritten<T>> {
        let stopped = || StoreError::Unavailable { reason: "the writer has stopped".to_owned() };
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Who asked may be gone: the work is done all the same.
            let _ = answer.send(in_transaction(connection, work));
        });
        let jobs = self.jobs.as_ref().ok_or_else(|| Unwritten::Failed(stopped()))?;
        jobs.send(job).await.map_err(|_| Unwritten::Failed(stopped()))?;
        // A thread that ended with the job in its hands may have committed it.
        answered.await.map_err(|_| Unwritten::InDoubt(stopped(), None))?
    }
}

/// A write without a good end.
#[derive(Debug)]
pub(super) enum Unwritten<T> {
    /// Nothing of it was done.
    Failed(StoreError),
    /// It failed while it was being committed: what it comes to, if it was and that is known.
    InDoubt(StoreError, Option<T>),
}

/// How a transaction ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// There is something to keep.
    Commit,
    /// There is nothing to keep.
    RollBack,
}

fn in_transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<(T, End), StoreError>,
) -> Result<T, Unwritten<T>> {
    let worked = begin(connection).and_then(|()| work(connection)).map_err(Unwritten::Failed);
    let result = worked.and_then(|(value, end)| {
        if end == End::Commit
            && let Err(error) = connection.execute_batch("COMMIT")
        {
            return Err(Unwritten::InDoubt(store_error(error), Some(value)));
        }
        Ok(value)
    });
    if let Err(Unwritten::Failed(error) | Unwritten::InDoubt(error, _)) = &result {
        tracing::error!(%error, "a write was given up and rolled back");
    }
    // After some errors SQLite has rolled back by itself. A rollback that fails leaves the transaction open, and the
    // next write finds it so.
    if !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "a transaction could not be rolled back");
    }
    result
}

/// Begins a transaction; one that could not be rolled back before is rolled back first.
fn begin(connection: &Connection) -> Result<(), StoreError> {
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK").map_err(store_error)?;
    }
    connection
        .prepare_cached("BEGIN IMMEDIATE")
        .and_then(|mut begin| begin.execute([]))
        .map_err(store_error)?;
    Ok(())
}

/// Moves the write-ahead log into the database, so that what is left is one file, and closes it.
fn close(connection: Connection) {
    let moved = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
    match moved {
        Ok(false) => {}
        Ok(true) => tracing::info!("a reader held the write-ahead log: the next start goes on from it"),
        Err(error) => {
            tracing::warn!(%error, "the write-ahead log stays as it is: the next start goes on from it");
        }
    }
    if let Err((_, error)) = connection.close() {
        tracing::warn!(%error, "the database could not be closed");
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer's thread had panicked");
        }
    }
}
