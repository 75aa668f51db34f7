//! Positions drawn at random, the same ones in every run.

/// Draws them (xorshift64: G. Marsaglia, "Xorshift RNGs", 2003).
pub(crate) struct Picks(u64);

impl Picks {
    pub(crate) const fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }

    pub(crate) fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % below as u64).expect("a remainder is below a usize")
    }
}
