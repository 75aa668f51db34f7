//! What the owners of keys are called.

use std::collections::HashMap;

use keywright_domain::Right;
use keywright_store::KeyOwner;

use crate::Engine;
use crate::actor::Actor;
use crate::error::Error;

impl Engine {
    /// The names of owners of keys in the caller's organization, for whoever may see those keys: needs `apiKey.read`. One
    /// that is gone for good has none. Each is a read of its own: meant for a page of keys.
    pub async fn owner_names(
        &self,
        actor: &Actor,
        owners: impl IntoIterator<Item = KeyOwner> + Send,
    ) -> Result<HashMap<KeyOwner, String>, Error> {
        actor.require(Right::ApiKeyRead)?;
        let organization = actor.organization_id();
        let wanted: Vec<KeyOwner> = owners.into_iter().collect();
        let mut names = HashMap::new();
        for owner in wanted {
            if names.contains_key(&owner) || !(actor.reaches_all_keys() || owner == actor.principal()) {
                continue;
            }
            let name = match owner {
                KeyOwner::ServiceAccount(id) => {
                    self.store.service_account(organization, id).await?.map(|account| account.name)
                }
                KeyOwner::User(id) => match self.store.member_of_user(organization, id).await? {
                    Some(member) => Some(member.user_name),
                    None => None,
                },
            };
            if let Some(name) = name {
                names.insert(owner, name);
            }
        }
        Ok(names)
    }
}
