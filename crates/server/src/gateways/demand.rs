//! What a request must be allowed.

use keywright_engine::Cost;

/// The most permissions of a kind in one demand.
pub(crate) const MAX_NAMES: usize = 16;

/// As many permissions as most ask for.
const FEW: usize = 3;

/// Some permissions. This is made for every request, so it is small, and a few of them are held without allocating.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names<'a> {
    few: [&'a str; FEW],
    count: usize,
    /// All of them, where they are more than a few.
    many: Vec<&'a str>,
}

/// More permissions than one demand may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

impl<'a> Names<'a> {
    /// Adds a name unless it is there.
    pub(crate) fn push(&mut self, name: &'a str) -> Result<(), TooMany> {
        if self.as_slice().contains(&name) {
            return Ok(());
        }
        if self.count == MAX_NAMES {
            return Err(TooMany);
        }
        match self.few.get_mut(self.count) {
            Some(place) => *place = name,
            None => {
                if self.many.is_empty() {
                    self.many.extend(self.few);
                }
                self.many.push(name);
            }
        }
        self.count += 1;
        Ok(())
    }

    pub(crate) fn as_slice(&self) -> &[&'a str] {
        if self.many.is_empty() { &self.few[..self.count] } else { &self.many }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// The demand, and what the request costs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Demand<'a> {
    /// Permissions that are all needed.
    pub(crate) all: Names<'a>,
    /// Permissions of which one is needed.
    pub(crate) any: Names<'a>,
    /// A method, of whose verb some permission is needed.
    pub(crate) method: Option<&'a str>,
    /// Credits that the request costs, where that is said.
    pub(crate) credits: Option<u64>,
}

impl Demand<'_> {
    /// Whether nothing but a valid key is demanded.
    pub(crate) const fn is_empty(&self) -> bool {
        self.all.is_empty() && self.any.is_empty() && self.method.is_none()
    }

    pub(crate) fn cost(&self) -> Cost<'static> {
        self.credits.map_or_else(Cost::default, |credits| Cost { credits, ..Cost::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_once_and_are_few() {
        let mut names = Names::default();
        assert!(names.is_empty());
        let words: Vec<String> = (0..=MAX_NAMES).map(|n| format!("a.{n}")).collect();
        for word in &words[..MAX_NAMES] {
            names.push(word).unwrap();
            names.push(word).unwrap();
        }
        assert_eq!(names.as_slice().len(), MAX_NAMES);
        assert_eq!(names.push(&words[MAX_NAMES]), Err(TooMany));
    }
}
