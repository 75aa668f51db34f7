//! Sessions.

use std::sync::Arc;

use super::world::{World, later, nobody};
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
    let bare = Session { address: None, agent: None, last_seen_at: Some(later(7)), ..world.session(user) };
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

pub async fn sessions_are_told_newest_first_and_of_one_person(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (user, other) = (world.add_user().await.id, world.add_user().await.id);
    assert_eq!(world.store.sessions_of(user, 10).await.unwrap(), []);
    let mut begun = Vec::new();
    for seconds in [2, 3, 1] {
        let session = Session { created_at: later(seconds), ..world.session(user) };
        world.done(Command::CreateSession(session.clone())).await;
        begun.push(session);
    }
    add(&world, other).await;
    let [second, third, first] = begun.try_into().unwrap();
    let told = world.store.sessions_of(user, 10).await.unwrap();
    assert_eq!(told, [third.clone(), second.clone(), first]);
    assert_eq!(world.store.sessions_of(user, 2).await.unwrap(), [third, second]);
}

pub async fn a_session_is_last_seen_when_it_was_seen_last(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.add_user().await.id;
    let (session, other) = (add(&world, user).await, add(&world, user).await);
    for (seconds, seen) in [(5, 5), (3, 5), (9, 9)] {
        let note = Command::NoteSession { id: session.id, at: later(seconds) };
        assert_eq!(world.done(note).await, None, "it takes no revision");
        let stored = world.store.session(session.digest).await.unwrap().unwrap();
        assert_eq!(stored.last_seen_at, Some(later(seen)));
    }
    assert_eq!(world.store.session(other.digest).await.unwrap(), Some(other));
    let gone = Command::NoteSession { id: nobody(), at: later(5) };
    assert_eq!(world.one(gone).await, Ok(Applied::Done));
}
