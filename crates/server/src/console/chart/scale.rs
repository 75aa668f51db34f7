//! The height of a chart: round numbers up its side.

/// Steps up the side at most.
const MAX_STEPS: u64 = 4;

/// From nothing to a round number that all values are within.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scale {
    step: u64,
    steps: u64,
}

impl Scale {
    /// The lowest scale in few steps of 1, 2 or 5 times a power of ten.
    pub(super) fn up_to(highest: u64) -> Self {
        let mut power = 1_u64;
        loop {
            for factor in [1, 2, 5] {
                let step = power.saturating_mul(factor);
                let steps = highest.div_ceil(step).max(1);
                if steps <= MAX_STEPS {
                    return Self { step, steps };
                }
            }
            power = power.saturating_mul(10);
        }
    }

    /// The numbers up the side, from nothing on.
    pub(super) fn marks(self) -> impl Iterator<Item = u64> {
        (0..=self.steps).map(move |at| at.saturating_mul(self.step))
    }

    /// What part of the height a value takes: 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a pixel is far less precise than a float")]
    pub(super) fn part(self, value: u64) -> f64 {
        value as f64 / (self.step as f64 * self.steps as f64)
    }
}

/// A number as there is room for it beside a chart: `950`, `1.5k`, `20M`.
pub(in crate::console) fn short(number: u64) -> String {
    for (unit, letter) in [(1_000_000_000_000, "T"), (1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")] {
        if number >= unit {
            let tenths = number / (unit / 10);
            let (whole, tenth) = (grouped(tenths / 10), tenths % 10);
            return if tenth == 0 { format!("{whole}{letter}") } else { format!("{whole}.{tenth}{letter}") };
        }
    }
    number.to_string()
}

/// A number with its thousands apart: `1,234,567`.
pub(in crate::console) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut said = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            said.push(',');
        }
        said.push(digit);
    }
    said
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_side_has_few_and_round_numbers() {
        let marks = |highest| Scale::up_to(highest).marks().collect::<Vec<_>>();
        assert_eq!(marks(0), [0, 1], "an empty chart is one high, and not nothing");
        assert_eq!(marks(1), [0, 1]);
        assert_eq!(marks(3), [0, 1, 2, 3]);
        assert_eq!(marks(7), [0, 2, 4, 6, 8]);
        assert_eq!(marks(11), [0, 5, 10, 15]);
        assert_eq!(marks(980), [0, 500, 1000]);
        assert_eq!(marks(1_001), [0, 500, 1_000, 1_500]);
        assert_eq!(marks(40), [0, 10, 20, 30, 40]);
    }

    #[test]
    fn numbers_are_said_in_the_room_there_is() {
        for (number, said) in [(0, "0"), (999, "999"), (1_000, "1k"), (1_590, "1.5k"), (20_000_000, "20M")] {
            assert_eq!(short(number), said);
        }
        assert_eq!(short(u64::MAX), "18,446,744T");
        for (number, said) in [(7, "7"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), said);
        }
    }

    proptest! {
        #[test]
        fn every_value_is_within_the_height(highest in 0..=u64::MAX / 20) {
            let scale = Scale::up_to(highest);
            prop_assert!((0.0..=1.0).contains(&scale.part(highest)));
            prop_assert!(scale.marks().count() <= 5);
            prop_assert!(scale.marks().last() >= Some(highest));
        }
    }
}
