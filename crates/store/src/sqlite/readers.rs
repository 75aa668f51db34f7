//! Connections that read.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::error::store_error;
use super::open;
use crate::error::StoreError;

/// Queries that run at the same time. They are short and mostly served from the page cache.
const AT_ONCE: usize = 4;

/// A pool of connections that only read. Queries run on the runtime's blocking threads.
pub(super) struct Readers {
    path: PathBuf,
    turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, turns: Arc::new(Semaphore::new(AT_ONCE)), idle: Arc::default() }
    }

    /// Runs a query.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        // The permit goes with the work: a caller that stops waiting does not make room for a fifth query.
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| stopped())?;
        let (path, idle) = (self.path.clone(), Arc::clone(&self.idle));
        let work = move || {
            let _turn = turn;
            let waiting = idle.lock().pop();
            let mut connection = match waiting {
                Some(connection) => connection,
                None => open::reader(&path)?,
            };
            let result = query(&mut connection);
            // A connection that failed is not used again.
            if result.is_ok() {
                idle.lock().push(connection);
            }
            result
        };
        aside(work).await
    }
}

/// Reads on one of the runtime's blocking threads.
pub(super) async fn aside<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let result = tokio::task::spawn_blocking(read).await.map_err(|_| stopped())?;
    if let Err(error) = &result {
        tracing::error!(%error, "the database could not be read");
    }
    result
}

fn stopped() -> StoreError {
    StoreError::Unavailable { reason: "the reader has stopped".to_owned() }
}

/// Runs a query whose statements all read one snapshot.
pub(super) fn in_snapshot<T>(
    connection: &mut Connection,
    query: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.execute_batch("BEGIN DEFERRED").map_err(store_error)?;
    let result = query(connection);
    // Nothing was written: there is nothing that ending could lose, and a connection after an error is dropped.
    let ended = connection.execute_batch("COMMIT").map_err(store_error);
    let value = result?;
    ended?;
    Ok(value)
}
