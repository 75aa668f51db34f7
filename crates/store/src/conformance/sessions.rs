//! Sessions.

use std::sync::Arc;

use super::world::{World, nobody};
use crate::{Applied, Command, Refusal, Session, Store, UniqueField};

async fn add(world: &World, user: keywright_domain::UserId) -> Session {
    let session = world.session(user);
    assert_eq!(world.done(Command::CreateSession(session.clone())).await, None, "it takes no revision");
    session
}

async fn is_there(world: &World, session: &Session) -> bool {
    world.store.session(session.digest).await.unwrap().is_some()
}

pub async fn a_session_is_stored_as_it_was_given(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.add_user().await.id;
    let full = add(&world, user).await;
    assert_eq!(world.store.session(full.digest).await.unwrap(), Some(full));
    let bare = Session { address: None, agent: None, ..world.session(user) };
    world.done(Command::CreateSession(bare.clone())).await;
    assert_eq!(world.store.session(bare.digest).await.unwrap(), Some(bare));
    assert_eq!(world.store.session(world.digest()).await.unwrap(), None);
}

pub async fn a_session_needs_its_user_and_a_token_of_its_own(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.add_user().await.id;
    let session = add(&world, user).await;
    assert_eq!(world.one(Command::CreateSession(world.session(nobody()))).await, Err(Refusal::NotFound));
    let twin = Session { digest: session.digest, ..world.session(user) };
    assert_eq!(world.one(Command::CreateSession(twin)).await, Err(Refusal::NotUnique(UniqueField::Token)));
    let twin = Session { id: session.id, ..world.session(user) };
    assert_eq!(world.one(Command::CreateSession(twin)).await, Err(Refusal::NotUnique(UniqueField::Identity)));
}

pub async fn sessions_end(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (user, other) = (world.add_user().await.id, world.add_user().await.id);
    let mut sessions = Vec::new();
    for user in [user, user, user, other] {
        sessions.push(add(&world, user).await);
    }
    assert_eq!(world.one(Command::DeleteSession(sessions[0].id)).await, Ok(Applied::Done));
    assert_eq!(
        world.one(Command::DeleteSession(sessions[0].id)).await,
        Ok(Applied::Done),
        "it is gone already"
    );
    assert!(!is_there(&world, &sessions[0]).await && is_there(&world, &sessions[1]).await);
    let delete = |except| Command::DeleteSessionsOf { user, except };
    assert_eq!(world.one(delete(Some(sessions[1].id))).await, Ok(Applied::Count(1)));
    assert!(is_there(&world, &sessions[1]).await && !is_there(&world, &sessions[2]).await);
    assert_eq!(world.one(delete(None)).await, Ok(Applied::Count(1)));
    assert_eq!(world.one(delete(None)).await, Ok(Applied::Count(0)));
    assert!(is_there(&world, &sessions[3]).await, "another person's");
}
