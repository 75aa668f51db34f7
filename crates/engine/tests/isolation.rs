//! Organizations never see each other.

mod harness;

use harness::{World, assert_forbidden, assert_invalid, assert_not_found, draft};
use keywright_domain::{OrganizationId, PresentedKey};
use keywright_engine::{AuditFilter, KeyDraft, KeyPatch, OrganizationDraft, Origin, Paging, RevokeFilter};

#[tokio::test]
async fn organizations_never_see_each_other() {
    let world = World::new().await;
    let engine = &world.engine;
    let token = world.signed_in("owner").await;
    let session = async |organization: Option<&str>| {
        engine.authenticate_session(&token, organization, Origin::default()).await
    };
    let owner = session(None).await.unwrap();
    let made = OrganizationDraft { name: Some("Other".to_owned()), ..OrganizationDraft::default() };
    let other = engine.create_organization(&owner, made).await.unwrap();
    let number = other.number.to_string();
    let there = session(Some(&number)).await.unwrap();
    let (there_listing, there_key) = world.issue(&there, draft(&["all"])).await;
    let (_, here_key) = world.issue(&owner, draft(&["all"])).await;

    // A session goes to any of its user's organizations, and to no other.
    assert_eq!(engine.organization(&owner, other.id).await.unwrap().id, other.id);
    assert_not_found(engine.organization(&world.member("admin").await, other.id).await);
    assert_forbidden(
        engine.authenticate_session(&world.signed_in("admin").await, Some(&number), Origin::default()).await,
        "no member",
    );
    // A key stays in its own: another is refused in the same words, whether or not it exists.
    let here = world.actor(&here_key);
    let nowhere = OrganizationId::from_uuid(there_listing.key.id.uuid());
    for id in [other.id, nowhere] {
        assert_forbidden(engine.organization(&here, id).await, "own organization");
        assert_forbidden(engine.members(&here, id, &Paging::default()).await, "own organization");
        let origin = Origin::default();
        let named = engine.authenticate_key(PresentedKey::new(&here_key), Some(&id.to_string()), origin);
        assert_forbidden(named, "own organization");
    }
    // The other's keys are unknown here, to every call.
    assert_eq!(world.code(&there_key, &[]), "NOT_FOUND");
    let id = there_listing.key.id;
    assert_not_found(engine.key(&here, id).await);
    assert_not_found(engine.update_key(&here, id, KeyPatch::default()).await);
    assert_not_found(engine.rotate_key(&here, id, 0).await);
    assert_not_found(engine.revoke_key(&here, id).await);
    let by_id = RevokeFilter { ids: Some(vec![id.to_string()]), ..RevokeFilter::default() };
    assert_eq!(engine.revoke_keys(&here, by_id, false).await.unwrap(), 0);
    let account = world.service_account("worker", &["asset.*"]).await;
    let foreign = KeyDraft { service_account: Some(account.id.to_string()), ..draft(&["asset.read"]) };
    assert_invalid(engine.create_key(&there, foreign).await, "serviceAccountId");
    assert_not_found(engine.service_account(&there, account.id).await);
    let log = engine.audit_events(&here, AuditFilter::default(), &Paging::default()).await.unwrap();
    assert!(log.items.iter().all(|event| event.organization == here.organization_id()));
}
