//! A page of a list.

use keywright_engine::Listing;
use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List<T> {
    /// The items.
    items: Vec<T>,
    /// How many were asked for at most.
    #[schema(minimum = 1, maximum = 100, example = 20)]
    limit: u32,
    /// How many were passed over.
    #[schema(example = 0)]
    offset: u64,
    /// Whether there are more.
    has_more: bool,
    /// Given as `cursor`, it goes on after this page; left out on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "AZPyoXxVe06dVC8cXz-aEA")]
    next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A page of the engine's, each item rendered.
    pub(crate) fn of<S>(listing: Listing<S>, render: impl FnMut(S) -> T) -> Self {
        Self {
            items: listing.items.into_iter().map(render).collect(),
            limit: listing.limit,
            offset: listing.offset,
            has_more: listing.next_cursor.is_some(),
            next_cursor: listing.next_cursor,
        }
    }
}
