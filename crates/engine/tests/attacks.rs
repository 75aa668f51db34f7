//! Attacks that worked once, and must not again.

mod harness;

use std::time::Duration;

use harness::{
    PASSWORD, World, assert_conflict, assert_forbidden, assert_invalid, draft, draft_of_owner, role, texts,
};
use keywright_domain::PresentedKey;
use keywright_engine::{
    Error, ImportItem, ImportedSecret, KeyDraft, KeyFilter, KeyPatch, MemberDraft, NewPerson,
    OrganizationDraft, Origin, Paging, PersonDraft, RoleDraft, Unauthenticated,
};
use keywright_store::Change;

#[tokio::test]
async fn a_credential_that_was_revoked_after_it_was_looked_at_changes_nothing() {
    let world = World::new().await;
    let (listing, thief) = world.issue(&world.root(), draft(&["all"])).await;
    // The thief's request was let in before the revocation, and goes on after it.
    let let_in = world.actor(&thief);
    world.engine.revoke_key(&world.root(), listing.key.id).await.unwrap();
    let minted = world.engine.create_key(&let_in, draft(&["all"])).await;
    assert!(matches!(minted, Err(Error::Unauthenticated(_))), "{minted:?}");
    let items = vec![ImportItem { secret: ImportedSecret::Sha256([9; 32]), draft: draft(&["all"]) }];
    let imported = world.engine.import_keys(&let_in, items).await;
    assert!(matches!(imported, Err(Error::Unauthenticated(_))), "{imported:?}");

    let token = world.signed_in("owner").await;
    let session = world.engine.authenticate_session(&token, None, Origin::default()).await.unwrap();
    world.engine.sign_out(&session).await.unwrap();
    let minted = world.engine.create_key(&session, draft(&["all"])).await;
    assert!(matches!(minted, Err(Error::Unauthenticated(Unauthenticated::Session))), "{minted:?}");

    let account = world.service_account("worker", &["all"]).await;
    let owned = KeyDraft { service_account: Some(account.id.to_string()), ..draft(&["all"]) };
    let (_, key) = world.issue(&world.root(), owned).await;
    let let_in = world.actor(&key);
    world.engine.set_service_account_enabled(&world.root(), account.id, false).await.unwrap();
    assert!(world.engine.create_key(&let_in, draft(&["all"])).await.is_err());
}

#[tokio::test]
async fn a_replaced_secret_makes_nothing_that_outlasts_it_and_does_not_take_the_key_over() {
    let world = World::new().await;
    let (listing, leaked) = world.issue(&world.root(), draft(&["all"])).await;
    world.engine.rotate_key(&world.root(), listing.key.id, 60).await.unwrap();
    let thief = world.actor(&leaked);
    assert_forbidden(world.engine.rotate_key(&thief, listing.key.id, 0).await, "outlast");
    let (child, _) = world.issue(&thief, draft(&["asset.read"])).await;
    assert_eq!(child.key.expires_at, Some(world.engine.now().plus(Duration::from_mins(1))));
    // Nor does it end or lessen the key for the holder of the new secret.
    let id = listing.key.id;
    let off = KeyPatch { enabled: Change::Set(Some(false)), ..KeyPatch::default() };
    let less = KeyPatch { permissions: Change::Set(Some(texts(&["asset.read"]))), ..KeyPatch::default() };
    assert_forbidden(world.engine.update_key(&thief, id, off).await, "new one");
    assert_forbidden(world.engine.update_key(&thief, id, less).await, "new one");
    assert_forbidden(world.engine.revoke_key(&thief, id).await, "new one");
    assert_forbidden(world.engine.revoke_key_numbered(&thief, listing.key.number).await, "new one");
    let all = keywright_engine::RevokeFilter {
        user: thief.user().map(|user| user.to_string()),
        ..keywright_engine::RevokeFilter::default()
    };
    assert_forbidden(world.engine.revoke_keys(&thief, all.clone(), false).await, "new one");
    assert!(world.engine.revoke_keys(&thief, all, true).await.unwrap() > 1, "counting takes nothing away");
    world.engine.revoke_key(&thief, child.key.id).await.unwrap();
}

#[tokio::test]
async fn a_weak_key_neither_revives_nor_frees_a_stronger_one() {
    let world = World::new().await;
    let limit =
        vec![keywright_domain::RateLimit { name: "default".to_owned(), limit: 1, window_seconds: 60 }];
    let soon = world.engine.now().plus(Duration::from_mins(1)).to_string();
    let strong = KeyDraft {
        enabled: Some(false),
        ip_allowlist: Some(texts(&["10.9.9.9"])),
        rate_limits: Some(limit),
        expires_at: Some(soon),
        ..draft(&["all"])
    };
    let (strong, _) = world.issue(&world.root(), strong).await;
    let (_, weak) = world.issue(&world.root(), draft(&["apiKey.update"])).await;
    let weak = world.actor(&weak);
    let patches = [
        KeyPatch { enabled: Change::Set(Some(true)), ..KeyPatch::default() },
        KeyPatch { ip_allowlist: Change::Set(None), ..KeyPatch::default() },
        KeyPatch { rate_limits: Change::Set(None), ..KeyPatch::default() },
        KeyPatch { expires_at: Change::Set(None), ..KeyPatch::default() },
    ];
    for patch in patches {
        let described = format!("{patch:?}");
        let updated = world.engine.update_key(&weak, strong.key.id, patch).await;
        let refused = matches!(updated, Err(Error::Forbidden { .. } | Error::BeyondGranter { .. }));
        assert!(refused, "{described}: {updated:?}");
    }
    // Switching one off, or naming it, takes nothing.
    let off = KeyPatch {
        enabled: Change::Set(Some(false)),
        name: Change::Set(Some("x".to_owned())),
        ..KeyPatch::default()
    };
    world.engine.update_key(&weak, strong.key.id, off).await.unwrap();
}

#[tokio::test]
async fn a_root_key_is_reset_whatever_it_was_renamed_to_and_whatever_became_of_root() {
    let mut world = World::new().await;
    let root = world.root();
    let renamed = KeyPatch { name: Change::Set(Some("innocent".to_owned())), ..KeyPatch::default() };
    world.engine.update_key(&root, root.key_id().unwrap(), renamed).await.unwrap();
    let owner = world.member("owner").await;
    let organization = root.organization_id();
    let members = world.engine.members(&owner, organization, &Paging::default()).await.unwrap();
    let member = members.items.iter().find(|member| Some(member.user) == root.user()).unwrap();
    world.engine.remove_member(&owner, organization, member.id).await.unwrap();
    world.engine.stop().await;
    let mut made = String::new();
    keywright_engine::reset_root_key(world.parts.clone(), |key| {
        key.expose().clone_into(&mut made);
        Ok(())
    })
    .await
    .unwrap();
    let old = std::mem::replace(&mut world.root_key, made);
    world.restart().await;
    assert_eq!(world.code(&old, &[]), "REVOKED");
    let again = world.root_key.clone();
    assert_eq!(world.code(&again, &["organization.delete"]), "VALID");
}

#[tokio::test]
async fn an_address_that_was_invited_is_not_taken_over_by_another_organization() {
    let world = World::new().await;
    let engine = &world.engine;
    let invite = || MemberDraft {
        email: Some("victim@example.com".to_owned()),
        name: Some("Victim".to_owned()),
        role: Some("owner".to_owned()),
    };
    let root = world.root();
    let first = engine.invite_member(&root, root.organization_id(), invite()).await.unwrap();
    world.clock.advance(Duration::from_millis(1));
    let attacker = world.member("owner").await;
    let made = OrganizationDraft { name: Some("Evil".to_owned()), ..OrganizationDraft::default() };
    let evil = engine.create_organization(&attacker, made).await.unwrap();
    let named = MemberDraft { name: Some("attacker's name".to_owned()), ..invite() };
    let second = engine.invite_member(&attacker, evil.id, named).await.unwrap();
    assert_ne!(second.member.user_name, "Victim");
    let person = || Some(NewPerson { name: None, password: PASSWORD.to_owned() });
    let accept = async |link: &keywright_engine::IssuedLink| {
        engine.accept_invitation(link.token.expose(), person(), None, Origin::default()).await
    };
    assert_forbidden(accept(second.link.as_ref().unwrap()).await, "another organization");
    accept(first.link.as_ref().unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_key_does_not_act_with_its_owners_rank() {
    let world = World::new().await;
    let root = world.root();
    let organization = root.organization_id();
    let owner = world.member("owner").await;
    let (_, key) = world.issue(&root, draft(&["member.delete", "member.update", "member.read"])).await;
    let key = world.actor(&key);
    let members = world.engine.members(&key, organization, &Paging::default()).await.unwrap();
    let other = members.items.iter().find(|member| Some(member.user) == owner.user()).unwrap();
    assert_forbidden(world.engine.remove_member(&key, organization, other.id).await, "above their own");
    assert_forbidden(
        world.engine.update_member(&key, organization, other.id, role("viewer")).await,
        "above their own",
    );
}

#[tokio::test]
async fn a_demoted_owners_key_is_not_handed_to_whoever_waits_for_the_promotion() {
    let world = World::new().await;
    let root = world.root();
    let organization = root.organization_id();
    let owner = world.member("owner").await;
    let (listing, _) = world.issue(&owner, draft(&["all"])).await;
    let members = world.engine.members(&root, organization, &Paging::default()).await.unwrap();
    let id = members.items.iter().find(|member| Some(member.user) == owner.user()).unwrap().id;
    world.engine.update_member(&root, organization, id, role("developer")).await.unwrap();
    let admin = world.member("admin").await;
    assert_forbidden(world.engine.rotate_key(&admin, listing.key.id, 0).await, "lack");
}

#[tokio::test]
async fn a_request_costs_no_more_than_it_should() {
    let world = World::new().await;
    let many: Vec<String> = (0..257).map(|number| format!("a{number}.read")).collect();
    let too_many = KeyDraft { permissions: Some(many), ..draft(&[]) };
    assert_invalid(world.engine.create_key(&world.root(), too_many).await, "permissions");
    let patterns: Vec<String> = (0..33).map(|number| format!("a{number}.*")).collect();
    let too_many = KeyDraft { permissions: Some(patterns), ..draft(&[]) };
    assert_invalid(world.engine.create_key(&world.root(), too_many).await, "permissions");
    let mut nested = serde_json::Value::Null;
    for _ in 0..40 {
        nested = serde_json::json!([nested]);
    }
    let metadata = serde_json::Map::from_iter([("a".to_owned(), nested)]);
    let deep = KeyDraft { metadata: Some(metadata), ..draft(&["asset.read"]) };
    assert_invalid(world.engine.create_key(&world.root(), deep).await, "metadata");
    let filter = KeyFilter { text: Some("_".repeat(30_000)), ..KeyFilter::default() };
    assert_invalid(world.engine.keys(&world.root(), filter, &Paging::default()).await, "q");
}

#[tokio::test]
async fn the_largest_roles_are_compiled_in_good_time() {
    let world = World::new().await;
    let mut roles = Vec::new();
    for number in 0..8 {
        let list: Vec<String> = (0..256)
            .map(|entry| format!("r{number}x{entry}.{}", if entry < 32 { "*" } else { "a" }))
            .collect();
        let role =
            RoleDraft { name: Some(format!("role {number}")), description: None, permissions: Some(list) };
        roles.push(world.engine.create_role(&world.root(), role).await.unwrap().id.to_string());
    }
    let heavy = KeyDraft { role_ids: Some(roles), ..draft_of_owner() };
    let made =
        tokio::time::timeout(Duration::from_secs(5), world.engine.create_key(&world.root(), heavy)).await;
    made.expect("compiled within seconds, unoptimized").unwrap();
}

#[tokio::test]
async fn a_password_is_not_replaced_on_the_word_of_an_older_one() {
    let world = World::new().await;
    let engine = &world.engine;
    let person = PersonDraft {
        email: "ada@example.com".to_owned(),
        name: "Ada".to_owned(),
        password: PASSWORD.to_owned(),
    };
    let signed_in = engine.set_up(&world.setup_token, person, Origin::default()).await.unwrap();
    let actor = engine.authenticate_session(signed_in.token.expose(), None, Origin::default()).await.unwrap();
    let (one, two) = tokio::join!(
        engine.change_password(&actor, PASSWORD, "the first new password"),
        engine.change_password(&actor, PASSWORD, "the second new password")
    );
    assert_ne!(one.is_ok(), two.is_ok());
    if let Err(refused) = one.and(two) {
        assert_conflict::<()>(Err(refused), "at the same time");
    }
}

#[tokio::test]
async fn a_repeated_import_is_answered_in_the_same_words_and_refusals_are_noted() {
    let world = World::new().await;
    let (_, weak) = world.issue(&world.root(), draft(&["apiKey.create", "asset.read"])).await;
    let once = || {
        world.engine.with_idempotency(world.actor(&weak), "POST", "/v1/api-keys/import", "a", b"{}").unwrap()
    };
    let items = || {
        let item = |byte, permissions: &[&str]| ImportItem {
            secret: ImportedSecret::Sha256([byte; 32]),
            draft: draft(permissions),
        };
        vec![item(1, &["asset.read"]), item(2, &["all"])]
    };
    let (one, two) = (once(), once());
    let (one, two) =
        tokio::join!(world.engine.import_keys(&one, items()), world.engine.import_keys(&two, items()));
    for mut results in [one.unwrap(), two.unwrap()] {
        assert_forbidden(results.remove(1), "lack");
        results.remove(0).unwrap();
    }
    let (root, filter) = (world.root(), keywright_engine::AuditFilter::default());
    let log = world.engine.audit_events(&root, filter, &Paging::default()).await.unwrap();
    assert_eq!(log.items.iter().filter(|event| event.refused.is_some()).count(), 1);
}

#[tokio::test]
async fn what_verify_tells_is_what_holds() {
    let world = World::new().await;
    let account = world.service_account("worker", &["asset.read"]).await;
    let owned =
        KeyDraft { service_account: Some(account.id.to_string()), ..draft(&["asset.*", "apiKey.manage"]) };
    let (_, key) = world.issue(&world.root(), owned).await;
    let request = keywright_engine::VerifyRequest::of(PresentedKey::new(&key));
    let verdict = world.verdict(&request);
    assert_eq!(verdict.key.unwrap().permissions().as_deref(), Some(&*texts(&["asset.read"])));
}

#[tokio::test]
async fn a_short_lived_bound_or_metered_key_gives_a_sibling_nothing_it_would_not_be_given_anew() {
    let world = World::new().await;
    let (sibling, _) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let (off, _) =
        world.issue(&world.root(), KeyDraft { enabled: Some(false), ..draft(&["asset.read"]) }).await;
    let soon = world.engine.now().plus(Duration::from_mins(1)).to_string();
    let limit =
        vec![keywright_domain::RateLimit { name: "default".to_owned(), limit: 1, window_seconds: 60 }];
    let base = || draft(&["apiKey.update", "asset.*"]);
    let bound = KeyDraft { ip_allowlist: Some(texts(&["10.0.0.0/8"])), ..base() };
    let origin = || Origin::new(Some("10.1.2.3".parse().unwrap()), None, None);
    for granter in [
        KeyDraft { expires_at: Some(soon), ..base() },
        bound,
        KeyDraft { rate_limits: Some(limit), ..base() },
    ] {
        let (_, granter) = world.issue(&world.root(), granter).await;
        let granter = world.engine.authenticate_key(PresentedKey::new(&granter), None, origin()).unwrap();
        let wider = KeyPatch { permissions: Change::Set(Some(texts(&["asset.*"]))), ..KeyPatch::default() };
        let on = KeyPatch { enabled: Change::Set(Some(true)), ..KeyPatch::default() };
        for (id, patch) in [(sibling.key.id, wider), (off.key.id, on)] {
            assert_forbidden(world.engine.update_key(&granter, id, patch).await, "");
        }
    }
}

#[tokio::test]
async fn a_customers_key_is_not_given_to_another_customer_without_a_grant() {
    let world = World::new().await;
    let customers = KeyDraft { external_id: Some("one".to_owned()), ..draft(&["asset.read"]) };
    let (customers, _) = world.issue(&world.root(), customers).await;
    let (_, weak) = world.issue(&world.root(), draft(&["apiKey.update"])).await;
    let moved = KeyPatch { external_id: Change::Set(Some("two".to_owned())), ..KeyPatch::default() };
    assert_forbidden(world.engine.update_key(&world.actor(&weak), customers.key.id, moved).await, "lack");
}

#[tokio::test]
async fn no_slug_reads_as_another_organizations_id_or_number() {
    let world = World::new().await;
    let owner = world.member("owner").await;
    for slug in ["1", "-1", "77", "0193f2a1-7c55-7b4e-9d54-2f1c5f3f9a10"] {
        let made = OrganizationDraft {
            name: Some("Evil".to_owned()),
            slug: Some(slug.to_owned()),
            ..OrganizationDraft::default()
        };
        assert_invalid(world.engine.create_organization(&owner, made).await, "slug");
    }
}
