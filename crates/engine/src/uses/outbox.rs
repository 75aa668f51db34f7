//! Rows on their way to the store, in batches of which each is written once.

use keywright_domain::{BatchId, Timestamp};
use keywright_store::Gathered;

/// Rows that wait for the store.
#[derive(Debug)]
pub(super) struct Outbox<T> {
    /// The first last.
    rows: Vec<T>,
    /// What the store was given and has not confirmed: it is given again under the same name, and counts once.
    given: Option<Gathered<T>>,
}

impl<T> Default for Outbox<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), given: None }
    }
}

impl<T: Clone> Outbox<T> {
    /// Whether nothing is on its way.
    pub(super) const fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.given.is_none()
    }

    /// Rows that were not given yet.
    pub(super) const fn waiting(&self) -> usize {
        self.rows.len()
    }

    /// Rows that the store has not confirmed.
    pub(super) fn unconfirmed(&self) -> usize {
        self.rows.len() + self.given.as_ref().map_or(0, |given| given.rows.len())
    }

    /// Puts rows in, in the order in which they are to be written.
    pub(super) fn put(&mut self, rows: Vec<T>) {
        let before = std::mem::replace(&mut self.rows, rows);
        self.rows.reverse();
        self.rows.extend(before);
    }

    /// The batch to give now: the one that was not confirmed, or the next, of so many rows at most. `None` when all is done.
    pub(super) fn next(
        &mut self,
        at_most: usize,
        now: Timestamp,
        name: impl Fn() -> BatchId,
    ) -> Option<Gathered<T>> {
        if self.given.is_none() && !self.rows.is_empty() {
            let from = self.rows.len().saturating_sub(at_most);
            let mut rows = self.rows.split_off(from);
            rows.reverse();
            self.given = Some(Gathered { id: name(), now, rows });
        }
        self.given.clone()
    }

    /// The store has what it was given.
    pub(super) fn confirm(&mut self) {
        self.given = None;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn what_is_not_confirmed_is_given_again_under_its_name() {
        let named = Cell::new(0_u128);
        let name = || {
            named.set(named.get() + 1);
            BatchId::from_uuid(uuid::Uuid::from_u128(named.get()))
        };
        let now = Timestamp::from_millis(0);
        let mut outbox = Outbox::default();
        assert!(outbox.is_empty() && outbox.next(2, now, name).is_none());
        outbox.put(vec![1, 2, 3]);
        let first = outbox.next(2, now, name).unwrap();
        assert_eq!((&first.rows, outbox.waiting()), (&vec![1, 2], 1));
        outbox.put(vec![4]);
        assert_eq!(outbox.next(2, now, name).unwrap(), first, "not confirmed");
        outbox.confirm();
        let second = outbox.next(2, now, name).unwrap();
        assert_eq!(second.rows, [3, 4]);
        assert_ne!(second.id, first.id);
        assert!(!outbox.is_empty());
        outbox.confirm();
        assert!(outbox.is_empty() && outbox.next(2, now, name).is_none());
        assert_eq!(named.get(), 2, "a name for each batch");
    }
}
