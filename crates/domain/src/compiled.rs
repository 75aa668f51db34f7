//! Access as bit sets over a catalogue, so that a decision is an AND.

use crate::access::{Access, Term};
use crate::catalogue::{Catalogue, Right};
use crate::decision::DemandError;
use crate::permission::{Pattern, Permission, Verb, VerbSet};

/// An [`Access`], compiled for one state of an organization's catalogue.
///
/// A permission that has been catalogued since has no bit here yet: it is matched by its pattern, with the
/// same outcome, until this is compiled anew.
#[derive(Debug, Clone)]
pub struct CompiledAccess {
    /// Bit `n` is set when the catalogue's permission `n` is matched by a term and has one of the verbs.
    bits: Box<[u64]>,
    /// How many of the bits mean something.
    known: u32,
    /// All terms; the loose ones first: patterns, and permissions that the catalogue does not know.
    terms: Box<[Term]>,
    loose: usize,
    verbs: VerbSet,
}

/// A permission that somebody demands, resolved against a catalogue.
#[derive(Debug, Clone)]
pub struct DemandedPermission<'a> {
    spelling: &'a str,
    parts: Parts,
}

#[derive(Debug, Clone)]
enum Parts {
    /// One permission that the catalogue knows: the usual case, resolved without allocating.
    Known(u32),
    /// Permissions that the catalogue does not know, other spellings, or `all`. Every one is needed.
    Patterns(Box<[(Pattern, Verb)]>),
}

impl<'a> DemandedPermission<'a> {
    /// Resolves `spelling`. Demanded is one permission or `all`, not a pattern.
    pub fn resolve(spelling: &'a str, catalogue: &Catalogue) -> Result<Self, DemandError> {
        if let Some(bit) = catalogue.bit(spelling) {
            return Ok(Self { spelling, parts: Parts::Known(bit) });
        }
        let permission: Permission = spelling.parse().map_err(DemandError::Permission)?;
        let mut parts = Vec::with_capacity(permission.patterns().len());
        for pattern in permission.patterns() {
            if !pattern.is_concrete() && *pattern != Pattern::All {
                return Err(DemandError::PatternDemanded);
            }
            parts.push((pattern.clone(), catalogue.verb(pattern)));
        }
        Ok(Self { spelling, parts: Parts::Patterns(parts.into()) })
    }

    /// As it was spelt.
    pub const fn spelling(&self) -> &'a str {
        self.spelling
    }
}

impl CompiledAccess {
    /// Compiles `access` for the present state of `catalogue`.
    pub fn new(access: &Access, catalogue: &Catalogue) -> Self {
        let entries = catalogue.entries();
        let mut bits = vec![0_u64; entries.len().div_ceil(64)];
        for (bit, entry) in entries.iter().enumerate() {
            let granted = access.terms().iter().any(|term| term.matches(&entry.pattern));
            if granted && access.verbs().contains(entry.verb) {
                bits[bit / 64] |= 1 << (bit % 64);
            }
        }
        let is_loose = |term: &Term| {
            !term.pattern().is_concrete() || catalogue.bit(&term.pattern().to_string()).is_none()
        };
        let (mut terms, catalogued): (Vec<Term>, Vec<Term>) =
            access.terms().iter().cloned().partition(is_loose);
        let loose = terms.len();
        terms.extend(catalogued);
        Self {
            bits: bits.into(),
            known: u32::try_from(entries.len()).expect("a catalogue has fewer than 2^32 permissions"),
            terms: terms.into(),
            loose,
            verbs: access.verbs(),
        }
    }

    /// Whether this and `ceiling` both allow what is demanded.
    pub fn allows(&self, ceiling: &Self, demanded: &DemandedPermission<'_>, catalogue: &Catalogue) -> bool {
        self.holds(demanded, catalogue) && ceiling.holds(demanded, catalogue)
    }

    /// Whether this and `ceiling` both allow a management permission.
    pub fn allows_right(&self, ceiling: &Self, right: Right) -> bool {
        // The `keywright` catalogue comes first in every catalogue, so the bit is always known.
        let (word, mask) = (right as usize / 64, 1_u64 << (right as usize % 64));
        self.bits[word] & ceiling.bits[word] & mask != 0
    }

    fn holds(&self, demanded: &DemandedPermission<'_>, catalogue: &Catalogue) -> bool {
        match &demanded.parts {
            Parts::Known(bit) if *bit < self.known => {
                self.bits[(*bit / 64) as usize] & (1 << (*bit % 64)) != 0
            }
            Parts::Known(bit) => {
                let entry = &catalogue.entries()[*bit as usize];
                self.holds_pattern(&entry.pattern, entry.verb)
            }
            Parts::Patterns(parts) => parts.iter().all(|(pattern, verb)| self.holds_pattern(pattern, *verb)),
        }
    }

    fn holds_pattern(&self, pattern: &Pattern, verb: Verb) -> bool {
        if *pattern == Pattern::All {
            return self.is_everything();
        }
        self.verbs.contains(verb) && self.terms.iter().any(|term| term.matches(pattern))
    }

    fn is_everything(&self) -> bool {
        let everything = Term::new(Pattern::All, true);
        self.verbs == VerbSet::ALL && self.loose().iter().any(|term| Some(term) == everything.as_ref())
    }

    /// Whether this and `ceiling` together leave some permission with this verb.
    pub fn allows_verb(&self, ceiling: &Self, verb: Verb, catalogue: &Catalogue) -> bool {
        if !self.verbs.contains(verb) || !ceiling.verbs.contains(verb) {
            return false;
        }
        let words = self.bits.iter().zip(&ceiling.bits).zip(catalogue.mask(verb));
        if words.into_iter().any(|((mine, theirs), mask)| mine & theirs & mask != 0) {
            return true;
        }
        // An open catalogue leaves room for permissions that it does not know.
        !catalogue.is_closed()
            && self.loose().iter().any(|mine| {
                ceiling
                    .loose()
                    .iter()
                    .filter_map(|theirs| mine.meet(theirs))
                    .any(|both| both.pattern().action().is_none_or(|action| Verb::of_action(action) == verb))
            })
    }

    fn loose(&self) -> &[Term] {
        &self.terms[..self.loose]
    }
}
