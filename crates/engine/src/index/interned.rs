//! Values that are shared for as long as somebody holds them.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Weak};

/// Entries below which dead ones are not looked for.
const SWEEP_ABOVE: usize = 64;

/// Values by what they are made of. It keeps none of them alive.
pub(super) struct Interned<K, V> {
    known: HashMap<K, Weak<V>>,
    /// Dead entries are looked for when there are this many.
    sweep_at: usize,
}

impl<K, V> Default for Interned<K, V> {
    fn default() -> Self {
        Self { known: HashMap::new(), sweep_at: SWEEP_ABOVE }
    }
}

impl<K: Eq + Hash, V> Interned<K, V> {
    /// The value with this key, if somebody still holds it.
    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<Arc<V>>
    where
        K: Borrow<Q>,
    {
        self.known.get(key).and_then(Weak::upgrade)
    }

    /// Makes a value known.
    pub(super) fn insert(&mut self, key: K, value: &Arc<V>) {
        if self.known.len() >= self.sweep_at {
            self.known.retain(|_, value| value.strong_count() > 0);
            self.sweep_at = (self.known.len() * 2).max(SWEEP_ABOVE);
        }
        self.known.insert(key, Arc::downgrade(value));
    }

    /// The values that somebody holds.
    pub(super) fn live(&self) -> impl Iterator<Item = (&K, Arc<V>)> {
        self.known.iter().filter_map(|(key, value)| Some((key, value.upgrade()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_known_while_it_is_held() {
        let mut interned = Interned::default();
        let value = Arc::new(7);
        interned.insert("seven", &value);
        assert!(interned.get("seven").is_some_and(|known| Arc::ptr_eq(&known, &value)));
        drop(value);
        assert!(interned.get("seven").is_none());
        assert_eq!(interned.live().count(), 0);
    }

    #[test]
    fn dead_entries_are_swept_away() {
        let mut interned = Interned::default();
        let held = Arc::new(0);
        interned.insert(usize::MAX, &held);
        for key in 0..10_000 {
            interned.insert(key, &Arc::new(0));
        }
        assert!(interned.known.len() <= SWEEP_ABOVE, "{} entries are kept", interned.known.len());
        assert!(interned.get(&usize::MAX).is_some());
    }
}
