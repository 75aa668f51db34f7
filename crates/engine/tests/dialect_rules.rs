//! What the rules of the dialects allow, and what they do not.

mod harness;

use harness::{PASSWORD, World, assert_conflict, assert_forbidden, assert_invalid, assert_not_found, draft};
use keywright_domain::MemberRole;
use keywright_engine::{KeyFilter, KeyPatch, OrganizationDraft, Origin, Paging, PersonDraft};

fn person(email: &str) -> PersonDraft {
    PersonDraft { email: email.to_owned(), name: "Somebody".to_owned(), password: PASSWORD.to_owned() }
}

#[tokio::test]
async fn an_immich_session_writes_down_what_it_likes_and_its_ceiling_bounds_it() {
    let world = World::new().await;
    let viewer = world.member("viewer").await;
    assert_forbidden(world.engine.create_key(&viewer, draft(&["asset.read"])).await, "apiKey.create");
    let viewer = viewer.under_immich_rules();
    let (listing, key) = world.issue(&viewer, draft(&["all", "adminUser.create"])).await;
    assert_eq!(world.code(&key, &["asset.read"]), "VALID");
    assert_eq!(world.code(&key, &["asset.delete"]), "INSUFFICIENT_PERMISSIONS");
    assert_eq!(world.code(&key, &["adminUser.create"]), "INSUFFICIENT_PERMISSIONS");
    world.engine.update_key(&viewer, listing.key.id, KeyPatch::default()).await.unwrap();
    // The exception is for own keys, of a session, and for nothing else.
    let (others, _) = world.issue(&world.root(), draft(&["asset.read"])).await;
    assert_not_found(world.engine.key(&viewer, others.key.id).await);
    assert_not_found(world.engine.revoke_key(&viewer, others.key.id).await);
    let (_, weak) = world.issue(&world.root(), draft(&["apiKey.create", "asset.read"])).await;
    let weak = world.actor(&weak).under_immich_rules();
    assert_forbidden(world.engine.create_key(&weak, draft(&["all"])).await, "lack");
    let account = world.service_account("worker", &["all"]).await;
    let for_account =
        keywright_engine::KeyDraft { service_account: Some(account.id.to_string()), ..draft(&["all"]) };
    assert_forbidden(world.engine.create_key(&viewer, for_account).await, "apiKey.manage");
}

#[tokio::test]
async fn a_developers_key_never_governs_users() {
    let world = World::new().await;
    let developer = world.member("developer").await.under_immich_rules();
    let (_, key) = world.issue(&developer, draft(&["all", "adminUser.create"])).await;
    assert_eq!(world.code(&key, &["adminUser.create"]), "INSUFFICIENT_PERMISSIONS");
    assert_eq!(world.code(&key, &["user.update", "asset.upload"]), "VALID");
    let admin = world.member("admin").await;
    let (_, key) = world.issue(&admin, draft(&["adminUser.create"])).await;
    assert_eq!(world.code(&key, &["adminUser.create"]), "VALID");
}

#[tokio::test]
async fn with_own_keys_only_even_the_root_key_reaches_no_other() {
    let world = World::new().await;
    let developer = world.member("developer").await;
    let (others, _) = world.issue(&developer, draft(&["asset.read"])).await;
    let root = world.root().with_own_keys_only();
    assert_not_found(world.engine.key_numbered(&root, others.key.number).await);
    assert_not_found(world.engine.revoke_key_numbered(&root, others.key.number).await);
    let (own, own_key) = world.issue(&root, draft(&["asset.read"])).await;
    let listed = world.engine.keys(&root, KeyFilter::default(), &Paging::default()).await.unwrap();
    assert!(listed.items.iter().all(|listing| listing.key.owner == own.key.owner));
    world.engine.revoke_key_numbered(&root, own.key.number).await.unwrap();
    assert_eq!(world.code(&own_key, &[]), "REVOKED");
    assert_not_found(world.engine.revoke_key_numbered(&root, own.key.number).await);
    assert_not_found(world.engine.key_numbered(&root, own.key.number).await);
}

#[tokio::test]
async fn the_first_owner_signs_up_once_and_closes_the_set_up_link() {
    let world = World::new().await;
    let engine = &world.engine;
    let organization = world.root().organization_id();
    let ada =
        engine.sign_up_first_owner(organization, person("ada@example.com"), Origin::default()).await.unwrap();
    assert_eq!(engine.role_of(ada.id, organization), Some(MemberRole::Owner));
    let again = engine.sign_up_first_owner(organization, person("eve@example.com"), Origin::default()).await;
    assert_conflict(again, "an owner already");
    assert!(engine.set_up(&world.setup_token, person("eve@example.com"), Origin::default()).await.is_err());
    assert!(!engine.set_up_is_open(&world.setup_token).await.unwrap());
}

#[tokio::test]
async fn two_sign_ups_at_once_make_one_owner() {
    let world = World::new().await;
    let organization = world.root().organization_id();
    let (one, two, three) = tokio::join!(
        world.engine.sign_up_first_owner(organization, person("ada@example.com"), Origin::default()),
        world.engine.sign_up_first_owner(organization, person("eve@example.com"), Origin::default()),
        world.engine.set_up(&world.setup_token, person("bob@example.com"), Origin::default())
    );
    assert_eq!([one.is_ok(), two.is_ok(), three.is_ok()].iter().filter(|made| **made).count(), 1);
}

#[tokio::test]
async fn people_are_added_by_administrators() {
    let world = World::new().await;
    let engine = &world.engine;
    let admin = world.member("admin").await;
    let bob = engine.create_user(&admin, person("bob@example.com")).await.unwrap();
    assert!(bob.must_change_password);
    assert_eq!(engine.role_of(bob.id, admin.organization_id()), Some(MemberRole::Developer));
    assert_invalid(engine.create_user(&admin, person("BOB@example.com")).await, "email");
    let developer = world.member("developer").await;
    assert_forbidden(engine.create_user(&developer, person("eve@example.com")).await, "administrator");
    let (_, weak) = world.issue(&admin, draft(&["user.read"])).await;
    assert_forbidden(
        engine.create_user(&world.actor(&weak), person("eve@example.com")).await,
        "adminUser.create",
    );
    // Whose password somebody else set replaces it before anything else.
    let signed_in = engine.sign_in("bob@example.com", PASSWORD, Origin::default()).await.unwrap();
    let session =
        engine.authenticate_session(signed_in.token.expose(), None, Origin::default()).await.unwrap();
    assert_forbidden(engine.create_key(&session, draft(&["asset.read"])).await, "replace it first");
    engine.change_password(&session, PASSWORD, "a password of my own").await.unwrap();
    let session =
        engine.authenticate_session(signed_in.token.expose(), None, Origin::default()).await.unwrap();
    engine.create_key(&session, draft(&["asset.read"])).await.unwrap();
}

#[tokio::test]
async fn an_organization_is_closed_unless_it_is_the_last() {
    let world = World::new().await;
    let engine = &world.engine;
    let token = world.signed_in("owner").await;
    let owner = engine.authenticate_session(&token, None, Origin::default()).await.unwrap();
    assert_conflict(engine.close_organization(&owner, owner.organization_id()).await, "last organization");
    let made = OrganizationDraft { name: Some("Other".to_owned()), ..OrganizationDraft::default() };
    let other = engine.create_organization(&owner, made).await.unwrap();
    let number = other.number.to_string();
    let there = engine.authenticate_session(&token, Some(&number), Origin::default()).await.unwrap();
    let (_, key) = world.issue(&there, draft(&["all"])).await;
    let actor = world.actor(&key);
    assert_eq!(engine.organization_numbered(&actor, other.number).unwrap(), other.id);
    // Who goes to another of their organizations takes their rules along.
    let moved = engine.acting_in_numbered(&owner.clone().with_own_keys_only(), other.number).unwrap();
    assert_eq!(moved.organization_id(), other.id);
    let listed = engine.keys(&moved, KeyFilter::default(), &Paging::default()).await.unwrap();
    assert_eq!(listed.items.len(), 1);
    assert_not_found(engine.acting_in_numbered(&owner, 77));
    assert_forbidden(engine.acting_in_numbered(&actor, 77), "own organization");
    assert_forbidden(engine.organization_numbered(&actor, 1), "own organization");
    assert_forbidden(engine.organization_numbered(&actor, 77), "own organization");
    assert_not_found(engine.organization_numbered(&owner, 77));
    let admin = world.member("admin").await;
    assert_forbidden(engine.close_organization(&admin, admin.organization_id()).await, "organization.delete");
    engine.close_organization(&there, other.id).await.unwrap();
    let refused = engine.authenticate_key(keywright_domain::PresentedKey::new(&key), None, Origin::default());
    assert!(matches!(refused, Err(keywright_engine::Error::Unauthenticated(_))));
    assert_not_found(engine.organization(&owner, other.id).await);
}

#[tokio::test]
async fn under_immich_rules_a_revoked_key_is_unknown() {
    let world = World::new().await;
    let engine = &world.engine;
    let developer = world.member("developer").await.under_immich_rules();
    let (made, key) = world.issue(&developer, draft(&["asset.read"])).await;
    let id = made.key.id;
    engine.revoke_key(&developer, id).await.unwrap();
    assert_eq!(world.code(&key, &[]), "REVOKED");
    assert_not_found(engine.key(&developer, id).await);
    assert_not_found(engine.update_key(&developer, id, KeyPatch::default()).await);
    assert_not_found(engine.revoke_key(&developer, id).await);
    let live = KeyFilter { live_only: true, ..KeyFilter::default() };
    assert!(engine.keys(&developer, live, &Paging::default()).await.unwrap().items.is_empty());
    // Everywhere else it is still there to be seen.
    engine.key(&world.root(), id).await.unwrap();
}

#[tokio::test]
async fn what_a_key_was_given_is_told_in_a_catalogues_words() {
    let world = World::new().await;
    let root = world.root();
    let given = |key: &keywright_store::KeyRecord| {
        let names = ["all", "apiKey.read", "asset.read", "asset.delete", "adminUser.create"];
        world.engine.given_among(&root, key, names.into_iter())
    };
    let (pattern, _) = world.issue(&root, draft(&["asset.*", "invoice.send"])).await;
    assert_eq!(given(&pattern.key), ["asset.read", "asset.delete"]);
    let reading = keywright_engine::KeyDraft { scope: None, ..draft(&["all"]) };
    let (reading, _) = world.issue(&root, reading).await;
    assert_eq!(given(&reading.key), ["apiKey.read", "asset.read"]);
    let (whole, _) = world.issue(&root, harness::draft_of_owner()).await;
    assert_eq!(given(&whole.key), ["all", "apiKey.read", "asset.read", "asset.delete", "adminUser.create"]);
}

#[tokio::test]
async fn only_members_sign_in_to_an_organization() {
    let world = World::new().await;
    let engine = &world.engine;
    let first = world.root().organization_id();
    let token = world.signed_in("owner").await;
    let owner = engine.authenticate_session(&token, None, Origin::default()).await.unwrap();
    let other = OrganizationDraft { name: Some("Other".to_owned()), ..OrganizationDraft::default() };
    let other = engine.create_organization(&owner, other).await.unwrap();
    let admin = world.member("admin").await;
    engine.create_user(&admin, person("bob@example.com")).await.unwrap();
    engine.sign_in_to(first, "bob@example.com", PASSWORD, Origin::default()).await.unwrap();
    let elsewhere = engine.sign_in_to(other.id, "bob@example.com", PASSWORD, Origin::default()).await;
    assert!(matches!(
        elsewhere,
        Err(keywright_engine::Error::Unauthenticated(keywright_engine::Unauthenticated::Password))
    ));
}

#[tokio::test]
async fn under_immich_rules_a_key_with_the_permission_replaces_its_owners_password() {
    let world = World::new().await;
    let engine = &world.engine;
    let admin = world.member("admin").await;
    engine.create_user(&admin, person("bob@example.com")).await.unwrap();
    let signed_in = engine.sign_in("bob@example.com", PASSWORD, Origin::default()).await.unwrap();
    let token = signed_in.token.expose();
    let session = engine.authenticate_session(token, None, Origin::default()).await.unwrap();
    let session = session.under_immich_rules();
    let (_, able) = world.issue(&session, draft(&["auth.changePassword"])).await;
    let (_, weak) = world.issue(&session, draft(&["user.read"])).await;
    let new = "a password of my own";
    assert_forbidden(engine.change_password(&world.actor(&able), PASSWORD, new).await, "session");
    let weak = world.actor(&weak).under_immich_rules();
    assert_forbidden(engine.change_password(&weak, PASSWORD, new).await, "session");
    let able = world.actor(&able).under_immich_rules();
    assert_invalid(engine.change_password(&able, "not the password", new).await, "currentPassword");
    engine.change_password(&able, PASSWORD, new).await.unwrap();
    assert!(engine.authenticate_session(token, None, Origin::default()).await.is_err());
    engine.sign_in("bob@example.com", new, Origin::default()).await.unwrap();
}
