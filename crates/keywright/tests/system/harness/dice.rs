//! Chance that can be repeated.

/// A generator of numbers (`SplitMix64`), the same ones for the same seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// Takes one out of a list.
    pub(crate) fn take<T>(&mut self, items: &mut Vec<T>) -> Option<T> {
        let count = u64::try_from(items.len()).ok().filter(|&count| count > 0)?;
        let index = usize::try_from(self.below(count)).ok()?;
        Some(items.swap_remove(index))
    }
}
