//! A key, as a list and its own page show it.

use std::collections::{HashMap, HashSet};

use keywright_domain::{KeyStatus, Timestamp, VerbSet};
use keywright_engine::{Actor, Engine, Error};
use keywright_store::{KeyListing, KeyOwner, StoredGrants};
use uuid::Uuid;

use crate::console::when::When;

/// A key.
pub(in crate::console) struct Row {
    pub(in crate::console) id: Uuid,
    pub(in crate::console) name: String,
    pub(in crate::console) prefix: Option<String>,
    pub(in crate::console) owner: String,
    pub(in crate::console) access: String,
    pub(in crate::console) status: &'static str,
    /// Whether it is in force and its end comes near.
    pub(in crate::console) ends_soon: bool,
    pub(in crate::console) last_used: Option<When>,
    pub(in crate::console) expires: Option<When>,
    pub(in crate::console) created: When,
}

/// From when on an end that comes near is worth a word, in milliseconds: a week.
const SOON_MS: i64 = 7 * 24 * 60 * 60 * 1000;

impl Row {
    pub(in crate::console) fn new(listing: &KeyListing, names: &OwnerNames, engine: &Engine) -> Self {
        let (key, now) = (&listing.key, engine.now());
        let status = engine.key_status(key);
        let ends_soon = status == KeyStatus::Active
            && key.expires_at.is_some_and(|at| at.as_millis() - now.as_millis() < SOON_MS);
        Self {
            id: key.id.uuid(),
            name: key.name.clone(),
            prefix: listing.shown_prefix.clone(),
            owner: names.of(key.owner),
            access: access(&key.grants, key.verbs, key.roles.len()),
            status: status.as_str(),
            ends_soon,
            last_used: listing.last_use.as_ref().map(|used| When::new(used.at, now)),
            expires: key.expires_at.map(|at| When::new(at, now)),
            created: When::new(key.created_at, now),
        }
    }
}

/// What a key may do, in a few words.
fn access(grants: &StoredGrants, verbs: VerbSet, roles: usize) -> String {
    let what = match (grants, roles) {
        (StoredGrants::Owner, _) => "Same as owner".to_owned(),
        (StoredGrants::Listed(listed), 0) => match listed.as_slice() {
            [] => "None".to_owned(),
            [one] => one.to_string(),
            [first, rest @ ..] => format!("{first} + {} more", rest.len()),
        },
        (StoredGrants::Listed(listed), _) => {
            let plural = if roles == 1 { "role" } else { "roles" };
            if listed.is_empty() {
                format!("{roles} {plural}")
            } else {
                format!("{} permissions, {roles} {plural}", listed.len())
            }
        }
    };
    match verbs {
        VerbSet::ALL => what,
        VerbSet::READ => format!("{what} (read only)"),
        some => {
            let words: Vec<String> = some.iter().map(|verb| verb.as_str().to_lowercase()).collect();
            format!("{what} ({})", words.join(", "))
        }
    }
}

/// Names of the owners of keys.
pub(in crate::console) struct OwnerNames(HashMap<KeyOwner, String>);

impl OwnerNames {
    /// The names of the owners of these keys.
    pub(in crate::console) async fn find(
        engine: &Engine,
        actor: &Actor,
        keys: &[KeyListing],
    ) -> Result<Self, Error> {
        let owners: HashSet<KeyOwner> = keys.iter().map(|listing| listing.key.owner).collect();
        engine.owner_names(actor, owners).await.map(Self)
    }

    pub(in crate::console) fn of(&self, owner: KeyOwner) -> String {
        self.0.get(&owner).cloned().unwrap_or_else(|| {
            let gone = match owner {
                KeyOwner::User(_) => "Former member",
                KeyOwner::ServiceAccount(_) => "Deleted service account",
            };
            gone.to_owned()
        })
    }
}

/// Whether a key was used within a day: whoever revokes it then may break something that runs.
pub(super) fn is_in_use(listing: &KeyListing, now: Timestamp) -> bool {
    const DAY: std::time::Duration = std::time::Duration::from_hours(24);
    listing.last_use.as_ref().is_some_and(|used| used.at.plus(DAY) > now)
}
