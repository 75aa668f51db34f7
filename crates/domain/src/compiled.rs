//! Access as bit sets over a catalogue, so that a decision is an AND.

use std::sync::Arc;

use crate::access::{Access, Term};
use crate::catalogue::{Catalogue, Right};
use crate::decision::DemandError;
use crate::permission::{MAX_CHARS, Pattern, Permission, PermissionError, Verb, VerbSet};

/// An [`Access`], compiled for one state of an organization's catalogue.
///
/// Beside another state the bits mean nothing: permissions are then matched by their patterns, with the same outcome,
/// until this is compiled anew.
#[derive(Debug, Clone)]
pub struct CompiledAccess {
    /// Bit `n` is set when the catalogue's permission `n` is matched by a term and has one of the verbs.
    bits: Box<[u64]>,
    /// What the bits were made for.
    catalogue: Arc<Catalogue>,
    /// All terms; the loose ones first: patterns, and permissions that the catalogue does not know.
    terms: Box<[Term]>,
    loose: usize,
    verbs: VerbSet,
}

/// Management permissions.
#[derive(Debug, Clone, Copy, Default)]
pub struct RightSet(u64);

impl RightSet {
    /// Whether it has this one.
    pub const fn contains(self, right: Right) -> bool {
        const { assert!(Right::ALL.len() < 64, "they have one word") };
        self.0 & (1 << right as u32) != 0
    }
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
    Patterns(Arc<[(Pattern, Verb)]>),
}

impl<'a> DemandedPermission<'a> {
    /// Resolves `spelling`. Demanded is one permission or `all`, not a pattern.
    pub fn resolve(spelling: &'a str, catalogue: &Catalogue) -> Result<Self, DemandError> {
        // Before all of it is hashed: it is a stranger's.
        if spelling.len() > MAX_CHARS {
            return Err(DemandError::Permission(PermissionError::TooLong));
        }
        if let Some(bit) = catalogue.bit(spelling) {
            return Ok(Self { spelling, parts: Parts::Known(bit) });
        }
        let parts = catalogue.recall(spelling, || {
            let permission: Permission = spelling.parse().map_err(DemandError::Permission)?;
            let part = |pattern: &Pattern| {
                let is_one = pattern.is_concrete() || *pattern == Pattern::All;
                is_one.then(|| (pattern.clone(), catalogue.verb(pattern))).ok_or(DemandError::PatternDemanded)
            };
            permission.patterns().iter().map(part).collect()
        })?;
        Ok(Self { spelling, parts: Parts::Patterns(parts) })
    }

    /// As it was spelt.
    pub const fn spelling(&self) -> &'a str {
        self.spelling
    }
}

impl CompiledAccess {
    /// Compiles `access` for the present state of `catalogue`.
    pub fn new(access: &Access, catalogue: &Arc<Catalogue>) -> Self {
        let entries = catalogue.entries();
        let mut bits = vec![0_u64; entries.len().div_ceil(64)];
        let mut set = |bit: usize| {
            if access.verbs().contains(entries[bit].verb) {
                bits[bit / 64] |= 1 << (bit % 64);
            }
        };
        for term in access.terms() {
            if term.pattern().is_concrete() {
                // A term that means a governing permission at all means it whole.
                if let Some(bit) = catalogue.bit(&term.pattern().to_string()) {
                    set(bit as usize);
                }
            } else {
                let matched = entries.iter().enumerate().filter(|(_, entry)| term.matches(&entry.pattern));
                matched.for_each(|(bit, _)| set(bit));
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
            catalogue: Arc::clone(catalogue),
            terms: terms.into(),
            loose,
            verbs: access.verbs(),
        }
    }

    /// Whether this and `ceiling` both allow what is demanded.
    pub fn allows(
        &self,
        ceiling: &Self,
        demanded: &DemandedPermission<'_>,
        catalogue: &Arc<Catalogue>,
    ) -> bool {
        self.holds(demanded, catalogue) && ceiling.holds(demanded, catalogue)
    }

    /// Whether this and `ceiling` both allow a management permission.
    pub fn allows_right(&self, ceiling: &Self, right: Right) -> bool {
        self.rights(ceiling).contains(right)
    }

    /// The management permissions that this and `ceiling` both allow.
    pub fn rights(&self, ceiling: &Self) -> RightSet {
        // The `keywright` catalogue comes first in every catalogue, so their bits are always known.
        const RIGHTS: u64 = (1 << Right::ALL.len()) - 1;
        RightSet(self.bits[0] & ceiling.bits[0] & RIGHTS)
    }

    fn holds(&self, demanded: &DemandedPermission<'_>, catalogue: &Arc<Catalogue>) -> bool {
        match &demanded.parts {
            Parts::Known(bit) if Arc::ptr_eq(&self.catalogue, catalogue) => {
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
    pub fn allows_verb(&self, ceiling: &Self, verb: Verb, catalogue: &Arc<Catalogue>) -> bool {
        if !self.verbs.contains(verb) || !ceiling.verbs.contains(verb) {
            return false;
        }
        let is_current =
            Arc::ptr_eq(&self.catalogue, catalogue) && Arc::ptr_eq(&ceiling.catalogue, catalogue);
        let of_catalogue = if is_current {
            let mut words = self.bits.iter().zip(&ceiling.bits).zip(catalogue.mask(verb));
            words.any(|((mine, theirs), mask)| mine & theirs & mask != 0)
        } else {
            let mut entries = catalogue.entries().iter().filter(|entry| entry.verb == verb);
            entries.any(|entry| {
                self.holds_pattern(&entry.pattern, verb) && ceiling.holds_pattern(&entry.pattern, verb)
            })
        };
        if of_catalogue || catalogue.is_closed() {
            return of_catalogue;
        }
        // An open catalogue leaves room for permissions that it does not know.
        let (mine, theirs) =
            if is_current { (self.loose(), ceiling.loose()) } else { (&*self.terms, &*ceiling.terms) };
        mine.iter().any(|one| {
            theirs.iter().filter_map(|other| one.meet(other)).any(|both| may_have(&both, verb, catalogue))
        })
    }

    fn loose(&self) -> &[Term] {
        &self.terms[..self.loose]
    }
}

/// Whether some permission that a term matches may have a verb.
fn may_have(term: &Term, verb: Verb, catalogue: &Catalogue) -> bool {
    let pattern = term.pattern();
    if pattern.is_concrete() {
        return catalogue.verb(pattern) == verb;
    }
    pattern.action().is_none_or(|action| Verb::of_action(action) == verb)
}
