//! Signing keys: made, rotated, withdrawn, and what becomes of them in the store.

mod harness;

use std::time::Duration;

use harness::{World, assert_forbidden, draft};
use keywright_domain::Pepper;
use keywright_engine::{
    AuditFilter, Engine, Error, Issuer, OrganizationDraft, Paging, SeededRandom, SigningKeyState, TokenDraft,
};
use keywright_store::{AuditedCommand, Batch, Command, SealedSigningKey};

use SigningKeyState::{Current, Next, Previous};

const HOUR: Duration = Duration::from_hours(1);

fn states(world: &World) -> Vec<SigningKeyState> {
    world.engine.signing_keys(&world.root()).unwrap().iter().map(|key| key.state).collect()
}

/// The name of the key that signs a token that is made now.
async fn kid(world: &World) -> String {
    use base64::Engine as _;
    let (_, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let draft = TokenDraft { ttl_seconds: Some(60), ..TokenDraft::default() };
    let issued = world.engine.issue_token(&world.actor(&key), &draft, &Issuer::new(None)).unwrap();
    let header = issued.token.expose().split('.').next().unwrap().to_owned();
    let header = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    assert_eq!((header["alg"].as_str(), header["typ"].as_str()), (Some("EdDSA"), Some("JWT")));
    assert_eq!(header.as_object().unwrap().len(), 3);
    header["kid"].as_str().unwrap().to_owned()
}

fn kids(world: &World) -> Vec<String> {
    world.engine.public_keys().into_iter().map(|key| key.kid).collect()
}

/// Writes to the store as nobody but this server should.
async fn write(world: &World, commands: Vec<Command>) {
    let commands = commands
        .into_iter()
        .map(|command| AuditedCommand { command, audit: Vec::new(), idempotency: None })
        .collect();
    let id = world.engine.new_request_id().to_string().parse().unwrap();
    let outcome = world.parts.store.commit(Batch { id, now: world.engine.now(), commands }).await.unwrap();
    assert!(outcome.outcomes.iter().all(Result::is_ok), "{:?}", outcome.outcomes);
}

#[tokio::test]
async fn the_first_start_makes_one_that_signs_and_the_next_keeps_it() {
    let mut world = World::new().await;
    assert_eq!(states(&world), [Current]);
    let first = kids(&world);
    assert_eq!(first, [kid(&world).await]);
    world.restart().await;
    assert_eq!(kids(&world), first);
}

#[tokio::test]
async fn a_store_that_has_none_is_given_one_at_the_start() {
    let mut world = World::new().await;
    let first = kids(&world);
    write(&world, vec![Command::DropSigningKeysBefore(2)]).await;
    world.restart().await;
    assert_eq!(states(&world), [Current]);
    assert_ne!(kids(&world), first);
}

#[tokio::test]
async fn a_new_one_is_published_before_it_signs_and_the_old_one_until_its_tokens_end() {
    let world = World::new().await;
    let old = kid(&world).await;
    let keys = world.engine.rotate_signing_keys(&world.root(), false).await.unwrap();
    let [published, waiting] = keys.as_slice() else { panic!("{keys:?}") };
    assert_eq!((published.state, waiting.state), (Current, Next));
    assert_eq!(waiting.signs_from, world.engine.now().plus(HOUR));
    assert_eq!(published.published_until, Some(waiting.signs_from.plus(HOUR).plus(Duration::from_mins(10))));
    assert_eq!(kid(&world).await, old);
    let again = world.engine.rotate_signing_keys(&world.root(), false).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");

    world.clock.advance(HOUR);
    assert_eq!(states(&world), [Previous, Current]);
    assert_eq!(kid(&world).await, waiting.kid);
    world.clock.advance(HOUR);
    world.engine.tend_signing_keys().await.unwrap();
    assert_eq!(kids(&world), [old, waiting.kid.clone()]);
    world.clock.advance(Duration::from_mins(10));
    // It is gone from what is published by the time alone, and from the store when somebody looks.
    assert_eq!(kids(&world), std::slice::from_ref(&waiting.kid));
    assert_eq!(world.parts.store.signing_keys().await.unwrap().len(), 2);
    world.engine.tend_signing_keys().await.unwrap();
    assert_eq!(world.parts.store.signing_keys().await.unwrap().len(), 1);
}

#[tokio::test]
async fn one_is_made_when_the_last_grows_old_whoever_looks_first() {
    let world = World::new().await;
    let other = Engine::start(world.parts.clone(), |_| Ok(())).await.unwrap();
    world.clock.advance(Duration::from_hours(90 * 24 - 1));
    for _ in 0..3 {
        let (one, two) = tokio::join!(world.engine.tend_signing_keys(), other.tend_signing_keys());
        one.unwrap();
        two.unwrap();
    }
    assert_eq!(states(&world), [Current, Next]);
    assert_eq!(world.parts.store.signing_keys().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_withdrawal_leaves_the_new_one_alone() {
    let world = World::new().await;
    let old = kid(&world).await;
    world.engine.rotate_signing_keys(&world.root(), false).await.unwrap();
    let keys = world.engine.rotate_signing_keys(&world.root(), true).await.unwrap();
    let [only] = keys.as_slice() else { panic!("{keys:?}") };
    assert_eq!((only.state, only.published_until), (Current, None));
    assert_ne!(only.kid, old);
    assert_eq!(kid(&world).await, only.kid);
    assert_eq!(world.parts.store.signing_keys().await.unwrap().len(), 1);
    let (root, paging) = (world.root(), Paging::default());
    let listed = world.engine.audit_events(&root, AuditFilter::default(), &paging).await.unwrap();
    let actions: Vec<String> = listed.items.into_iter().map(|event| event.action).collect();
    assert_eq!(actions.iter().filter(|action| *action == "signingKey.rotate").count(), 2);
}

#[tokio::test]
async fn rotations_at_the_same_time_both_come_to_be() {
    let world = World::new().await;
    let root = world.root();
    let (one, two) = tokio::join!(
        world.engine.rotate_signing_keys(&root, true),
        world.engine.rotate_signing_keys(&root, true)
    );
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    assert_eq!(states(&world), [Current]);
    let rows = world.parts.store.signing_keys().await.unwrap();
    assert_eq!(rows.iter().map(|row| row.position).collect::<Vec<_>>(), [3]);
}

#[tokio::test]
async fn another_organization_neither_sees_nor_rotates_them() {
    let world = World::new().await;
    let owner = world.member("owner").await;
    let draft = OrganizationDraft { name: Some("Other".to_owned()), ..OrganizationDraft::default() };
    let made = world.engine.create_organization(&owner, draft).await.unwrap();
    let abroad = world.engine.acting_in_numbered(&owner, made.number).unwrap();
    assert_forbidden(world.engine.signing_keys(&abroad), "first organization");
    assert_forbidden(world.engine.rotate_signing_keys(&abroad, true).await, "first organization");
    let developer = world.member("developer").await;
    assert_forbidden(world.engine.rotate_signing_keys(&developer, true).await, "organization.update");
}

#[tokio::test]
async fn what_others_wrote_into_the_store_neither_signs_nor_is_published() {
    let mut world = World::new().await;
    let good = kids(&world);
    let rows = world.parts.store.signing_keys().await.unwrap();
    // A pair that somebody made who has the database and not the pepper.
    let theirs = World::new_with(Pepper::new([8; 32]), SeededRandom::new(9)).await;
    let foreign = theirs.parts.store.signing_keys().await.unwrap().remove(0);
    let foreign = SealedSigningKey { position: 2, ..foreign };
    write(&world, vec![Command::AddSigningKey(foreign)]).await;
    world.restart().await;
    assert_eq!(kids(&world), good);
    // The good one damaged: there is none left that signs, and another is made.
    let damaged = SealedSigningKey { position: 3, public: [1; 32], ..rows[0].clone() };
    write(&world, vec![Command::AddSigningKey(damaged), Command::DropSigningKeysBefore(2)]).await;
    world.restart().await;
    assert_eq!(kids(&world), Vec::<String>::new());
    let (_, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let wanted = TokenDraft { ttl_seconds: Some(60), ..TokenDraft::default() };
    let issued = world.engine.issue_token(&world.actor(&key), &wanted, &Issuer::new(None));
    assert!(matches!(issued, Err(Error::Unavailable(_))), "{issued:?}");
    world.engine.tend_signing_keys().await.unwrap();
    assert_eq!(kids(&world), [kid(&world).await]);
}
