//! Keys: made and read back.

use std::sync::Arc;

use super::world::World;
use crate::{Command, Store};

pub async fn a_key_is_stored_as_it_was_given(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let (mut key, secret) = (world.key(organization, owner), world.secret());
    let revision = world.done(Command::CreateKey { key: key.clone(), secret: secret.clone() }).await;
    key.revision = revision.unwrap();
    let listing = world.stored(&key).await;
    assert_eq!(listing.key, key);
    assert_eq!(listing.shown_prefix, secret.shown_prefix);
    assert_eq!(world.store.key_secrets(key.id).await.unwrap(), [secret]);
}
