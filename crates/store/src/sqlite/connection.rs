//! A connection to SQLite, as the shared statements know it.

use std::future::{Future, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{CachedStatement, ToSql};

use super::error::{sql_error, store_error};
use crate::error::StoreError;
use crate::sql::{Connection, Param, Row, SqlError};

impl Connection for rusqlite::Connection {
    fn run(&mut self, sql: &str, params: &[Param<'_>]) -> impl Future<Output = Result<u64, SqlError>> + Send {
        ready(run(self, sql, params))
    }

    fn rows<T: Send>(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        read: impl FnMut(&dyn Row) -> Result<T, StoreError> + Send,
    ) -> impl Future<Output = Result<Vec<T>, SqlError>> + Send {
        ready(rows(self, sql, params, read))
    }
}

fn run(connection: &rusqlite::Connection, sql: &str, params: &[Param<'_>]) -> Result<u64, SqlError> {
    let mut statement = prepare(connection, sql, params)?;
    let written = statement.raw_execute().map_err(sql_error)?;
    Ok(u64::try_from(written).unwrap_or(u64::MAX))
}

fn rows<T>(
    connection: &rusqlite::Connection,
    sql: &str,
    params: &[Param<'_>],
    mut read: impl FnMut(&dyn Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, SqlError> {
    let mut statement = prepare(connection, sql, params)?;
    let mut rows = statement.raw_query();
    let mut items = Vec::new();
    while let Some(row) = rows.next().map_err(sql_error)? {
        items.push(read(row)?);
    }
    Ok(items)
}

fn prepare<'c>(
    connection: &'c rusqlite::Connection,
    sql: &str,
    params: &[Param<'_>],
) -> Result<CachedStatement<'c>, SqlError> {
    let mut statement = connection.prepare_cached(sql).map_err(sql_error)?;
    debug_assert_eq!(statement.parameter_count(), params.len(), "parameters of {sql}");
    for (place, param) in (1..).zip(params) {
        debug_assert_eq!(
            statement.parameter_name(place).and_then(|name| name.strip_prefix('$')?.parse().ok()),
            Some(place),
            "SQLite numbers parameters by their first appearance: {sql}"
        );
        statement.raw_bind_parameter(place, param).map_err(sql_error)?;
    }
    Ok(statement)
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Self::Int(Some(value)) => ValueRef::Integer(*value),
            Self::Text(Some(value)) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(Some(value)) => ValueRef::Blob(value),
            Self::Id(Some(value)) => ValueRef::Blob(value.as_bytes()),
            Self::Int(None) | Self::Text(None) | Self::Bytes(None) | Self::Id(None) => {
                return Ok(ToSqlOutput::Owned(Value::Null));
            }
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

impl Row for rusqlite::Row<'_> {
    fn int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.get_ref(column).map_err(store_error)? {
            ValueRef::Integer(value) => Ok(Some(value)),
            ValueRef::Null => Ok(None),
            ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => Err(wrong_type(column)),
        }
    }

    fn text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.get_ref(column).map_err(store_error)? {
            ValueRef::Text(bytes) => std::str::from_utf8(bytes).map(Some).map_err(|_| StoreError::Corrupt {
                reason: format!("column {} of a row holds a text that is not UTF-8", column + 1),
            }),
            ValueRef::Null => Ok(None),
            ValueRef::Real(_) | ValueRef::Integer(_) | ValueRef::Blob(_) => Err(wrong_type(column)),
        }
    }

    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, StoreError> {
        match self.get_ref(column).map_err(store_error)? {
            ValueRef::Blob(bytes) => Ok(Some(bytes)),
            ValueRef::Null => Ok(None),
            ValueRef::Real(_) | ValueRef::Integer(_) | ValueRef::Text(_) => Err(wrong_type(column)),
        }
    }
}

fn wrong_type(column: usize) -> StoreError {
    StoreError::Corrupt { reason: format!("column {} of a row holds a value of another type", column + 1) }
}

/// What a future of the shared statements comes to: over SQLite it never waits.
pub(super) fn straight<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("a statement of SQLite's is ready at once"),
    }
}
