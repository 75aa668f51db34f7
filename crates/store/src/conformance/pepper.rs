//! The check value of the pepper.

use std::sync::Arc;

use super::world::World;
use crate::{Command, LinkPurpose, Store};

pub async fn the_first_check_value_stays(store: Arc<dyn Store>) {
    assert_eq!(store.pepper_check(None).await.unwrap(), None);
    assert_eq!(store.pepper_check(Some([1; 32])).await.unwrap(), Some([1; 32]));
    assert_eq!(store.pepper_check(Some([2; 32])).await.unwrap(), Some([1; 32]));
    assert_eq!(store.pepper_check(None).await.unwrap(), Some([1; 32]));
}

pub async fn a_store_that_holds_digests_takes_no_new_check_value(store: Arc<dyn Store>) {
    let world = World::new(store);
    let organization = world.add_organization().await.id;
    let link = world.link(organization, LinkPurpose::SetUp);
    world.done(Command::CreateLinkToken(link)).await;
    assert_eq!(world.store.pepper_check(Some([1; 32])).await.unwrap(), None);
    assert_eq!(world.store.pepper_check(None).await.unwrap(), None);
}
