//! Values on their way into a statement.

use std::borrow::Cow;

use keywright_domain::{Digest, Id, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use crate::feed::Revision;

/// A value for a `$n`. Each null has a type, because PostgreSQL asks for one.
#[derive(Debug, Clone)]
pub(crate) enum Param<'a> {
    /// A number, a time in milliseconds, or a truth (0 or 1).
    Int(Option<i64>),
    /// A text.
    Text(Option<Cow<'a, str>>),
    /// Bytes.
    Bytes(Option<&'a [u8]>),
    /// An id, 16 bytes.
    Id(Option<Uuid>),
}

impl<'a> Param<'a> {
    /// A value as JSON text.
    pub(crate) fn json(value: &impl Serialize) -> Self {
        let text =
            serde_json::to_string(value).expect("lists and maps with text keys can be written as JSON");
        Self::Text(Some(text.into()))
    }

    /// A list as JSON text; null where it is empty, as most are.
    pub(crate) fn list<T: Serialize>(list: &[T]) -> Self {
        if list.is_empty() { Self::Text(None) } else { Self::json(&list) }
    }

    /// A value as JSON text, or null.
    pub(crate) fn optional_json(value: Option<&impl Serialize>) -> Self {
        value.map_or(Self::Text(None), Self::json)
    }

    /// A text made for this statement.
    pub(crate) fn owned(text: String) -> Param<'a> {
        Self::Text(Some(text.into()))
    }
}

macro_rules! from {
    ($($from:ty, $value:ident => $param:expr;)*) => {$(
        impl<'a> From<$from> for Param<'a> {
            fn from($value: $from) -> Self {
                $param
            }
        }
    )*};
}

from! {
    i64, value => Self::Int(Some(value));
    Option<i64>, value => Self::Int(value);
    bool, value => Self::Int(Some(i64::from(value)));
    Timestamp, value => Self::Int(Some(value.as_millis()));
    Option<Timestamp>, value => Self::Int(value.map(Timestamp::as_millis));
    Revision, value => Self::Int(Some(value.0));
    &'a str, value => Self::Text(Some(value.into()));
    &'a String, value => Self::Text(Some(value.as_str().into()));
    &'a Option<String>, value => Self::Text(value.as_deref().map(Cow::Borrowed));
    Option<&'a str>, value => Self::Text(value.map(Cow::Borrowed));
    &'a [u8], value => Self::Bytes(Some(value));
    &'a Digest, value => Self::Bytes(Some(value.as_bytes()));
    Uuid, value => Self::Id(Some(value));
    Option<Uuid>, value => Self::Id(value);
}

impl<Kind> From<Id<Kind>> for Param<'_> {
    fn from(id: Id<Kind>) -> Self {
        Self::Id(Some(id.uuid()))
    }
}

/// A list of [`Param`]s out of values.
macro_rules! params {
    ($($value:expr),* $(,)?) => { [$($crate::sql::Param::from($value)),*] };
}
pub(crate) use params;
