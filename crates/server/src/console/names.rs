//! What owners of keys are called, beside what they did or were counted for.

use std::collections::{HashMap, HashSet};

use keywright_engine::{Actor, Engine, Error};
use keywright_store::KeyOwner;

/// Names of owners; ids for whoever may not see keys.
pub(super) struct Names(HashMap<KeyOwner, String>);

impl Names {
    pub(super) async fn find(
        engine: &Engine,
        actor: &Actor,
        owners: impl Iterator<Item = KeyOwner>,
    ) -> Result<Self, Error> {
        let owners: HashSet<KeyOwner> = owners.collect();
        match engine.owner_names(actor, owners).await {
            Ok(names) => Ok(Self(names)),
            Err(Error::Forbidden { .. }) => Ok(Self(HashMap::new())),
            Err(error) => Err(error),
        }
    }

    /// The name, or the id where it is not known.
    pub(super) fn of(&self, owner: KeyOwner) -> String {
        self.0.get(&owner).cloned().unwrap_or_else(|| owner.uuid().to_string())
    }
}
