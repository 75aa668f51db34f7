//! Cursors: which page of a list, as callers say it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keywright_store::{KeyListing, KeyOrder, KeyOrderBy, KeyPage, KeyPlace, KeyPlaceAt, PageRequest};

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
        let after = self.cursor.as_deref().map(decode_cursor).transpose();
        Ok(PageRequest { after: after?, ..self.request_from_start()? })
    }

    /// A page of keys, and the place in their order after which it begins.
    pub(crate) fn key_request(&self, order: KeyOrder) -> Result<(PageRequest, Option<KeyPlace>), Error> {
        let page = self.request_from_start()?;
        if page.offset > 0 && order != KeyOrder::default() {
            return Err(Error::invalid("offset", "goes with the order of age alone; use cursor"));
        }
        let place = self.cursor.as_deref().map(decode_place).transpose()?;
        let is_of_order = |place: &KeyPlace| match place.at {
            KeyPlaceAt::Age => order.by != KeyOrderBy::Name,
            KeyPlaceAt::Name(_) => order.by == KeyOrderBy::Name,
            KeyPlaceAt::Time(_) => matches!(order.by, KeyOrderBy::Expiry | KeyOrderBy::LastUse),
        };
        if place.as_ref().is_some_and(|place| !is_of_order(place)) {
            return Err(Error::invalid("cursor", "is of a list in another order"));
        }
        Ok((page, place))
    }

    fn request_from_start(&self) -> Result<PageRequest, Error> {
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
        Ok(PageRequest { limit, offset: self.offset.unwrap_or(0), after: None })
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

/// The cursor that goes on after a key: its id, and what it stands at where that is not its age.
fn encode_place(place: &KeyPlace) -> String {
    let mut bytes = place.id.uuid().as_bytes().to_vec();
    match &place.at {
        KeyPlaceAt::Age => {}
        KeyPlaceAt::Time(time) => {
            bytes.push(b't');
            bytes.extend(time.as_millis().to_be_bytes());
        }
        KeyPlaceAt::Name(name) => {
            bytes.push(b'n');
            bytes.extend(name.as_bytes());
        }
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode_place(cursor: &str) -> Result<KeyPlace, Error> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (id, at) = bytes.split_first_chunk::<16>()?;
        let at = match at.split_first() {
            None => KeyPlaceAt::Age,
            Some((b't', time)) => {
                let millis = i64::from_be_bytes(time.try_into().ok()?);
                KeyPlaceAt::Time(keywright_domain::Timestamp::from_millis(millis))
            }
            Some((b'n', name)) => KeyPlaceAt::Name(String::from_utf8(name.to_vec()).ok()?),
            Some(_) => return None,
        };
        Some(KeyPlace { id: keywright_domain::KeyId::from_uuid(uuid::Uuid::from_bytes(*id)), at })
    };
    read().ok_or_else(|| Error::invalid("cursor", "must be the nextCursor of an earlier answer"))
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

impl Listing<KeyListing> {
    pub(crate) fn of_keys(page: KeyPage, paging: &Paging) -> Self {
        Self {
            items: page.items,
            limit: paging.limit(),
            offset: paging.offset.unwrap_or(0),
            next_cursor: page.next.as_ref().map(encode_place),
        }
    }
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

#[cfg(test)]
mod tests {
    use keywright_domain::{KeyId, Timestamp};

    use super::*;

    #[test]
    fn a_place_in_an_order_is_read_back() {
        let id = KeyId::new(Timestamp::from_millis(1_800_000_000_000), &[7; 10]);
        for at in [
            KeyPlaceAt::Age,
            KeyPlaceAt::Time(Timestamp::from_millis(-5)),
            KeyPlaceAt::Name("ärger".to_owned()),
            KeyPlaceAt::Name(String::new()),
        ] {
            let place = KeyPlace { id, at };
            assert_eq!(decode_place(&encode_place(&place)).unwrap(), place);
        }
        let by_age = KeyPlace { id, at: KeyPlaceAt::Age };
        assert_eq!(encode_place(&by_age), encode_cursor(id.uuid()), "as it ever was");
        for odd in ["", "AAAA", "AZPyoXxVe06dVC8cXz-aEHg", "AZPyoXxVe06dVC8cXz-aEHQAAA", "%"] {
            assert!(decode_place(odd).is_err(), "{odd}");
        }
    }
}
