//! Links for a new password: who gets one, what it does, and that it does it once.

mod harness;

use std::time::Duration;

use harness::{PASSWORD, World, assert_invalid, draft};
use keywright_engine::{
    AuditFilter, Error, MemberDraft, NewPerson, OrganizationDraft, Origin, Paging, SignedIn, StartError,
    Unauthenticated, make_password_link,
};

const NEW: &str = "a stapler on the moon";
const EMAIL: &str = "developer@example.com";

async fn link_for(world: &World, email: &str) -> Result<String, StartError> {
    let mut token = String::new();
    let made = make_password_link(world.parts.clone(), email, |made| {
        made.expose().clone_into(&mut token);
        Ok(())
    });
    made.await.map(|()| token)
}

async fn choose(world: &World, token: &str, password: &str) -> Result<SignedIn, Error> {
    world.engine.choose_lost_password(token, password.to_owned(), Origin::default()).await
}

/// Somebody with the address, who joined; a session of theirs.
async fn joined(world: &World) -> String {
    let root = world.root();
    let link = world.engine.invite_member(&root, root.organization_id(), invited(EMAIL)).await.unwrap().link;
    let person = Some(NewPerson { name: None, password: PASSWORD.to_owned() });
    let token = link.unwrap().token;
    let accepted = world.engine.accept_invitation(token.expose(), person, None, Origin::default()).await;
    accepted.unwrap().signed_in.unwrap().token.expose().to_owned()
}

fn invited(email: &str) -> MemberDraft {
    MemberDraft { email: Some(email.to_owned()), name: None, role: Some("developer".to_owned()) }
}

#[track_caller]
fn assert_used<T: std::fmt::Debug>(result: Result<T, Error>) {
    match result {
        Err(Error::Unauthenticated(found)) => assert_eq!(found, Unauthenticated::Link),
        other => panic!("it led somewhere: {other:?}"),
    }
}

#[tokio::test]
async fn it_replaces_the_password_once_and_ends_all_sessions() {
    let world = World::new().await;
    let engine = &world.engine;
    let before = joined(&world).await;
    let developer = engine.authenticate_session(&before, None, Origin::default()).await.unwrap();
    let (_, key) = world.issue(&developer, draft(&["asset.read"])).await;
    let token = link_for(&world, " Developer@Example.com ").await.unwrap();
    // Looking does not use it up, and a password that will not do does not either.
    for _ in 0..2 {
        assert_eq!(engine.password_link_is_for(&token).await.unwrap().as_deref(), Some(EMAIL));
    }
    assert_invalid(choose(&world, &token, "short").await, "password");

    let signed_in = choose(&world, &token, NEW).await.unwrap();
    let session = async |token: &str| engine.authenticate_session(token, None, Origin::default()).await;
    assert!(session(&before).await.is_err(), "the earlier session went on");
    assert_eq!(session(signed_in.token.expose()).await.unwrap().user(), developer.user());
    assert!(engine.sign_in(EMAIL, PASSWORD, Origin::default()).await.is_err());
    engine.sign_in(EMAIL, NEW, Origin::default()).await.unwrap();
    assert_eq!(world.code(&key, &["asset.read"]), "VALID", "the person had set the password themselves");

    assert_used(choose(&world, &token, "another good password").await);
    assert_eq!(engine.password_link_is_for(&token).await.unwrap(), None);
    let log = engine.audit_events(&world.root(), AuditFilter::default(), &Paging::whole()).await.unwrap();
    let said: Vec<_> = log.items.iter().map(|event| (event.action.as_str(), event.actor)).collect();
    let person = developer.user().map(keywright_domain::UserId::uuid);
    assert!(said.contains(&("passwordLink.create", None)), "{said:?}");
    assert!(said.contains(&("user.resetPassword", person)), "{said:?}");
    assert!(log.items.iter().all(|event| !format!("{event:?}").contains(&token)));
}

#[tokio::test]
async fn it_leads_nowhere_after_an_hour_or_after_another_was_made() {
    let world = World::new().await;
    joined(&world).await;
    let first = link_for(&world, EMAIL).await.unwrap();
    let second = link_for(&world, EMAIL).await.unwrap();
    assert_used(choose(&world, &first, NEW).await);
    world.clock.advance(Duration::from_mins(59));
    assert!(world.engine.password_link_is_for(&second).await.unwrap().is_some());
    world.clock.advance(Duration::from_mins(1));
    assert_used(choose(&world, &second, NEW).await);
    world.engine.sign_in(EMAIL, PASSWORD, Origin::default()).await.unwrap();
}

#[tokio::test]
async fn it_voids_the_earlier_ones_that_were_made_through_another_membership() {
    let world = World::new().await;
    let engine = &world.engine;
    let session = joined(&world).await;
    let developer = engine.authenticate_session(&session, None, Origin::default()).await.unwrap();
    let owner = world.member("owner").await;
    let made = OrganizationDraft { name: Some("Other".to_owned()), ..OrganizationDraft::default() };
    let other = engine.create_organization(&owner, made).await.unwrap();
    let invitation = engine.invite_member(&owner, other.id, invited(EMAIL)).await.unwrap().link.unwrap();
    let token = invitation.token.expose();
    engine.accept_invitation(token, None, Some(&developer), Origin::default()).await.unwrap();
    let first = link_for(&world, EMAIL).await.unwrap();
    // From now on links are made through the other membership.
    let not_accepted = "UPDATE members SET accepted_at = NULL WHERE user_id = ?1 AND organization_id <> ?2";
    let ids = [developer.user().unwrap().uuid(), other.id.uuid()].map(|id| id.as_bytes().to_vec());
    assert_eq!(world.connection().execute(not_accepted, ids).unwrap(), 1);
    let second = link_for(&world, EMAIL).await.unwrap();
    assert_used(choose(&world, &first, NEW).await);
    choose(&world, &second, NEW).await.unwrap();
}

#[tokio::test]
async fn it_leads_nowhere_after_the_password_was_changed() {
    let world = World::new().await;
    let session = joined(&world).await;
    let link = link_for(&world, EMAIL).await.unwrap();
    let developer = world.engine.authenticate_session(&session, None, Origin::default()).await.unwrap();
    world.engine.change_password(&developer, PASSWORD, NEW).await.unwrap();
    assert_eq!(world.engine.password_link_is_for(&link).await.unwrap(), None);
    assert_used(choose(&world, &link, "another good password").await);
    world.engine.sign_in(EMAIL, NEW, Origin::default()).await.unwrap();
}

#[tokio::test]
async fn no_link_is_taken_for_another() {
    let world = World::new().await;
    assert_used(choose(&world, &world.setup_token, NEW).await);
    joined(&world).await;
    let token = link_for(&world, EMAIL).await.unwrap();
    assert!(!world.engine.set_up_is_open(&token).await.unwrap());
    assert_used(world.engine.accept_invitation(&token, None, None, Origin::default()).await);
    assert!(world.engine.password_link_is_for(&token).await.unwrap().is_some(), "it was not used up");
}

#[tokio::test]
async fn who_has_no_password_gets_no_link() {
    let world = World::new().await;
    for nobody in ["nobody@example.com", "", "a\u{0}b"] {
        assert!(matches!(link_for(&world, nobody).await, Err(StartError::NoSuchPerson)), "{nobody:?}");
    }
    let root = world.root();
    world.engine.invite_member(&root, root.organization_id(), invited("eve@example.com")).await.unwrap();
    assert!(matches!(link_for(&world, "eve@example.com").await, Err(StartError::NotJoined)));
}

#[tokio::test]
async fn nothing_is_made_that_could_not_be_handed_over() {
    let world = World::new().await;
    joined(&world).await;
    let first = link_for(&world, EMAIL).await.unwrap();
    let failed = make_password_link(world.parts.clone(), EMAIL, |_| Err(std::io::Error::other("no room")));
    assert!(matches!(failed.await, Err(StartError::NotDelivered(_))));
    assert!(world.engine.password_link_is_for(&first).await.unwrap().is_some(), "the earlier one was voided");
}
