//! Prefixes that some key has.

use std::collections::HashSet;
use std::sync::OnceLock;

use arc_swap::ArcSwap;
use keywright_domain::KeyPrefix;

/// Prefixes, only ever added to. Every verification looks here, and most servers have one prefix: the first is found
/// without a write.
#[derive(Default)]
pub(super) struct Prefixes {
    first: OnceLock<KeyPrefix>,
    others: ArcSwap<HashSet<Box<str>>>,
}

impl Prefixes {
    pub(super) fn contain(&self, prefix: &str) -> bool {
        self.first.get().is_some_and(|first| first.as_str() == prefix) || self.others.load().contains(prefix)
    }

    /// Adds a prefix unless it is there.
    pub(super) fn add(&self, prefix: &KeyPrefix) {
        if self.first.get_or_init(|| prefix.clone()) != prefix && !self.contain(prefix.as_str()) {
            self.others.rcu(|others| {
                let mut others = others.as_ref().clone();
                others.insert(prefix.as_str().into());
                others
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_there_whoever_adds_it() {
        let prefixes = Prefixes::default();
        assert!(!prefixes.contain("kw"));
        let parse = |text: &str| text.parse::<KeyPrefix>().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope
                    .spawn(|| ["kw", "sk_live", "kw", "b3"].iter().for_each(|one| prefixes.add(&parse(one))));
            }
        });
        assert!(["kw", "sk_live", "b3"].iter().all(|one| prefixes.contain(one)));
        assert!(!prefixes.contain("sk"));
        assert_eq!(prefixes.others.load().len(), 2);
    }
}
