//! Cursors: which page of a list, as callers say it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keywright_store::PageRequest;

use crate::error::Error;

/// Which page a caller wants.
#[derive(Debug, Clone, Default)]
pub struct Paging {
    /// Items wanted: 1 to 100, 20 unless said.
    pub limit: Option<u32>,
    /// Items to pass over.
    pub offset: Option<u64>,
    /// What an earlier answer gave as its cursor.
    pub cursor: Option<String>,
}

impl Paging {
    /// Items on a page unless said otherwise.
    pub const DEFAULT_LIMIT: u32 = 20;
    /// Items on a page at most.
    pub const MAX_LIMIT: u32 = 100;

    /// The first page, as long as one may be.
    pub fn whole() -> Self {
        Self { limit: Some(Self::MAX_LIMIT), ..Self::default() }
    }

    /// The limit in force.
    pub fn limit(&self) -> u32 {
        self.limit.unwrap_or(Self::DEFAULT_LIMIT)
    }

    pub(crate) fn request(&self) -> Result<PageRequest, Error> {
        let limit = self.limit();
        if !(1..=Self::MAX_LIMIT).contains(&limit) {
            return Err(Error::invalid("limit", "must be 1 to 100"));
        }
        if self.offset.is_some() && self.cursor.is_some() {
            return Err(Error::invalid("cursor", "cannot be combined with offset"));
        }
        // Beyond this an offset is somebody walking a list the slow way; the cursor walks it in constant time a page.
        if self.offset.is_some_and(|offset| offset > 1_000_000) {
            return Err(Error::invalid("offset", "must be at most 1000000; use cursor to go further"));
        }
        let after = self.cursor.as_deref().map(decode_cursor).transpose()?;
        Ok(PageRequest { limit, offset: self.offset.unwrap_or(0), after })
    }
}

/// The cursor that goes on after an item.
fn encode_cursor(after: uuid::Uuid) -> String {
    URL_SAFE_NO_PAD.encode(after.as_bytes())
}

fn decode_cursor(cursor: &str) -> Result<uuid::Uuid, Error> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    bytes
        .map(uuid::Uuid::from_bytes)
        .ok_or_else(|| Error::invalid("cursor", "must be the nextCursor of an earlier answer"))
}

/// A page of a list, as it is answered.
#[derive(Debug)]
pub struct Listing<T> {
    /// The items.
    pub items: Vec<T>,
    /// How many were wanted at most.
    pub limit: u32,
    /// How many were passed over.
    pub offset: u64,
    /// What goes on after the last item; `None` when there is nothing after it.
    pub next_cursor: Option<String>,
}

impl<T> Listing<T> {
    pub(crate) fn new(page: keywright_store::Page<T>, paging: &Paging) -> Self {
        Self {
            items: page.items,
            limit: paging.limit(),
            offset: paging.offset.unwrap_or(0),
            next_cursor: page.next.map(encode_cursor),
        }
    }

    pub(crate) fn none(paging: &Paging) -> Self {
        Self {
            items: Vec::new(),
            limit: paging.limit(),
            offset: paging.offset.unwrap_or(0),
            next_cursor: None,
        }
    }
}
