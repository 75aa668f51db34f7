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
        let gone = || StoreError::Unavailable { reason: "the reader has stopped".to_owned() };
        // The permit goes with the work: a caller that stops waiting does not make room for a fifth query.
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| gone())?;
        let (path, idle) = (self.path.clone(), Arc::clone(&self.idle));
        let work = move || {
            let _turn = turn;
            let waiting = idle.lock().pop();
            let mut connection = match waiting {
                Some(connection) => connection,
                None => open::reader(&path)?,
            };
            let result = query(&mut connection);
            match &result {
                Ok(_) => idle.lock().push(connection),
                // A connection that failed is not used again.
                Err(error) => tracing::error!(%error, "a query failed"),
            }
            result
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| gone())?
    }
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
