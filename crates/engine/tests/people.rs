//! People: setting up, signing in, joining.

mod harness;

use std::time::Duration;

use harness::{PASSWORD, World, assert_conflict, assert_forbidden, assert_invalid};
use keywright_engine::{Error, MemberDraft, NewPerson, Origin, PersonDraft, Unauthenticated};

fn ada() -> PersonDraft {
    PersonDraft {
        email: " Ada@Example.com ".to_owned(),
        name: "Ada".to_owned(),
        password: PASSWORD.to_owned(),
    }
}

#[track_caller]
fn assert_unauthenticated<T: std::fmt::Debug>(result: Result<T, Error>, because: &Unauthenticated) {
    match result {
        Err(Error::Unauthenticated(found)) => assert_eq!(found, *because),
        other => panic!("let in: {other:?}"),
    }
}

#[tokio::test]
async fn the_set_up_link_makes_one_owner_once() {
    let world = World::new().await;
    let engine = &world.engine;
    assert!(engine.set_up_is_open(&world.setup_token).await.unwrap());
    assert!(!engine.set_up_is_open("guess").await.unwrap());
    let bad = PersonDraft { password: "short".to_owned(), email: "nobody".to_owned(), ..ada() };
    assert_invalid(engine.set_up(&world.setup_token, bad, Origin::default()).await, "password");
    let signed_in = engine.set_up(&world.setup_token, ada(), Origin::default()).await.unwrap();
    assert_eq!(signed_in.user.email.as_deref(), Some("ada@example.com"));
    let actor = engine.authenticate_session(signed_in.token.expose(), None, Origin::default()).await.unwrap();
    assert_eq!(actor.member_role(), Some(keywright_domain::MemberRole::Owner));
    assert_unauthenticated(
        engine.set_up(&world.setup_token, ada(), Origin::default()).await,
        &Unauthenticated::Link,
    );
}

#[tokio::test]
async fn a_set_up_link_raced_by_two_makes_one_owner() {
    let world = World::new().await;
    let other = PersonDraft { email: "eve@example.com".to_owned(), ..ada() };
    let (one, two) = tokio::join!(
        world.engine.set_up(&world.setup_token, ada(), Origin::default()),
        world.engine.set_up(&world.setup_token, other, Origin::default())
    );
    assert_ne!(one.is_ok(), two.is_ok());
}

#[tokio::test]
async fn signing_in_and_out() {
    let world = World::new().await;
    let engine = &world.engine;
    engine.set_up(&world.setup_token, ada(), Origin::default()).await.unwrap();
    for (email, password) in [("ada@example.com", "wrong"), ("bob@example.com", PASSWORD), ("", "")] {
        assert_unauthenticated(
            engine.sign_in(email, password, Origin::default()).await,
            &Unauthenticated::Password,
        );
    }
    let first = engine.sign_in("ADA@example.com", PASSWORD, Origin::default()).await.unwrap();
    let second = engine.sign_in("ada@example.com", PASSWORD, Origin::default()).await.unwrap();
    let first_actor =
        engine.authenticate_session(first.token.expose(), None, Origin::default()).await.unwrap();
    engine.sign_out(&first_actor).await.unwrap();
    let refused = engine.authenticate_session(first.token.expose(), None, Origin::default()).await;
    assert_unauthenticated(refused, &Unauthenticated::Session);
    let actor = engine.authenticate_session(second.token.expose(), None, Origin::default()).await.unwrap();
    assert_invalid(engine.change_password(&actor, "wrong", "a new password").await, "currentPassword");
    let third = engine.sign_in("ada@example.com", PASSWORD, Origin::default()).await.unwrap();
    engine.change_password(&actor, PASSWORD, "a new password").await.unwrap();
    // The session that changed it stays; the others end.
    engine.authenticate_session(second.token.expose(), None, Origin::default()).await.unwrap();
    assert!(engine.authenticate_session(third.token.expose(), None, Origin::default()).await.is_err());
    world.clock.advance(Duration::from_hours(30 * 24));
    assert!(engine.authenticate_session(second.token.expose(), None, Origin::default()).await.is_err());
    assert!(engine.sign_in("ada@example.com", "a new password", Origin::default()).await.is_ok());
}

#[tokio::test]
async fn guessing_passwords_is_put_off() {
    let world = World::new().await;
    let engine = &world.engine;
    engine.set_up(&world.setup_token, ada(), Origin::default()).await.unwrap();
    let mut refused = 0;
    for _ in 0..12 {
        let attempt = engine.sign_in("ada@example.com", "wrong", Origin::default()).await;
        refused += usize::from(matches!(attempt, Err(Error::TooManyAttempts { .. })));
    }
    assert_eq!(refused, 2);
    world.clock.advance(Duration::from_secs(30));
    assert!(engine.sign_in("ada@example.com", PASSWORD, Origin::default()).await.is_ok());
}

#[tokio::test]
async fn membership_begins_when_the_invited_person_accepts() {
    let world = World::new().await;
    let engine = &world.engine;
    let root = world.root();
    let organization = root.organization_id();
    let draft = || MemberDraft {
        email: Some("bob@example.com".to_owned()),
        name: Some("Bob".to_owned()),
        role: Some("developer".to_owned()),
    };
    let invitation = engine.invite_member(&root, organization, draft()).await.unwrap();
    assert!(invitation.member.accepted_at.is_none());
    assert_conflict(engine.invite_member(&root, organization, draft()).await, "invited already");
    let link = invitation.link.unwrap();
    let person = || Some(NewPerson { name: None, password: PASSWORD.to_owned() });
    assert_invalid(
        engine.accept_invitation(link.token.expose(), None, None, Origin::default()).await,
        "password",
    );
    let accepted =
        engine.accept_invitation(link.token.expose(), person(), None, Origin::default()).await.unwrap();
    let token = accepted.signed_in.unwrap().token;
    let bob = engine.authenticate_session(token.expose(), None, Origin::default()).await.unwrap();
    assert_eq!(bob.member_role(), Some(keywright_domain::MemberRole::Developer));
    let again = engine.accept_invitation(link.token.expose(), person(), None, Origin::default()).await;
    assert_unauthenticated(again, &Unauthenticated::Link);

    // A person who has a password accepts a second invitation only signed in, and as themselves.
    let owner = world.member("owner").await;
    let made = keywright_engine::OrganizationDraft { name: Some("Other".to_owned()), ..Default::default() };
    let other = engine.create_organization(&owner, made).await.unwrap();
    let link = engine.invite_member(&owner, other.id, draft()).await.unwrap().link.unwrap();
    for actor in [None, Some(&owner), Some(&root)] {
        let refused = engine.accept_invitation(link.token.expose(), person(), actor, Origin::default()).await;
        assert_forbidden(refused, "sign in as the person");
    }
    engine.accept_invitation(link.token.expose(), None, Some(&bob), Origin::default()).await.unwrap();
    let named = other.number.to_string();
    let there = engine.authenticate_session(token.expose(), Some(&named), Origin::default()).await.unwrap();
    assert_eq!(there.organization_id(), other.id);
}

#[tokio::test]
async fn an_invitation_ends_after_a_week_and_with_the_membership() {
    let world = World::new().await;
    let engine = &world.engine;
    let root = world.root();
    let organization = root.organization_id();
    let invite = async |email: &str| {
        let draft =
            MemberDraft { email: Some(email.to_owned()), name: None, role: Some("viewer".to_owned()) };
        engine.invite_member(&root, organization, draft).await.unwrap()
    };
    let person = || Some(NewPerson { name: None, password: PASSWORD.to_owned() });
    let withdrawn = invite("carol@example.com").await;
    engine.remove_member(&root, organization, withdrawn.member.id).await.unwrap();
    let link = withdrawn.link.unwrap();
    let refused = engine.accept_invitation(link.token.expose(), person(), None, Origin::default()).await;
    assert_unauthenticated(refused, &Unauthenticated::Link);
    let late = invite("dave@example.com").await.link.unwrap();
    world.clock.advance(Duration::from_hours(7 * 24));
    let refused = engine.accept_invitation(late.token.expose(), person(), None, Origin::default()).await;
    assert_unauthenticated(refused, &Unauthenticated::Link);
}

#[tokio::test]
async fn an_organization_is_set_up_once_also_when_its_owner_is_gone() {
    let world = World::new().await;
    let engine = &world.engine;
    let organization = world.root().organization_id();
    assert!(engine.is_set_up_token(organization, &world.setup_token).await.unwrap());
    let ada = engine.set_up(&world.setup_token, ada(), Origin::default()).await.unwrap();
    let member = world.parts.store.member_of_user(organization, ada.user.id).await.unwrap().unwrap();
    // The built-in root user is an owner too, so the only person among the owners may leave.
    engine.remove_member(&world.root(), organization, member.id).await.unwrap();
    let eve = || PersonDraft { email: "eve@example.com".to_owned(), ..self::ada() };
    assert_conflict(
        engine.sign_up_first_owner(organization, eve(), Origin::default()).await,
        "an owner already",
    );
    assert!(!engine.set_up_is_open(&world.setup_token).await.unwrap());
    assert_unauthenticated(
        engine.set_up(&world.setup_token, eve(), Origin::default()).await,
        &Unauthenticated::Link,
    );
    // Who set it up may still be told how things stand; a guess may not, nor may the bearer of another one's.
    assert!(engine.is_set_up_token(organization, &world.setup_token).await.unwrap());
    assert!(!engine.is_set_up_token(organization, "guess").await.unwrap());
    let made = keywright_engine::OrganizationDraft { name: Some("Other".to_owned()), ..Default::default() };
    let other = engine.create_organization(&world.root(), made).await.unwrap();
    assert!(!engine.is_set_up_token(other.id, &world.setup_token).await.unwrap());
    engine.sign_up_first_owner(other.id, eve(), Origin::default()).await.unwrap();
}

#[tokio::test]
async fn an_unused_set_up_token_ends_with_its_link() {
    let world = World::new().await;
    let organization = world.root().organization_id();
    world.clock.advance(Duration::from_hours(7 * 24));
    assert!(!world.engine.is_set_up_token(organization, &world.setup_token).await.unwrap());
}
