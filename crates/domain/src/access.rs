//! Access: which permissions with which verbs, and how two of them combine.

use std::collections::HashSet;

use crate::catalogue::{governing, is_governing};
use crate::permission::{Pattern, Permission, VerbSet};

/// What a key was given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Grants {
    /// Whatever its owner has, now and later.
    Owner,
    /// These, as they were spelt, and those of its roles.
    Listed(Vec<Permission>),
}

/// A set of permissions within an [`Access`]: a pattern, and whether it reaches the permissions that govern who may do
/// what (the `keywright` catalogue, and `adminUser.*` of the `immich` one).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    pattern: Pattern,
    /// Whether governing permissions are meant too. Kept false where the pattern
    /// matches none of them, so that equal sets compare equal.
    management: bool,
}

/// A set of permissions, each with its verb: the permissions that some term matches and whose verb is in `verbs`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Access {
    terms: Vec<Term>,
    verbs: VerbSet,
}

impl Term {
    /// A term; `None` when it would match nothing.
    pub fn new(pattern: Pattern, management: bool) -> Option<Self> {
        if pattern.is_concrete() {
            let ours = is_governing(&pattern);
            return (management || !ours).then_some(Self { pattern, management: ours });
        }
        let management = management && governing().any(|one| pattern.covers(one));
        Some(Self { pattern, management })
    }

    /// The pattern.
    pub const fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Whether the one permission `concrete` is meant.
    pub fn matches(&self, concrete: &Pattern) -> bool {
        // A term that names one permission, and is not for management, was made of one that does not govern.
        self.pattern.covers(concrete)
            && (self.management || self.pattern.is_concrete() || !is_governing(concrete))
    }

    /// Whether everything that `other` means is meant here too.
    pub fn covers(&self, other: &Self) -> bool {
        self.pattern.covers(&other.pattern) && (self.management || !other.management)
    }

    /// What both mean; `None` when that is nothing.
    pub fn meet(&self, other: &Self) -> Option<Self> {
        Self::new(self.pattern.meet(&other.pattern)?, self.management && other.management)
    }
}

impl Access {
    /// No access at all.
    pub const fn none() -> Self {
        Self { terms: Vec::new(), verbs: VerbSet::NONE }
    }

    /// Access out of terms. Costs the product of patterns and terms; a permission that is spelt out costs no more than
    /// the number of patterns.
    pub fn new(terms: impl IntoIterator<Item = Term>, verbs: VerbSet) -> Self {
        let (patterns, mut concrete): (Vec<Term>, Vec<Term>) =
            terms.into_iter().partition(|term| !term.pattern.is_concrete());
        let mut kept: Vec<Term> = Vec::new();
        for term in patterns {
            if !kept.iter().any(|old| old.covers(&term)) {
                kept.retain(|old| !term.covers(old));
                kept.push(term);
            }
        }
        let mut seen = HashSet::with_capacity(concrete.len());
        concrete.retain(|term| seen.insert(term.clone()) && !kept.iter().any(|pattern| pattern.covers(term)));
        kept.extend(concrete);
        Self { terms: kept, verbs }
    }

    /// Everything there is.
    pub fn everything() -> Self {
        Self::new(Term::new(Pattern::All, true), VerbSet::ALL)
    }

    /// The access of listed permissions.
    ///
    /// `patterns_reach_management` is false for a key that is made for a customer: there neither `all` nor a
    /// pattern ever includes the `keywright` catalogue, only a permission that is spelt out does.
    pub fn of_permissions<'a>(
        permissions: impl IntoIterator<Item = &'a Permission>,
        verbs: VerbSet,
        patterns_reach_management: bool,
    ) -> Self {
        let patterns = permissions.into_iter().flat_map(|permission| permission.patterns().iter().cloned());
        let terms = patterns.filter_map(|pattern| {
            let management = patterns_reach_management || pattern.is_concrete();
            Term::new(pattern, management)
        });
        Self::new(terms, verbs)
    }

    /// The terms; none covers another.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }

    /// The verbs.
    pub const fn verbs(&self) -> VerbSet {
        self.verbs
    }

    /// What both allow: how a ceiling bounds grants. Exact.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let pairs =
            self.terms.iter().flat_map(|mine| other.terms.iter().filter_map(|theirs| mine.meet(theirs)));
        Self::new(pairs, self.verbs.and(other.verbs))
    }

    /// Whether everything that `other` allows is allowed here too. May say no where only several terms together
    /// cover one of the other's (they would have to name all actions one by one): it never says yes wrongly.
    pub fn covers(&self, other: &Self) -> bool {
        self.verbs.covers(other.verbs) && self.first_uncovered(other).is_none()
    }

    /// A term of `other` that nothing here covers, verbs aside.
    pub fn first_uncovered<'a>(&self, other: &'a Self) -> Option<&'a Term> {
        other.terms.iter().find(|theirs| !self.terms.iter().any(|mine| mine.covers(theirs)))
    }

    /// The same permissions with these verbs.
    #[must_use]
    pub fn with_verbs(&self, verbs: VerbSet) -> Self {
        Self { terms: self.terms.clone(), verbs }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn access(permissions: &[&str], management: bool) -> Access {
        let permissions: Vec<Permission> = permissions.iter().map(|p| p.parse().unwrap()).collect();
        Access::of_permissions(&permissions, VerbSet::ALL, management)
    }

    #[test]
    fn a_customers_pattern_never_reaches_management() {
        let customer = access(&["all"], false);
        assert!(!customer.covers(&access(&["apiKey.create"], true)));
        assert!(!customer.covers(&access(&["apiKey.*"], true)));
        assert!(!customer.covers(&access(&["all"], true)));
        assert!(customer.covers(&access(&["asset.*", "asset.read"], true)));
        let spelt_out = access(&["all", "apiKey.read"], false);
        assert!(spelt_out.covers(&access(&["apiKey.read"], true)));
        assert!(!spelt_out.covers(&access(&["apiKey.create"], true)));
    }

    #[test]
    fn covered_terms_are_dropped() {
        assert_eq!(access(&["asset.read", "asset.*", "asset.read"], true).terms().len(), 1);
        assert_eq!(access(&["all", "asset.*", "apiKey.read"], true), Access::everything());
    }

    fn any_access() -> impl Strategy<Value = Access> {
        let word = prop_oneof![
            Just("all"),
            Just("asset.*"),
            Just("*.read"),
            Just("asset.read"),
            Just("album.delete"),
            Just("apiKey.*"),
            Just("apiKey.read"),
            Just("apiKey.create"),
            Just("*.*"),
        ];
        (proptest::collection::vec(word, 0..4), 0_u8..32, any::<bool>()).prop_map(
            |(words, verbs, management)| access(&words, management).with_verbs(VerbSet::from_bits(verbs)),
        )
    }

    fn any_permission() -> impl Strategy<Value = Pattern> {
        prop_oneof![
            Just("asset.read"),
            Just("asset.share"),
            Just("album.delete"),
            Just("apiKey.read"),
            Just("apiKey.create"),
            Just("member.read"),
            Just("one"),
        ]
        .prop_map(|word| word.parse::<Permission>().unwrap().patterns()[0].clone())
    }

    proptest! {
        #[test]
        fn a_meet_allows_exactly_what_both_allow(a in any_access(), b in any_access(), p in any_permission()) {
            let has = |x: &Access| x.terms().iter().any(|t| t.matches(&p));
            prop_assert_eq!(has(&a.meet(&b)), has(&a) && has(&b));
            prop_assert_eq!(a.meet(&b).verbs(), a.verbs().and(b.verbs()));
        }

        #[test]
        fn what_is_covered_is_never_more(a in any_access(), b in any_access(), p in any_permission()) {
            let has = |x: &Access| x.terms().iter().any(|t| t.matches(&p));
            if a.covers(&b) {
                prop_assert!(!has(&b) || has(&a));
                prop_assert!(a.verbs().covers(b.verbs()));
            }
            prop_assert!(a.covers(&a.meet(&b)));
        }
    }
}
