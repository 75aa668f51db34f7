//! A key, as it is answered: these five fields and no other, ever.

use keywright_domain::{Timestamp, VerbSet, immich_permissions};
use keywright_engine::{Actor, Engine};
use keywright_store::{KeyListing, KeyRecord, StoredGrants};
use serde::Serialize;
use uuid::Uuid;

use super::super::fields::is_known;

/// A key.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApiKey {
    id: Uuid,
    name: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    permissions: Vec<String>,
}

impl ApiKey {
    pub(super) fn of(engine: &Engine, actor: &Actor, listing: KeyListing) -> Self {
        let permissions = permissions(engine, actor, &listing.key);
        let key = listing.key;
        Self {
            id: key.id.uuid(),
            name: key.name,
            created_at: key.created_at,
            updated_at: key.updated_at,
            permissions,
        }
    }
}

/// As they were sent, where they are of the enumeration. Of a key that was made otherwise, those of the enumeration that it
/// was given: this system's clients know no others.
fn permissions(engine: &Engine, actor: &Actor, key: &KeyRecord) -> Vec<String> {
    if let StoredGrants::Listed(listed) = &key.grants {
        let is_ours = key.verbs == VerbSet::ALL
            && key.roles.is_empty()
            && listed.iter().all(|permission| is_known(permission.as_str()));
        if is_ours {
            return listed.iter().map(|permission| permission.as_str().to_owned()).collect();
        }
    }
    let given = engine.given_among(actor, key, immich_permissions());
    match given.first() {
        // `all` says the rest.
        Some(&"all") => vec!["all".to_owned()],
        _ => given.into_iter().map(str::to_owned).collect(),
    }
}
