//! Requests that were let in, and whose credential has ended by the time that something is written.

mod harness;

use std::time::Duration;

use harness::{PASSWORD, World, draft};
use keywright_engine::{Error, KeyDraft, Origin, PersonDraft, RoleDraft};

fn role(name: &str) -> RoleDraft {
    RoleDraft {
        name: Some(name.to_owned()),
        description: None,
        permissions: Some(vec!["asset.read".to_owned()]),
    }
}

#[tokio::test]
async fn a_request_that_dawdled_adds_nobody_for_who_was_removed_meanwhile() {
    let world = World::new().await;
    let engine = &world.engine;
    let organization = world.root().organization_id();
    let eve = |name: &str| PersonDraft {
        email: format!("{name}@example.com"),
        name: "Eve".to_owned(),
        password: PASSWORD.to_owned(),
    };
    let is_there = async |name: &str| {
        world.parts.store.user_by_email(&format!("{name}@example.com")).await.unwrap().is_some()
    };
    // The session, the membership, and the key are looked at once more when the person is written.
    let removed = world.member("admin").await;
    let member = world.parts.store.member_of_user(organization, removed.user().unwrap()).await.unwrap();
    let (late, ()) = tokio::join!(engine.create_user(&removed, eve("one")), async {
        engine.remove_member(&world.root(), organization, member.unwrap().id).await.unwrap();
    });
    assert!(matches!(late, Err(Error::Unauthenticated(_))), "{late:?}");
    assert!(!is_there("one").await);

    let dawdler = world.member("admin").await;
    world.clock.advance(Duration::from_hours(30 * 24));
    let late = engine.create_user(&dawdler, eve("two")).await;
    assert!(matches!(late, Err(Error::Unauthenticated(_))), "{late:?}");
    assert!(!is_there("two").await);
}

#[tokio::test]
async fn a_request_that_dawdled_past_its_keys_end_or_its_secrets_changes_nothing() {
    let world = World::new().await;
    let at = world.engine.now().plus(Duration::from_mins(1));
    let short = KeyDraft { expires_at: Some(at.to_string()), ..draft(&["all"]) };
    let (_, key) = world.issue(&world.root(), short.clone()).await;
    let dawdler = world.actor(&key);
    world.clock.advance(Duration::from_mins(1));
    let late = world.engine.create_role(&dawdler, role("late")).await;
    assert!(matches!(late, Err(Error::Unauthenticated(_))), "{late:?}");

    let (listing, key) = world.issue(&world.root(), draft(&["all"])).await;
    let dawdler = world.actor(&key);
    world.engine.rotate_key(&world.root(), listing.key.id, 0).await.unwrap();
    let late = world.engine.create_role(&dawdler, role("late")).await;
    assert!(matches!(late, Err(Error::Unauthenticated(_))), "{late:?}");
}

#[tokio::test]
async fn who_signs_in_with_a_password_that_is_being_replaced_is_out_afterwards() {
    let world = World::new().await;
    let engine = &world.engine;
    let token = world.signed_in("developer").await;
    let ada = engine.authenticate_session(&token, None, Origin::default()).await.unwrap();
    let email = engine.own_user(&ada).await.unwrap().email.unwrap();
    // Hashing takes turns, two at a time: the new password's comes after some who have read the old one by then, and
    // before the turn of others.
    let sign_ins = async || {
        let mut signed_in = Vec::new();
        for _ in 0..3 {
            signed_in.extend(engine.sign_in(&email, PASSWORD, Origin::default()).await.ok());
        }
        signed_in
    };
    let (changed, a, b, c) = tokio::join!(
        engine.change_password(&ada, PASSWORD, "another good long password"),
        sign_ins(),
        sign_ins(),
        sign_ins(),
    );
    changed.unwrap();
    for session in [a, b, c].into_iter().flatten() {
        let there = engine.authenticate_session(session.token.expose(), None, Origin::default()).await;
        assert!(matches!(there, Err(Error::Unauthenticated(_))), "the old password is still in");
    }
}
