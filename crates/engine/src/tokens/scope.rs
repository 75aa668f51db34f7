//! What a key may do now, as words of an OAuth scope.
//!
//! Whoever reads a scope knows no verbs, no owner and no catalogue: a word stands there only where it is true by itself.

use keywright_domain::{Access, Catalogue, DemandedPermission, Permission, Term, VerbSet};
use keywright_store::StoredGrants;

use crate::index::{OwnerState, Policy};

/// What a key may do now, in words.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    /// Each once. Permissions that were granted by name stand as they were spelt.
    pub(crate) words: Vec<String>,
    /// Whether something was granted by a pattern, or as what the owner has, so that the words are not all.
    pub(crate) is_open: bool,
}

/// Whether a key has one permission, named, now.
pub(crate) fn holds(policy: &Policy, owner: &OwnerState, name: &str) -> bool {
    let catalogue = owner.organization.catalogue();
    let Ok(demanded) = DemandedPermission::resolve(name, &catalogue) else { return false };
    policy.compiled().allows(&owner.ceiling().compiled, &demanded, &catalogue)
}

/// Everything that a key may do now.
///
/// Granted by name: the name, if the key's verbs and its owner allow it. Granted by a pattern: the pattern, where the
/// verbs take nothing of it away; and each permission of the organization's own catalogue that it comes to.
pub(crate) fn scope(policy: &Policy, owner: &OwnerState) -> Scope {
    let organization = &owner.organization;
    let (ceiling, catalogue) = (owner.ceiling(), organization.catalogue());
    let effective = policy.access(organization).meet(&ceiling.access);
    let mut scope = Scope::default();
    let add = |word: &str, words: &mut Vec<String>| {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    };
    let mut spelt = Access::none();
    if let StoredGrants::Listed(listed) = &policy.source.grants {
        let of_roles = organization.permissions_of(&policy.source.roles);
        let is_held = |it: &&Permission| is_concrete(it) && holds(policy, owner, it.as_str());
        let by_name: Vec<&Permission> = listed.iter().chain(&of_roles).filter(is_held).collect();
        for permission in &by_name {
            add(permission.as_str(), &mut scope.words);
        }
        spelt = Access::of_permissions(by_name, VerbSet::ALL, true);
    } else {
        scope.is_open = true;
    }
    for term in effective.terms() {
        let name = term.pattern().to_string();
        if term.pattern().is_concrete() {
            // One that stands there already, in its own spelling, is not said again.
            let is_said = spelt.terms().iter().any(|said| said.covers(term));
            if !is_said && holds(policy, owner, &name) {
                add(&name, &mut scope.words);
            }
            continue;
        }
        scope.is_open = true;
        if effective.verbs() == VerbSet::ALL && says_what_it_means(term) {
            add(&name, &mut scope.words);
        }
        for own in own_permissions(&catalogue, term) {
            if holds(policy, owner, own) {
                add(own, &mut scope.words);
            }
        }
    }
    scope
}

fn is_concrete(permission: &Permission) -> bool {
    permission.patterns().iter().all(keywright_domain::Pattern::is_concrete)
}

/// Whether a pattern, read by somebody else, means no more than the term: a customer's `all` stops short of the
/// permissions that govern.
fn says_what_it_means(term: &Term) -> bool {
    Term::new(term.pattern().clone(), true).as_ref() == Some(term)
}

fn own_permissions<'a>(catalogue: &'a Catalogue, term: &'a Term) -> impl Iterator<Item = &'a str> {
    catalogue.own().iter().filter(|entry| term.matches(&entry.pattern)).map(|entry| &*entry.name)
}
