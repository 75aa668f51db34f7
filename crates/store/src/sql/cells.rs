//! Values on their way out of a row.

use std::net::IpAddr;

use keywright_domain::{Digest, Id, Timestamp};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::error::StoreError;
use crate::feed::Revision;

/// A row that a query gave. Columns count from 0.
pub(crate) trait Row {
    /// A number, or null.
    fn int(&self, column: usize) -> Result<Option<i64>, StoreError>;
    /// A text, or null.
    fn text(&self, column: usize) -> Result<Option<&str>, StoreError>;
    /// Bytes, or null.
    fn bytes(&self, column: usize) -> Result<Option<&[u8]>, StoreError>;
}

/// Reads a row's cells from left to right. A cell that cannot be what it should be is [`StoreError::Corrupt`]; the
/// error says where it stands and never what it holds.
pub(crate) struct Cells<'r, R: ?Sized> {
    row: &'r R,
    next: usize,
}

impl<'r, R: Row + ?Sized> Cells<'r, R> {
    /// The cells of a row, from its first.
    pub(crate) const fn new(row: &'r R) -> Self {
        Self { row, next: 0 }
    }

    /// The cells of a row from a column on.
    pub(crate) const fn from_column(row: &'r R, next: usize) -> Self {
        Self { row, next }
    }

    fn advance(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    /// The fault of the cell that was read last.
    pub(crate) fn fault(&self, what: &str) -> StoreError {
        StoreError::Corrupt { reason: format!("column {} of a row {what}", self.next) }
    }

    fn present<T>(&self, value: Option<T>) -> Result<T, StoreError> {
        value.ok_or_else(|| self.fault("is null"))
    }

    pub(crate) fn optional_int(&mut self) -> Result<Option<i64>, StoreError> {
        let column = self.advance();
        self.row.int(column)
    }

    pub(crate) fn int(&mut self) -> Result<i64, StoreError> {
        let value = self.optional_int()?;
        self.present(value)
    }

    /// A number that is not negative, or null.
    pub(crate) fn optional_count(&mut self) -> Result<Option<u64>, StoreError> {
        let value = self.optional_int()?;
        value.map(u64::try_from).transpose().map_err(|_| self.fault("is negative"))
    }

    pub(crate) fn count(&mut self) -> Result<u64, StoreError> {
        let value = self.optional_count()?;
        self.present(value)
    }

    pub(crate) fn truth(&mut self) -> Result<bool, StoreError> {
        match self.int()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.fault("is neither 0 nor 1")),
        }
    }

    pub(crate) fn revision(&mut self) -> Result<Revision, StoreError> {
        self.int().map(Revision)
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, StoreError> {
        self.int().map(Timestamp::from_millis)
    }

    pub(crate) fn optional_time(&mut self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.optional_int()?.map(Timestamp::from_millis))
    }

    pub(crate) fn optional_str(&mut self) -> Result<Option<&'r str>, StoreError> {
        let column = self.advance();
        self.row.text(column)
    }

    pub(crate) fn str(&mut self) -> Result<&'r str, StoreError> {
        let value = self.optional_str()?;
        self.present(value)
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        self.str().map(str::to_owned)
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<String>, StoreError> {
        Ok(self.optional_str()?.map(str::to_owned))
    }

    /// A text that stands for one of the words that `read` knows.
    pub(crate) fn word<T>(&mut self, read: impl FnOnce(&str) -> Option<T>) -> Result<T, StoreError> {
        let word = self.str()?;
        read(word).ok_or_else(|| self.fault("holds an unknown word"))
    }

    /// The same, or null.
    pub(crate) fn optional_word<T>(
        &mut self,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        let Some(word) = self.optional_str()? else { return Ok(None) };
        read(word).map(Some).ok_or_else(|| self.fault("holds an unknown word"))
    }

    /// A text that can be read as a `T`, or null.
    pub(crate) fn optional_parsed<T: std::str::FromStr>(&mut self) -> Result<Option<T>, StoreError> {
        let text = self.optional_str()?;
        text.map(str::parse).transpose().map_err(|_| self.fault("holds a text that cannot be read"))
    }

    pub(crate) fn parsed<T: std::str::FromStr>(&mut self) -> Result<T, StoreError> {
        let value = self.optional_parsed()?;
        self.present(value)
    }

    pub(crate) fn optional_address(&mut self) -> Result<Option<IpAddr>, StoreError> {
        self.optional_parsed()
    }

    pub(crate) fn optional_json<T: DeserializeOwned>(&mut self) -> Result<Option<T>, StoreError> {
        let text = self.optional_str()?;
        text.map(serde_json::from_str)
            .transpose()
            .map_err(|_| self.fault("holds JSON text that cannot be read"))
    }

    pub(crate) fn json<T: DeserializeOwned>(&mut self) -> Result<T, StoreError> {
        let value = self.optional_json()?;
        self.present(value)
    }

    /// A JSON list; null where it is empty.
    pub(crate) fn list<T: DeserializeOwned + Default>(&mut self) -> Result<T, StoreError> {
        self.optional_json().map(Option::unwrap_or_default)
    }

    fn array<const N: usize>(&self, bytes: &[u8]) -> Result<[u8; N], StoreError> {
        bytes.try_into().map_err(|_| self.fault("has the wrong length"))
    }

    pub(crate) fn optional_bytes<const N: usize>(&mut self) -> Result<Option<[u8; N]>, StoreError> {
        let column = self.advance();
        let bytes = self.row.bytes(column)?;
        bytes.map(|bytes| self.array(bytes)).transpose()
    }

    /// Bytes of any length.
    pub(crate) fn blob(&mut self) -> Result<Vec<u8>, StoreError> {
        let column = self.advance();
        let bytes = self.row.bytes(column)?;
        self.present(bytes).map(<[u8]>::to_vec)
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let value = self.optional_bytes()?;
        self.present(value)
    }

    pub(crate) fn uuid(&mut self) -> Result<Uuid, StoreError> {
        self.bytes().map(Uuid::from_bytes)
    }

    pub(crate) fn optional_uuid(&mut self) -> Result<Option<Uuid>, StoreError> {
        Ok(self.optional_bytes()?.map(Uuid::from_bytes))
    }

    pub(crate) fn id<Kind>(&mut self) -> Result<Id<Kind>, StoreError> {
        self.uuid().map(Id::from_uuid)
    }

    pub(crate) fn optional_id<Kind>(&mut self) -> Result<Option<Id<Kind>>, StoreError> {
        Ok(self.optional_uuid()?.map(Id::from_uuid))
    }

    pub(crate) fn digest(&mut self) -> Result<Digest, StoreError> {
        self.bytes().map(Digest::from_bytes)
    }
}
