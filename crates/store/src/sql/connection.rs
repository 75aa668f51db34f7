//! What a database must be able to do to be told commands and queries.

use std::future::Future;

use super::{Param, Row};
use crate::error::StoreError;
use crate::outcome::{Refusal, UniqueField};

/// One connection to a database, perhaps in a transaction.
///
/// The futures of SQLite's are ready at once.
pub(crate) trait Connection: Send {
    /// Runs a statement; returns how many rows it wrote.
    fn run(&mut self, sql: &str, params: &[Param<'_>]) -> impl Future<Output = Result<u64, SqlError>> + Send;

    /// Runs a query and reads each of its rows.
    fn rows<T: Send>(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        read: impl FnMut(&dyn Row) -> Result<T, StoreError> + Send,
    ) -> impl Future<Output = Result<Vec<T>, SqlError>> + Send;

    /// Runs a query that gives at most one row, and reads it.
    fn first<T: Send>(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        read: impl FnMut(&dyn Row) -> Result<T, StoreError> + Send,
    ) -> impl Future<Output = Result<Option<T>, SqlError>> + Send {
        async move { Ok(self.rows(sql, params, read).await?.pop()) }
    }

    /// Whether a query gives any row.
    fn exists(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
    ) -> impl Future<Output = Result<bool, SqlError>> + Send {
        async move { Ok(!self.rows(sql, params, |_| Ok(())).await?.is_empty()) }
    }
}

/// Why a statement failed.
#[derive(Debug)]
pub(crate) enum SqlError {
    /// A value that must be unique is taken.
    Unique(UniqueField),
    /// A row that is referred to is not there.
    Missing,
    /// The database itself failed.
    Store(StoreError),
}

impl From<StoreError> for SqlError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Where no command is carried out, nothing can be refused: a constraint that fails there is a fault.
impl From<SqlError> for StoreError {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Unique(field) => Self::Corrupt { reason: format!("{field:?} is there twice") },
            SqlError::Missing => Self::Corrupt { reason: "a row refers to one that is not there".to_owned() },
            SqlError::Store(error) => error,
        }
    }
}

/// What ends a command before it is carried out.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The state of things refuses it; the batch goes on.
    Refused(Refusal),
    /// The database failed; the batch ends.
    Failed(StoreError),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl From<SqlError> for Stop {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Unique(field) => Self::Refused(Refusal::NotUnique(field)),
            SqlError::Missing => Self::Refused(Refusal::NotFound),
            SqlError::Store(error) => Self::Failed(error),
        }
    }
}
