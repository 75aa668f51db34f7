//! People whom somebody else adds, with a password that somebody else knows.

mod harness;

use harness::{PASSWORD, World, assert_conflict, assert_forbidden, draft};
use keywright_domain::{MemberRole, Verb};
use keywright_engine::{KeyDraft, Origin, PersonDraft};

#[tokio::test]
async fn adding_people_is_a_grant() {
    let world = World::new().await;
    let admin = world.member("admin").await;
    let person = |name: &str| PersonDraft {
        email: format!("{name}@example.com"),
        name: "Eve".to_owned(),
        password: PASSWORD.to_owned(),
    };
    // The permission by that very name is the right to make people with passwords: as developers, and no more.
    let (_, named) = world.issue(&admin, draft(&["adminUser.create"])).await;
    let eve = world.engine.create_user(&world.actor(&named), person("eve")).await.unwrap();
    let role = world.engine.role_of(eve.id, admin.organization_id());
    assert_eq!(role, Some(MemberRole::Developer));
    // What only amounts to it does not give a developer's access away.
    let owner = world.member("owner").await;
    for wide in [&["adminUser.*"][..], &["*.create"]] {
        let (_, key) = world.issue(&owner, draft(wide)).await;
        assert_eq!(world.code(&key, &["adminUser.create"]), "VALID", "{wide:?}");
        assert_forbidden(world.engine.create_user(&world.actor(&key), person("mallory")).await, "lack");
    }
    let managing = KeyDraft { scope: None, verbs: Some(vec![Verb::Manage]), ..draft(&["all"]) };
    let (_, key) = world.issue(&owner, managing).await;
    assert_forbidden(world.engine.create_user(&world.actor(&key), person("mallory")).await, "lack");
    // It is an administrator's, and nobody makes a key with it who does not have it.
    let developer = world.member("developer").await;
    assert_forbidden(world.engine.create_key(&developer, draft(&["adminUser.create"])).await, "lack");
    let (_, weak) = world.issue(&admin, draft(&["apiKey.create", "user.read"])).await;
    assert_forbidden(
        world.engine.create_key(&world.actor(&weak), draft(&["adminUser.create"])).await,
        "lack",
    );
    let (_, theirs) = world.issue(&developer.under_immich_rules(), draft(&["adminUser.create"])).await;
    assert_forbidden(
        world.engine.create_user(&world.actor(&theirs), person("mallory")).await,
        "administrator",
    );
}

#[tokio::test]
async fn whoever_set_a_password_keeps_nothing_once_it_is_replaced_and_gains_nothing_before() {
    let world = World::new().await;
    let engine = &world.engine;
    let admin = world.member("admin").await;
    let bob = PersonDraft {
        email: "bob@example.com".to_owned(),
        name: "Bob".to_owned(),
        password: PASSWORD.to_owned(),
    };
    let bob = engine.create_user(&admin, bob).await.unwrap();
    let session = async |password: &str| {
        let signed_in = engine.sign_in("bob@example.com", password, Origin::default()).await.unwrap();
        engine.authenticate_session(signed_in.token.expose(), None, Origin::default()).await.unwrap()
    };
    // Nothing waits in the Immich dialect, so whoever set the password can make a key in Bob's name.
    let (_, early) = world.issue(&session(PASSWORD).await.under_immich_rules(), draft(&["all"])).await;
    assert_eq!(world.code(&early, &["asset.read"]), "VALID");
    // Bob is given nothing more meanwhile: it would be theirs, too.
    let organization = admin.organization_id();
    let member = world.parts.store.member_of_user(organization, bob.id).await.unwrap().unwrap();
    for role in ["admin", "owner"] {
        let refused = engine.update_member(&world.root(), organization, member.id, harness::role(role)).await;
        assert_conflict(refused, "somebody else set");
    }
    engine.update_member(&world.root(), organization, member.id, harness::role("viewer")).await.unwrap();
    let own = "a password of my own";
    engine.change_password(&session(PASSWORD).await, PASSWORD, own).await.unwrap();
    assert_eq!(world.code(&early, &[]), "REVOKED");
    engine.update_member(&world.root(), organization, member.id, harness::role("admin")).await.unwrap();
    // Keys that were made with a password of one's own stay when it is replaced.
    let (_, late) = world.issue(&session(own).await, draft(&["asset.read"])).await;
    engine.change_password(&session(own).await, own, "another of my own").await.unwrap();
    assert_eq!(world.code(&late, &["asset.read"]), "VALID");
}
