//! What a key, a service account or a role may do, permission by permission, for people.

use keywright_domain::{Access, Catalogue, MemberRole, Pattern, Permission, Right, Term, Verb, VerbSet};
use keywright_store::{KeyRecord, StoredGrants};

use crate::Engine;
use crate::accounts::PermissionView;
use crate::actor::Actor;
use crate::error::Error;
use crate::index::PolicySource;
use crate::keys::{no_such_key, require_key_reach};

/// Whether something that was given can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It can.
    Allowed,
    /// A pattern of which the owner has a part.
    PartlyAllowed,
    /// It cannot: the owner does not have it.
    BeyondOwner,
    /// It cannot: its verb was not given.
    OtherVerb,
}

/// A permission of the catalogue that was given.
#[derive(Debug, Clone)]
pub struct ExplainedPermission {
    /// The permission.
    pub permission: PermissionView,
    /// Whether it can be used.
    pub standing: Standing,
}

/// A pattern that was given, or a permission that the catalogue does not know.
#[derive(Debug, Clone)]
pub struct ExplainedPattern {
    /// In its plain spelling, such as `invoice.*`.
    pub spelling: String,
    /// Whether it can be used.
    pub standing: Standing,
}

/// What was given, permission by permission.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// Whether it is everything that there is.
    pub is_everything: bool,
    /// Those that the catalogue knows, in its order.
    pub known: Vec<ExplainedPermission>,
    /// What reaches beyond the catalogue.
    pub others: Vec<ExplainedPattern>,
}

impl Engine {
    /// What a key may do now, and what its owner's own rights take away from what it was given. Needs `apiKey.read`
    /// and to reach the key.
    pub fn explain_key(&self, actor: &Actor, key: &KeyRecord) -> Result<Explanation, Error> {
        actor.require(Right::ApiKeyRead)?;
        if key.organization != actor.organization_id() {
            return Err(no_such_key());
        }
        require_key_reach(actor, key)?;
        let organization = &actor.organization;
        let ceiling = organization.owner(key.owner).map_or_else(Access::none, |owner| {
            // Loaded once: what is given and what bounds it must be of one moment.
            owner.ceiling().access.clone()
        });
        let given = match key.grants {
            StoredGrants::Owner => ceiling.with_verbs(key.verbs),
            StoredGrants::Listed(_) => PolicySource::of(key).access(organization),
        };
        Ok(explain(&given, &ceiling, &organization.catalogue()))
    }

    /// What listed permissions come to, for an owner of whom they are all. Needs `catalogue.read`.
    pub fn explain_permissions(
        &self,
        actor: &Actor,
        permissions: &[Permission],
    ) -> Result<Explanation, Error> {
        actor.require(Right::CatalogueRead)?;
        let access = Access::of_permissions(permissions, VerbSet::ALL, true);
        Ok(explain(&access, &access, &actor.organization.catalogue()))
    }

    /// What a member's role comes to. Needs `catalogue.read`.
    pub fn explain_role(&self, actor: &Actor, role: MemberRole) -> Result<Explanation, Error> {
        actor.require(Right::CatalogueRead)?;
        let access = role.ceiling();
        Ok(explain(&access, &access, &actor.organization.catalogue()))
    }
}

fn explain(given: &Access, ceiling: &Access, catalogue: &Catalogue) -> Explanation {
    let meant = |access: &Access, pattern: &Pattern| access.terms().iter().any(|term| term.matches(pattern));
    let standing = |pattern: &Pattern, verb: Verb| {
        if !given.verbs().contains(verb) {
            Standing::OtherVerb
        } else if !ceiling.verbs().contains(verb) || !meant(ceiling, pattern) {
            Standing::BeyondOwner
        } else {
            Standing::Allowed
        }
    };
    let known = catalogue.entries().iter().filter(|entry| meant(given, &entry.pattern)).map(|entry| {
        let permission = PermissionView {
            name: entry.name.to_string(),
            verb: entry.verb,
            description: entry.description.to_string(),
            built_in: !catalogue.is_own(&entry.name),
        };
        ExplainedPermission { permission, standing: standing(&entry.pattern, entry.verb) }
    });
    let is_known = |term: &Term| catalogue.bit(&term.pattern().to_string()).is_some();
    let others = given.terms().iter().filter(|term| !is_known(term)).map(|term| {
        let pattern = term.pattern();
        let standing = if pattern.is_concrete() {
            standing(pattern, catalogue.verb(pattern))
        } else if ceiling.terms().iter().any(|theirs| theirs.covers(term)) {
            Standing::Allowed
        } else if ceiling.terms().iter().any(|theirs| theirs.meet(term).is_some()) {
            Standing::PartlyAllowed
        } else {
            Standing::BeyondOwner
        };
        ExplainedPattern { spelling: pattern.to_string(), standing }
    });
    let effective = given.meet(ceiling);
    Explanation {
        is_everything: effective.covers(&Access::everything()),
        known: known.collect(),
        others: others.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(permissions: &[&str], verbs: VerbSet) -> Access {
        let permissions: Vec<Permission> = permissions.iter().map(|text| text.parse().unwrap()).collect();
        Access::of_permissions(&permissions, verbs, true)
    }

    #[test]
    fn what_is_taken_away_says_by_what() {
        let catalogue = Catalogue::default();
        let given =
            access(&["apiKey.read", "apiKey.create", "member.read", "invoice.*", "led.blink"], VerbSet::READ);
        let ceiling = access(&["apiKey.*", "invoice.send", "lamp.*"], VerbSet::ALL);
        let explained = explain(&given, &ceiling, &catalogue);
        let known: Vec<_> =
            explained.known.iter().map(|one| (one.permission.name.as_str(), one.standing)).collect();
        assert_eq!(
            known,
            [
                ("apiKey.create", Standing::OtherVerb),
                ("apiKey.read", Standing::Allowed),
                ("member.read", Standing::BeyondOwner),
            ]
        );
        let others: Vec<_> =
            explained.others.iter().map(|one| (one.spelling.as_str(), one.standing)).collect();
        assert_eq!(others, [("invoice.*", Standing::PartlyAllowed), ("led.blink", Standing::OtherVerb)]);
        assert!(!explained.is_everything);
    }

    #[test]
    fn everything_is_said_to_be_everything() {
        let everything = Access::everything();
        let explained = explain(&everything, &everything, &Catalogue::default());
        assert!(explained.is_everything && explained.known.len() > 100);
        assert!(explained.known.iter().all(|one| one.standing == Standing::Allowed));
        assert_eq!(explained.others[0].spelling, "all");
    }

    #[test]
    fn every_role_is_explained_as_its_ceiling_says() {
        let catalogue = Catalogue::default();
        for role in MemberRole::ALL {
            let ceiling = role.ceiling();
            let explained = explain(&ceiling, &ceiling, &catalogue);
            let may = |name: &str| {
                explained
                    .known
                    .iter()
                    .any(|one| one.permission.name == name && one.standing == Standing::Allowed)
            };
            assert!(may("apiKey.read"), "{role:?}");
            assert_eq!(may("apiKey.create"), role >= MemberRole::Developer, "{role:?}");
            assert_eq!(may("organization.delete"), role == MemberRole::Owner, "{role:?}");
        }
    }
}
