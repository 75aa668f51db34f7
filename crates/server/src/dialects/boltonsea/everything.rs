//! Lists without pages.

use keywright_engine::{Listing, Paging};

/// The most items of one answer. Whoever has more finds the rest by the native API, which has pages.
const MAX_ITEMS: usize = 1000;

/// The engine's pages on their way into one list of at most [`MAX_ITEMS`].
pub(super) struct Everything<T> {
    items: Vec<T>,
    next: Option<Paging>,
}

impl<T> Everything<T> {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self { items: Vec::new(), next: Some(page_after(None)) }
    }

    /// Which page to ask for; `None` when there is no other, or there is enough.
    pub(super) fn next_page(&mut self) -> Option<Paging> {
        self.next.take()
    }

    /// Takes a page in.
    pub(super) fn add(&mut self, page: Listing<T>) {
        self.items.extend(page.items);
        let is_full = self.items.len() >= MAX_ITEMS;
        self.next = page.next_cursor.filter(|_| !is_full).map(|cursor| page_after(Some(cursor)));
    }

    /// The list, each item rendered.
    pub(super) fn render<R>(self, render: impl FnMut(T) -> R) -> Vec<R> {
        self.items.into_iter().map(render).collect()
    }
}

fn page_after(cursor: Option<String>) -> Paging {
    Paging { limit: Some(Paging::MAX_LIMIT), offset: None, cursor }
}
