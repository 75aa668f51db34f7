//! The authority rules, one by one, each with attempts to break it.

mod harness;

use std::time::Duration;

use harness::{
    World, assert_conflict, assert_forbidden, assert_invalid, assert_not_found, draft, draft_of_owner, role,
    texts,
};
use keywright_domain::{PresentedKey, Verb};
use keywright_engine::{
    AuditFilter, ImportItem, ImportedSecret, KeyDraft, KeyFilter, KeyPatch, MemberDraft, OrganizationPatch,
    Origin, Paging, PermissionDraft, RevokeFilter, RoleDraft, RolePatch, ServiceAccountDraft,
    ServiceAccountPatch, VerifyRequest,
};
use keywright_store::Change;

const ALL_OF_KEYS: [&str; 4] = ["apiKey.create", "apiKey.read", "apiKey.update", "apiKey.delete"];

fn with_keys(more: &[&'static str]) -> Vec<&'static str> {
    ALL_OF_KEYS.iter().chain(more).copied().collect()
}

#[tokio::test]
async fn nobody_grants_permissions_that_they_lack() {
    let world = World::new().await;
    let (_, weak) = world.issue(&world.root(), draft(&with_keys(&["asset.read"]))).await;
    let weak = world.actor(&weak);
    for wanted in [
        &["asset.delete"][..],
        &["asset.*"],
        &["all"],
        &["*.read"],
        &["apiKey.manage"],
        &["apikey:*"],
        &["asset.read", "member:invite"],
        &["service_account:write"],
    ] {
        assert_forbidden(world.engine.create_key(&weak, draft(wanted)).await, "nobody grants what they lack");
    }
    let (_, child) = world.issue(&weak, draft(&["asset.read", "apikey:read"])).await;
    assert_eq!(world.code(&child, &["asset.read", "apiKey.read"]), "VALID");
    assert_eq!(world.code(&child, &["asset.delete"]), "INSUFFICIENT_PERMISSIONS");
}

#[tokio::test]
async fn permissions_left_out_are_the_owners_only_if_the_creator_has_all_of_them() {
    let world = World::new().await;
    let (listing, _) = world.issue(&world.root(), draft_of_owner()).await;
    assert_eq!(listing.key.grants, keywright_store::StoredGrants::Owner);
    let (_, weak) = world.issue(&world.root(), draft(&with_keys(&["asset.read"]))).await;
    let (_, copy) = world.issue(&world.actor(&weak), draft_of_owner()).await;
    assert_eq!(world.code(&copy, &["asset.read", "apiKey.create"]), "VALID");
    assert_eq!(world.code(&copy, &["asset.delete"]), "INSUFFICIENT_PERMISSIONS");
}

#[tokio::test]
async fn nobody_grants_verbs_that_they_lack() {
    let world = World::new().await;
    let mut reader = draft(&["all"]);
    (reader.scope, reader.verbs) = (None, Some(vec![Verb::Read, Verb::Create]));
    let (_, reader) = world.issue(&world.root(), reader).await;
    let reader = world.actor(&reader);
    assert_forbidden(world.engine.create_key(&reader, draft(&["asset.read"])).await, "UPDATE");
    let fitting = KeyDraft { scope: Some("read".to_owned()), ..draft(&["asset.read"]) };
    world.engine.create_key(&reader, fitting).await.unwrap();
}

#[tokio::test]
async fn a_key_does_not_outlast_its_creator() {
    let world = World::new().await;
    let soon = world.engine.now().plus(Duration::from_mins(1));
    let later = world.engine.now().plus(Duration::from_secs(61));
    let short = KeyDraft { expires_at: Some(soon.to_string()), ..draft(&["all"]) };
    let (short_listing, short) = world.issue(&world.root(), short).await;
    let actor = world.actor(&short);
    let longer = KeyDraft { expires_at: Some(later.to_string()), ..draft(&["all"]) };
    assert_forbidden(world.engine.create_key(&actor, longer).await, "outlast");
    let (child, _) = world.issue(&actor, draft(&["asset.read"])).await;
    assert_eq!(child.key.expires_at, Some(soon));
    for expires_at in [Some(later.to_string()), None] {
        for id in [child.key.id, short_listing.key.id] {
            let patch = KeyPatch { expires_at: Change::Set(expires_at.clone()), ..KeyPatch::default() };
            assert_forbidden(world.engine.update_key(&actor, id, patch).await, "outlast");
        }
    }
    // A longer-lived sibling's new secret would outlast it too.
    let (sibling, _) = world.issue(&world.root(), draft(&["asset.read"])).await;
    assert_forbidden(world.engine.rotate_key(&actor, sibling.key.id, 0).await, "outlast");
}

#[tokio::test]
async fn a_key_does_not_work_where_its_creator_does_not() {
    let world = World::new().await;
    let bound = KeyDraft { ip_allowlist: Some(texts(&["10.0.0.0/8"])), ..draft(&["all"]) };
    let (bound_listing, bound) = world.issue(&world.root(), bound).await;
    let origin = Origin::new(Some("10.1.2.3".parse().unwrap()), None, None);
    let actor = world.engine.authenticate_key(PresentedKey::new(&bound), None, origin).unwrap();
    let (child, _) = world.issue(&actor, draft(&["asset.read"])).await;
    assert!(!child.key.allowlist.is_unrestricted());
    let elsewhere = KeyDraft { ip_allowlist: Some(texts(&["192.0.2.0/24"])), ..draft(&["asset.read"]) };
    assert_forbidden(world.engine.create_key(&actor, elsewhere).await, "addresses");
    for id in [child.key.id, bound_listing.key.id] {
        let patch = KeyPatch { ip_allowlist: Change::Set(None), ..KeyPatch::default() };
        assert_forbidden(world.engine.update_key(&actor, id, patch).await, "addresses");
    }
}

#[tokio::test]
async fn an_update_never_widens_beyond_the_caller() {
    let world = World::new().await;
    let (_, weak) = world.issue(&world.root(), draft(&with_keys(&["asset.read"]))).await;
    let weak = world.actor(&weak);
    let own = weak.key_id().unwrap();
    let (strong, _) = world.issue(&world.root(), draft(&["all"])).await;
    let permissions =
        |list: &[&str]| KeyPatch { permissions: Change::Set(Some(texts(list))), ..KeyPatch::default() };
    assert_forbidden(world.engine.update_key(&weak, own, permissions(&["all"])).await, "lack");
    assert_forbidden(world.engine.update_key(&weak, own, permissions(&["asset.*"])).await, "lack");
    // Less than before is always allowed, even of a key that can do more than the caller.
    world.engine.update_key(&weak, strong.key.id, permissions(&["asset.*", "album.*"])).await.unwrap();
    assert_forbidden(
        world.engine.update_key(&weak, strong.key.id, permissions(&["asset.*", "x.y"])).await,
        "lack",
    );
    // Taking the customer's id away would let a pattern reach the management permissions.
    let customers = KeyDraft { external_id: Some("customer".to_owned()), ..draft(&["all"]) };
    let (customers, secret) = world.issue(&world.root(), customers).await;
    assert_eq!(world.code(&secret, &["apiKey.read"]), "INSUFFICIENT_PERMISSIONS");
    let patch = KeyPatch { external_id: Change::Set(None), ..KeyPatch::default() };
    assert_forbidden(world.engine.update_key(&weak, customers.key.id, patch).await, "lack");
    // Clearing the permissions gives what the owner has only to a caller who has it.
    let patch = KeyPatch { permissions: Change::Set(None), ..KeyPatch::default() };
    let cleared = world.engine.update_key(&weak, own, patch).await.unwrap();
    assert_ne!(cleared.key.grants, keywright_store::StoredGrants::Owner);
    // More verbs are more access.
    let (reading, _) = world
        .issue(&world.root(), KeyDraft { scope: Some("read".to_owned()), ..draft(&["billing.pay"]) })
        .await;
    let patch = KeyPatch { scope: Change::Set(Some("read-write".to_owned())), ..KeyPatch::default() };
    assert_forbidden(world.engine.update_key(&weak, reading.key.id, patch).await, "lack");
}

#[tokio::test]
async fn handing_out_a_new_secret_is_a_grant() {
    let world = World::new().await;
    let (_, weak) = world.issue(&world.root(), draft(&with_keys(&["asset.read"]))).await;
    let weak = world.actor(&weak);
    let (strong, _) = world.issue(&world.root(), draft(&["all"])).await;
    assert_forbidden(world.engine.rotate_key(&weak, strong.key.id, 0).await, "lack");
    assert_forbidden(world.engine.rotate_key(&weak, world.root().key_id().unwrap(), 0).await, "lack");
    world.engine.rotate_key(&weak, weak.key_id().unwrap(), 60).await.unwrap();
}

#[tokio::test]
async fn an_import_grants_no_more_than_a_create() {
    let world = World::new().await;
    let (_, weak) = world.issue(&world.root(), draft(&["apiKey.create", "asset.read"])).await;
    let items = |permissions: &[&str]| {
        vec![ImportItem { secret: ImportedSecret::Sha256([9; 32]), draft: draft(permissions) }]
    };
    let mut results = world.engine.import_keys(&world.actor(&weak), items(&["all"])).await.unwrap();
    assert_forbidden(results.remove(0), "lack");
    let mut results = world.engine.import_keys(&world.actor(&weak), items(&["asset.read"])).await.unwrap();
    results.remove(0).unwrap();
}

#[tokio::test]
async fn a_role_is_a_grant_when_made_widened_and_given() {
    let world = World::new().await;
    let engine = &world.engine;
    let (_, weak) = world.issue(&world.root(), draft(&with_keys(&["role.*", "asset.read"]))).await;
    let weak = world.actor(&weak);
    let role = |permissions: &[&str]| RoleDraft {
        name: Some(format!("role {permissions:?}")),
        description: None,
        permissions: Some(texts(permissions)),
    };
    assert_forbidden(engine.create_role(&weak, role(&["all"])).await, "lack");
    let strong = engine.create_role(&world.root(), role(&["all"])).await.unwrap();
    let with_role = |id: keywright_domain::RoleId| KeyDraft {
        role_ids: Some(vec![id.to_string()]),
        permissions: None,
        ..draft(&[])
    };
    assert_forbidden(engine.create_key(&weak, with_role(strong.id)).await, "lack");
    let small = engine.create_role(&weak, role(&["asset.read"])).await.unwrap();
    let (_, key) = world.issue(&weak, with_role(small.id)).await;
    assert_eq!(world.code(&key, &["asset.read"]), "VALID");
    let wider =
        |list: &[&str]| RolePatch { permissions: Change::Set(Some(texts(list))), ..RolePatch::default() };
    assert_forbidden(engine.update_role(&weak, small.id, wider(&["all"])).await, "lack");
    // A role that changes changes the live keys that have it, at once.
    engine.update_role(&world.root(), small.id, wider(&["asset.read", "album.read"])).await.unwrap();
    assert_eq!(world.code(&key, &["album.read"]), "VALID");
    engine.delete_role(&world.root(), small.id).await.unwrap();
    assert_eq!(world.code(&key, &["asset.read"]), "INSUFFICIENT_PERMISSIONS");
}

#[tokio::test]
async fn a_role_is_changed_as_it_was_seen_where_the_caller_says_so() {
    let world = World::new().await;
    let (engine, root) = (&world.engine, world.root());
    let draft = RoleDraft {
        name: Some("readers".to_owned()),
        description: None,
        permissions: Some(texts(&["asset.read"])),
    };
    let seen = engine.create_role(&root, draft).await.unwrap();
    let seen = engine.role(&root, seen.id).await.unwrap();
    let named = |name: &str, unchanged_since| RolePatch {
        name: Change::Set(Some(name.to_owned())),
        unchanged_since,
        ..RolePatch::default()
    };
    engine.update_role(&root, seen.id, named("first", Some(seen.revision))).await.unwrap();
    let late = engine.update_role(&root, seen.id, named("second", Some(seen.revision))).await;
    assert_conflict(late, "changed by someone else");
    assert_eq!(engine.role(&root, seen.id).await.unwrap().name, "first");
    engine.update_role(&root, seen.id, named("third", None)).await.unwrap();
}

#[tokio::test]
async fn a_service_account_is_a_grant_when_made_widened_and_enabled() {
    let world = World::new().await;
    let engine = &world.engine;
    let mut permissions = with_keys(&["apiKey.manage", "asset.read"]);
    permissions.push("service_account:write");
    let (_, weak) = world.issue(&world.root(), draft(&permissions)).await;
    let weak = world.actor(&weak);
    let account = |permissions: &[&str]| ServiceAccountDraft {
        name: Some(format!("account {permissions:?}")),
        permissions: Some(texts(permissions)),
        ..ServiceAccountDraft::default()
    };
    assert_forbidden(engine.create_service_account(&weak, account(&["all"])).await, "lack");
    let strong = world.service_account("strong", &["all"]).await;
    // Its keys stay within the caller, whatever the account may do.
    let for_strong = KeyDraft { service_account: Some(strong.id.to_string()), ..draft(&["album.read"]) };
    assert_forbidden(engine.create_key(&weak, for_strong).await, "lack");
    let copied = KeyDraft { service_account: Some(strong.id.to_string()), ..draft_of_owner() };
    let (_, copied) = world.issue(&weak, copied).await;
    assert_eq!(world.code(&copied, &["album.read"]), "INSUFFICIENT_PERMISSIONS");
    assert_eq!(world.code(&copied, &["asset.read"]), "VALID");
    let wider = ServiceAccountPatch {
        permissions: Change::Set(Some(texts(&["all"]))),
        ..ServiceAccountPatch::default()
    };
    let small = engine.create_service_account(&weak, account(&["asset.read"])).await.unwrap();
    assert_forbidden(engine.update_service_account(&weak, small.id, wider).await, "lack");
    engine.set_service_account_enabled(&world.root(), strong.id, false).await.unwrap();
    assert_forbidden(engine.set_service_account_enabled(&weak, strong.id, true).await, "lack");
}

#[tokio::test]
async fn a_ceiling_bounds_live_keys_at_once() {
    let world = World::new().await;
    let engine = &world.engine;
    let account = world.service_account("worker", &["asset.*"]).await;
    let owned = |draft: KeyDraft| KeyDraft { service_account: Some(account.id.to_string()), ..draft };
    let (_, key) = world.issue(&world.root(), owned(draft(&["all"]))).await;
    let (_, dynamic) = world.issue(&world.root(), owned(draft_of_owner())).await;
    for key in [&key, &dynamic] {
        assert_eq!(world.code(key, &["asset.delete"]), "VALID");
        assert_eq!(world.code(key, &["album.read"]), "INSUFFICIENT_PERMISSIONS");
    }
    let set = |list: &[&str]| ServiceAccountPatch {
        permissions: Change::Set(Some(texts(list))),
        ..ServiceAccountPatch::default()
    };
    engine.update_service_account(&world.root(), account.id, set(&["asset.read"])).await.unwrap();
    for key in [&key, &dynamic] {
        assert_eq!(world.code(key, &["asset.delete"]), "INSUFFICIENT_PERMISSIONS");
        assert_eq!(world.code(key, &["asset.read"]), "VALID");
    }
    engine.set_service_account_enabled(&world.root(), account.id, false).await.unwrap();
    assert_eq!(world.code(&key, &[]), "DISABLED");
    engine.set_service_account_enabled(&world.root(), account.id, true).await.unwrap();
    assert_eq!(world.code(&key, &[]), "VALID");
    engine.delete_service_account(&world.root(), account.id).await.unwrap();
    assert_eq!(world.code(&key, &[]), "REVOKED");
    let late = owned(draft(&["asset.read"]));
    assert_invalid(engine.create_key(&world.root(), late).await, "serviceAccountId");
}

#[tokio::test]
async fn what_a_verdict_lists_follows_roles_and_owners_at_once() {
    let world = World::new().await;
    let (engine, root) = (&world.engine, world.root());
    let account = world.service_account("worker", &["asset.*", "album.*"]).await;
    let role = RoleDraft {
        name: Some("reader".to_owned()),
        description: None,
        permissions: Some(texts(&["asset.read"])),
    };
    let role = engine.create_role(&root, role).await.unwrap();
    let owned = KeyDraft {
        role_ids: Some(vec![role.id.to_string()]),
        service_account: Some(account.id.to_string()),
        ..draft(&["album.read"])
    };
    let (_, key) = world.issue(&root, owned.clone()).await;
    let (_, twin) = world.issue(&root, owned).await;
    // Asked twice: what is kept of the first answer is not to outlive what it was made of.
    let lists = |expected: &[&str]| {
        for key in [&key, &key, &twin] {
            let verdict = world.verdict(&VerifyRequest::of(PresentedKey::new(key)));
            assert_eq!(verdict.key.unwrap().permissions().as_deref(), Some(&*texts(expected)));
        }
    };
    lists(&["album.read", "asset.read"]);
    let of_role =
        |list: &[&str]| RolePatch { permissions: Change::Set(Some(texts(list))), ..RolePatch::default() };
    engine.update_role(&root, role.id, of_role(&["asset.create"])).await.unwrap();
    lists(&["album.read", "asset.create"]);
    let of_owner = |list: &[&str]| ServiceAccountPatch {
        permissions: Change::Set(Some(texts(list))),
        ..ServiceAccountPatch::default()
    };
    engine.update_service_account(&root, account.id, of_owner(&["album.*"])).await.unwrap();
    lists(&["album.read"]);
    engine.update_service_account(&root, account.id, of_owner(&["asset.*", "album.*"])).await.unwrap();
    lists(&["album.read", "asset.create"]);
    engine.delete_role(&root, role.id).await.unwrap();
    lists(&["album.read"]);
}

#[tokio::test]
async fn lowering_a_member_shrinks_their_live_keys_and_removing_one_revokes_them() {
    let world = World::new().await;
    let engine = &world.engine;
    let root = world.root();
    let organization = root.organization_id();
    let admin = world.member("admin").await;
    let (_, key) = world.issue(&admin, draft_of_owner()).await;
    assert_eq!(world.code(&key, &["member.create", "asset.delete"]), "VALID");
    let members = engine.members(&root, organization, &Paging::default()).await.unwrap();
    let id = members.items.iter().find(|member| Some(member.user) == admin.user()).unwrap().id;
    engine.update_member(&root, organization, id, role("viewer")).await.unwrap();
    assert_eq!(world.code(&key, &["member.create"]), "INSUFFICIENT_PERMISSIONS");
    assert_eq!(world.code(&key, &["asset.delete"]), "INSUFFICIENT_PERMISSIONS");
    assert_eq!(world.code(&key, &["asset.read"]), "VALID");
    engine.remove_member(&root, organization, id).await.unwrap();
    assert_eq!(world.code(&key, &[]), "REVOKED");
}

#[tokio::test]
async fn other_owners_keys_are_not_there_without_manage() {
    let world = World::new().await;
    let engine = &world.engine;
    let developer = world.member("developer").await;
    let (others, _) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let (own, _) = world.issue(&developer, draft(&["asset.read"])).await;
    assert_not_found(engine.key(&developer, others.key.id).await);
    assert_not_found(engine.update_key(&developer, others.key.id, KeyPatch::default()).await);
    assert_not_found(engine.rotate_key(&developer, others.key.id, 0).await);
    assert_not_found(engine.revoke_key(&developer, others.key.id).await);
    assert_forbidden(engine.revoke_keys(&developer, RevokeFilter::default(), false).await, "apiKey.manage");
    let listed = engine.keys(&developer, KeyFilter::default(), &Paging::default()).await.unwrap();
    assert_eq!(listed.items.iter().map(|listing| listing.key.id).collect::<Vec<_>>(), [own.key.id]);
    let account = world.service_account("worker", &["asset.*"]).await;
    let for_account = KeyDraft { service_account: Some(account.id.to_string()), ..draft(&["asset.read"]) };
    assert_forbidden(engine.create_key(&developer, for_account).await, "apiKey.manage");
    let of_account = KeyFilter { service_account: Some(account.id.to_string()), ..KeyFilter::default() };
    assert!(engine.keys(&developer, of_account, &Paging::default()).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn nobody_touches_a_role_above_their_own_and_the_last_owner_stays() {
    let world = World::new().await;
    let engine = &world.engine;
    let root = world.root();
    let organization = root.organization_id();
    let admin = world.member("admin").await;
    let invite = |role: &str| MemberDraft {
        email: Some(format!("{role}-new@example.com")),
        name: None,
        role: Some(role.to_owned()),
    };
    assert_forbidden(engine.invite_member(&admin, organization, invite("owner")).await, "lack");
    engine.invite_member(&admin, organization, invite("admin")).await.unwrap();
    let members = engine.members(&root, organization, &Paging::default()).await.unwrap().items;
    let owner = members.iter().find(|member| Some(member.user) == root.user()).unwrap().id;
    let own = members.iter().find(|member| Some(member.user) == admin.user()).unwrap().id;
    assert_forbidden(
        engine.update_member(&admin, organization, owner, role("viewer")).await,
        "above their own",
    );
    assert_forbidden(engine.remove_member(&admin, organization, owner).await, "above their own");
    assert_forbidden(engine.update_member(&admin, organization, own, role("owner")).await, "lack");
    assert_conflict(engine.update_member(&root, organization, owner, role("admin")).await, "last owner");
    assert_conflict(engine.remove_member(&root, organization, owner).await, "last owner");
    // A key may invite only to roles within its own access, whatever its owner is.
    let (_, inviter) = world.issue(&root, draft(&["member.*", "asset.read"])).await;
    let inviter = world.actor(&inviter);
    assert_forbidden(engine.invite_member(&inviter, organization, invite("viewer")).await, "lack");
    let developer = world.member("developer").await;
    assert_forbidden(engine.invite_member(&developer, organization, invite("viewer")).await, "member.create");
}

#[tokio::test]
async fn a_verb_is_changed_only_by_who_has_the_permission_with_every_verb() {
    let world = World::new().await;
    let engine = &world.engine;
    let declare = |name: &str, verb: &str| PermissionDraft {
        name: Some(name.to_owned()),
        verb: Some(verb.to_owned()),
        description: None,
    };
    engine.declare_permission(&world.root(), declare("money.refund", "MANAGE")).await.unwrap();
    let reader = KeyDraft { scope: Some("read".to_owned()), ..draft(&["money.refund", "asset.share"]) };
    let (_, reader) = world.issue(&world.root(), reader).await;
    assert_eq!(world.code(&reader, &["money.refund"]), "INSUFFICIENT_PERMISSIONS");
    let (_, keeper) = world.issue(&world.root(), draft(&["catalogue.*", "x.y"])).await;
    let keeper = world.actor(&keeper);
    assert_forbidden(engine.declare_permission(&keeper, declare("money.refund", "READ")).await, "lack");
    assert_forbidden(engine.declare_permission(&keeper, declare("asset.share", "READ")).await, "lack");
    assert_forbidden(engine.delete_permission(&keeper, "money.refund").await, "lack");
    assert_invalid(engine.declare_permission(&world.root(), declare("apiKey.create", "READ")).await, "name");
    assert_invalid(engine.declare_permission(&world.root(), declare("apikey:revoke", "READ")).await, "name");
    engine.declare_permission(&world.root(), declare("money.refund", "READ")).await.unwrap();
    assert_eq!(world.code(&reader, &["money.refund"]), "VALID");
}

#[tokio::test]
async fn a_closed_catalogue_refuses_what_it_does_not_know() {
    let world = World::new().await;
    let engine = &world.engine;
    let root = world.root();
    let patch = OrganizationPatch {
        permission_catalogue: Change::Set(Some("closed".to_owned())),
        ..OrganizationPatch::default()
    };
    engine.update_organization(&root, root.organization_id(), patch).await.unwrap();
    assert_invalid(engine.create_key(&world.root(), draft(&["asset.read"])).await, "permissions");
    let declared = PermissionDraft { name: Some("asset.read".to_owned()), ..PermissionDraft::default() };
    engine.declare_permission(&world.root(), declared).await.unwrap();
    engine.create_key(&world.root(), draft(&["asset.read", "asset.*", "all"])).await.unwrap();
}

#[tokio::test]
async fn a_metered_key_does_not_make_or_lift_limits() {
    let world = World::new().await;
    let limits =
        vec![keywright_domain::RateLimit { name: "default".to_owned(), limit: 1, window_seconds: 60 }];
    let metered = KeyDraft { rate_limits: Some(limits), ..draft(&with_keys(&["asset.read"])) };
    let (_, metered) = world.issue(&world.root(), metered).await;
    let metered = world.actor(&metered);
    assert_forbidden(world.engine.create_key(&metered, draft(&["asset.read"])).await, "rate limits");
    let patch = KeyPatch { rate_limits: Change::Set(None), ..KeyPatch::default() };
    assert_forbidden(
        world.engine.update_key(&metered, metered.key_id().unwrap(), patch).await,
        "rate limits",
    );
    let (sibling, _) = world.issue(&world.root(), draft(&["asset.read"])).await;
    assert_forbidden(world.engine.rotate_key(&metered, sibling.key.id, 0).await, "rate limits");
}

#[tokio::test]
async fn what_is_refused_is_in_the_audit_log() {
    let world = World::new().await;
    // Of what is done in one millisecond nobody could say which was first.
    world.clock.advance(Duration::from_millis(1));
    let (_, weak) = world.issue(&world.root(), draft(&["apiKey.create", "asset.read"])).await;
    world.clock.advance(Duration::from_millis(1));
    assert_forbidden(world.engine.create_key(&world.actor(&weak), draft(&["all"])).await, "lack");
    let log =
        world.engine.audit_events(&world.root(), AuditFilter::default(), &Paging::default()).await.unwrap();
    let actions: Vec<(&str, bool)> =
        log.items.iter().map(|event| (event.action.as_str(), event.refused.is_some())).collect();
    assert_eq!(actions, [("apiKey.create", true), ("apiKey.create", false), ("server.initialize", false)]);
}
