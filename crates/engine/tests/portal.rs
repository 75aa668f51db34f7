//! The portal: what a customer reaches there, and when it ends.

mod harness;

use std::time::Duration;

use harness::{
    World, assert_conflict, assert_forbidden, assert_invalid, assert_not_found, draft, role, texts,
};
use keywright_domain::{KeyId, MemberRole, Timestamp};
use keywright_engine::{
    Actor, Error, KeyDraft, KeyFilter, KeyPatch, OrganizationPatch, Origin, Paging, PortalKeyDraft,
    PortalSessionDraft, PortalSettingsPatch, PortalVisitor, RevokeFilter, ServiceAccountPatch,
    Unauthenticated, VerifyRequest,
};
use keywright_store::{Change, KeyListing, PortalSession, ServiceAccount};

const PERMISSIONS: [&str; 2] = ["photo.read", "photo.upload"];

fn session_draft(account: &ServiceAccount, customer: &str) -> PortalSessionDraft {
    PortalSessionDraft {
        external_id: Some(customer.to_owned()),
        service_account: Some(account.id.to_string()),
        permissions: Some(texts(&PERMISSIONS)),
        ttl_seconds: None,
    }
}

/// A session whose link was used, with the token of its cookie.
struct Opened {
    session: PortalSession,
    token: String,
}

async fn open_by(world: &World, actor: &Actor, draft: PortalSessionDraft) -> Opened {
    let issued = world.engine.create_portal_session(actor, draft).await.unwrap();
    let link = issued.link.unwrap();
    let id = issued.session.id;
    let opened = world.engine.open_portal(id, link.token.expose(), Origin::default()).await.unwrap();
    assert_eq!(opened.expires_at, issued.session.expires_at);
    Opened { session: issued.session, token: opened.token.expose().to_owned() }
}

async fn enter(world: &World, opened: &Opened) -> Result<PortalVisitor, Error> {
    world.engine.authenticate_portal(opened.session.id, &opened.token, Origin::default()).await
}

/// A backend's key: it may open the portal and has what the customers are to have, and nothing else.
async fn backend(world: &World) -> (KeyListing, String) {
    world.issue(&world.root(), draft(&["portalSession.create", "photo.*"])).await
}

async fn make(world: &World, visitor: &PortalVisitor, name: &str) -> (KeyListing, String) {
    let draft = PortalKeyDraft {
        name: Some(name.to_owned()),
        permissions: texts(&["photo.read"]),
        ..PortalKeyDraft::default()
    };
    let issued = world.engine.create_portal_key(visitor, draft).await.unwrap();
    (issued.listing, issued.secret.unwrap().expose().to_owned())
}

async fn names(world: &World, visitor: &PortalVisitor) -> Vec<String> {
    let listing = world.engine.portal_keys(visitor, true, &Paging::whole()).await.unwrap();
    listing.items.into_iter().map(|listing| listing.key.name).collect()
}

#[track_caller]
fn assert_over<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    match outcome {
        Err(Error::Unauthenticated(Unauthenticated::Portal)) => {}
        other => panic!("not over: {other:?}"),
    }
}

#[track_caller]
fn assert_leads_nowhere<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    match outcome {
        Err(Error::Unauthenticated(Unauthenticated::Link)) => {}
        other => panic!("it leads somewhere: {other:?}"),
    }
}

/// A world with a service account, a backend's key and a customer who is in the portal.
async fn stage() -> (World, ServiceAccount, Actor, Opened) {
    let world = World::new().await;
    let account = world.service_account("customers", &["photo.*"]).await;
    let backend = world.actor(&backend(&world).await.1);
    let opened = open_by(&world, &backend, session_draft(&account, "customer-1")).await;
    (world, account, backend, opened)
}

#[tokio::test]
async fn a_customer_keeps_their_own_keys() {
    let (world, account, _, opened) = stage().await;
    let visitor = enter(&world, &opened).await.unwrap();
    assert_eq!((visitor.customer(), visitor.expires_at()), ("customer-1", opened.session.expires_at));
    assert!(names(&world, &visitor).await.is_empty());
    let (listing, secret) = make(&world, &visitor, "laptop").await;
    let key = &listing.key;
    assert_eq!(key.owner, keywright_store::KeyOwner::ServiceAccount(account.id));
    assert_eq!(
        (key.external_id.as_deref(), key.portal_customer.as_deref()),
        (Some("customer-1"), Some("customer-1"))
    );
    assert_eq!(
        (world.code(&secret, &["photo.read"]), world.code(&secret, &["photo.upload"])),
        ("VALID", "INSUFFICIENT_PERMISSIONS")
    );
    assert_eq!(names(&world, &visitor).await, ["laptop"]);

    let rotated = world.engine.rotate_portal_key(&visitor, key.id, 0).await.unwrap();
    let newer = rotated.secret.unwrap().expose().to_owned();
    assert_eq!((world.code(&secret, &[]), world.code(&newer, &["photo.read"])), ("REVOKED", "VALID"));
    world.engine.revoke_portal_key(&visitor, key.id).await.unwrap();
    assert_eq!(world.code(&newer, &[]), "REVOKED");
    let live = world.engine.portal_keys(&visitor, false, &Paging::whole()).await.unwrap();
    assert!(live.items.is_empty());
    assert_eq!(names(&world, &visitor).await, ["laptop"]);
}

#[tokio::test]
async fn what_was_done_there_is_told_with_the_customer() {
    let (world, account, backend, _) = stage().await;
    let pass = || world.clock.advance(Duration::from_secs(1));
    pass();
    let issued = world.engine.create_portal_session(&backend, session_draft(&account, "customer-1")).await;
    let issued = issued.unwrap();
    pass();
    let (id, link) = (issued.session.id, issued.link.unwrap());
    let token = world.engine.open_portal(id, link.token.expose(), Origin::default()).await.unwrap().token;
    let opened = Opened { session: issued.session, token: token.expose().to_owned() };
    let visitor = enter(&world, &opened).await.unwrap();
    pass();
    let (listing, _) = make(&world, &visitor, "laptop").await;
    pass();
    world.engine.rotate_portal_key(&visitor, listing.key.id, 60).await.unwrap();
    pass();
    world.engine.revoke_portal_key(&visitor, listing.key.id).await.unwrap();
    pass();
    world.engine.leave_portal(&visitor).await.unwrap();
    let events = world
        .engine
        .audit_events(&world.root(), keywright_engine::AuditFilter::default(), &Paging::whole())
        .await
        .unwrap();
    let told: Vec<_> = events.items.iter().take(6).map(|event| event.action.as_str()).collect();
    let done = ["portalSession.end", "apiKey.revoke", "apiKey.rotate", "apiKey.create", "portalSession.open"];
    assert_eq!(told[..5], done);
    assert_eq!(told[5], "portalSession.create");
    for event in &events.items[..5] {
        assert_eq!(event.actor_kind, keywright_store::ActorKind::Portal);
        assert_eq!((event.actor, event.key), (Some(opened.session.id.uuid()), None));
        assert_eq!(event.details["externalId"], "customer-1");
    }
    assert_eq!(events.items[5].actor_kind, keywright_store::ActorKind::User, "whose key it is");
    assert_over(enter(&world, &opened).await);
}

#[tokio::test]
async fn other_keys_are_out_of_reach() {
    let (world, account, backend, opened) = stage().await;
    let visitor = enter(&world, &opened).await.unwrap();
    let (own, _) = make(&world, &visitor, "own").await;
    let by_operator = |customer: &str| KeyDraft {
        service_account: Some(account.id.to_string()),
        external_id: Some(customer.to_owned()),
        ..draft(&["photo.read"])
    };
    let (operators, operators_secret) = world.issue(&world.root(), by_operator("customer-1")).await;
    let neighbour = open_by(&world, &backend, session_draft(&account, "customer-2")).await;
    let neighbour = enter(&world, &neighbour).await.unwrap();
    let (neighbours, neighbours_secret) = make(&world, &neighbour, "neighbour's").await;
    let other_account = world.service_account("others", &["photo.*"]).await;
    let elsewhere = open_by(&world, &backend, session_draft(&other_account, "customer-1")).await;
    let elsewhere = enter(&world, &elsewhere).await.unwrap();
    let (elsewheres, _) = make(&world, &elsewhere, "other account's").await;
    let (unrelated, _) = world.issue(&world.root(), draft(&["photo.read"])).await;

    assert_eq!(names(&world, &visitor).await, ["own"]);
    assert_eq!(names(&world, &neighbour).await, ["neighbour's"]);
    for out_of_reach in [&operators, &neighbours, &elsewheres, &unrelated] {
        let id = out_of_reach.key.id;
        assert_not_found(world.engine.portal_key(&visitor, id).await);
        assert_not_found(world.engine.rotate_portal_key(&visitor, id, 0).await);
        assert_not_found(world.engine.revoke_portal_key(&visitor, id).await);
    }
    for secret in [operators_secret, neighbours_secret] {
        assert_eq!(world.code(&secret, &["photo.read"]), "VALID");
    }
    // What an operator gives to another customer is the first one's no more, and never was the other's.
    let moved = KeyPatch { external_id: Change::Set(Some("customer-2".to_owned())), ..KeyPatch::default() };
    world.engine.update_key(&world.root(), own.key.id, moved).await.unwrap();
    for visitor in [&visitor, &neighbour] {
        assert_not_found(world.engine.portal_key(visitor, own.key.id).await);
    }
    let everything = world.engine.keys(&world.root(), KeyFilter::default(), &Paging::whole()).await.unwrap();
    assert!(everything.items.len() >= 6, "an operator sees them all");
}

#[tokio::test]
async fn the_link_leads_there_once() {
    let world = World::new().await;
    let account = world.service_account("customers", &["photo.*"]).await;
    let (root, draft) = (world.root(), session_draft(&account, "customer-1"));
    let made = world.engine.create_portal_session(&root, draft.clone()).await.unwrap();
    let other = world.engine.create_portal_session(&root, draft.clone()).await.unwrap();
    let (id, link) = (made.session.id, made.link.unwrap());
    let token = link.token.expose();
    let open = async |id, token: &str| world.engine.open_portal(id, token, Origin::default()).await;
    for _ in 0..2 {
        assert!(world.engine.portal_link_is_open(id, token).await.unwrap(), "asking uses nothing up");
    }
    assert_leads_nowhere(open(other.session.id, token).await);
    assert_leads_nowhere(open(id, &world.setup_token).await);
    assert_leads_nowhere(open(id, "nonsense").await);
    let cookie = open(id, token).await.unwrap().token;
    assert_leads_nowhere(open(id, token).await);
    assert!(!world.engine.portal_link_is_open(id, token).await.unwrap());

    // The link's token is not the session's, and neither is a session of anything else.
    let enter = async |id, token: &str| world.engine.authenticate_portal(id, token, Origin::default()).await;
    assert!(enter(id, cookie.expose()).await.is_ok());
    assert_over(enter(id, token).await);
    assert_over(enter(other.session.id, cookie.expose()).await);
    let as_session = world.engine.authenticate_session(cookie.expose(), None, Origin::default()).await;
    assert!(matches!(as_session, Err(Error::Unauthenticated(Unauthenticated::Session))), "{as_session:?}");
    assert!(world.engine.accept_invitation(token, None, None, Origin::default()).await.is_err());

    let late = other.link.unwrap();
    world.clock.advance(Duration::from_mins(5));
    assert_leads_nowhere(open(other.session.id, late.token.expose()).await);
}

#[tokio::test]
async fn a_session_ends_with_its_time_or_when_it_is_ended() {
    let (world, account, backend, opened) = stage().await;
    let short = PortalSessionDraft { ttl_seconds: Some(60), ..session_draft(&account, "customer-1") };
    let short = open_by(&world, &backend, short).await;
    world.clock.advance(Duration::from_secs(59));
    assert!(enter(&world, &short).await.is_ok());
    world.clock.advance(Duration::from_secs(1));
    assert_over(enter(&world, &short).await);

    let visitor = enter(&world, &opened).await.unwrap();
    let root = world.root();
    let listed = async || {
        let listing = world.engine.portal_sessions(&root, None, &Paging::whole()).await.unwrap();
        listing.items.into_iter().map(|session| session.id).collect::<Vec<_>>()
    };
    assert_eq!(listed().await, [opened.session.id]);
    world.engine.end_portal_session(&root, opened.session.id).await.unwrap();
    assert!(listed().await.is_empty());
    assert_over(enter(&world, &opened).await);
    // Also for who was let in and dawdled.
    let late = PortalKeyDraft {
        name: Some("late".to_owned()),
        permissions: texts(&["photo.read"]),
        ..PortalKeyDraft::default()
    };
    assert_over(world.engine.create_portal_key(&visitor, late).await);
    assert_not_found(
        world.engine.end_portal_session(&root, keywright_domain::Id::from_uuid(root_id(&root))).await,
    );
}

fn root_id(root: &Actor) -> uuid::Uuid {
    root.organization_id().uuid()
}

#[tokio::test]
async fn it_is_over_when_the_opening_key_is() {
    let revoke = async |world: &World, id: KeyId| {
        world.engine.revoke_key(&world.root(), id).await.unwrap();
    };
    let disable = async |world: &World, id: KeyId| {
        let patch = KeyPatch { enabled: Change::Set(Some(false)), ..KeyPatch::default() };
        world.engine.update_key(&world.root(), id, patch).await.unwrap();
    };
    let lessen = async |world: &World, id: KeyId| {
        let permissions = Change::Set(Some(texts(&["photo.*"])));
        let patch = KeyPatch { permissions, ..KeyPatch::default() };
        world.engine.update_key(&world.root(), id, patch).await.unwrap();
    };
    let rotate = async |world: &World, id: KeyId| {
        world.engine.rotate_key(&world.root(), id, 0).await.unwrap();
    };
    for act in 0..4 {
        let world = World::new().await;
        let account = world.service_account("customers", &["photo.*"]).await;
        let (key, secret) = backend(&world).await;
        let actor = world.actor(&secret);
        let opened = open_by(&world, &actor, session_draft(&account, "customer-1")).await;
        let pending = world.engine.create_portal_session(&actor, session_draft(&account, "customer-1")).await;
        let pending = pending.unwrap();
        let visitor = enter(&world, &opened).await.unwrap();
        let id = key.key.id;
        match act {
            0 => revoke(&world, id).await,
            1 => disable(&world, id).await,
            2 => lessen(&world, id).await,
            _ => rotate(&world, id).await,
        }
        assert_over(enter(&world, &opened).await);
        let link = pending.link.unwrap();
        let late = world.engine.open_portal(pending.session.id, link.token.expose(), Origin::default()).await;
        assert_leads_nowhere(late);
        if act == 2 {
            // As for any caller: what a request that was let in may do is what was seen then.
            continue;
        }
        let dawdling = PortalKeyDraft {
            name: Some("late".to_owned()),
            permissions: texts(&["photo.read"]),
            ..PortalKeyDraft::default()
        };
        let refused = world.engine.create_portal_key(&visitor, dawdling).await;
        assert!(
            matches!(refused, Err(Error::Unauthenticated(_) | Error::Forbidden { .. })),
            "{act}: {refused:?}"
        );
    }
}

#[tokio::test]
async fn a_rotation_of_the_opening_key_ends_it_with_the_overlap() {
    let world = World::new().await;
    let account = world.service_account("customers", &["photo.*"]).await;
    let (key, secret) = backend(&world).await;
    let opened = open_by(&world, &world.actor(&secret), session_draft(&account, "customer-1")).await;
    world.engine.rotate_key(&world.root(), key.key.id, 600).await.unwrap();
    assert!(enter(&world, &opened).await.is_ok());
    world.clock.advance(Duration::from_mins(10));
    assert_over(enter(&world, &opened).await);
}

#[tokio::test]
async fn it_is_over_when_the_person_who_opened_it_may_not_any_more() {
    for act in 0..4 {
        let world = World::new().await;
        let account = world.service_account("customers", &["photo.*"]).await;
        let token = world.signed_in("admin").await;
        let admin = world.engine.authenticate_session(&token, None, Origin::default()).await.unwrap();
        assert_eq!(admin.member_role(), Some(MemberRole::Admin));
        let opened = open_by(&world, &admin, session_draft(&account, "customer-1")).await;
        assert!(enter(&world, &opened).await.is_ok());
        let organization = admin.organization_id();
        let members = world.engine.members(&world.root(), organization, &Paging::whole()).await.unwrap();
        let member = members.items.iter().find(|member| Some(member.user) == admin.user()).unwrap().id;
        let root = world.root();
        match act {
            0 => drop(
                world.engine.update_member(&root, organization, member, role("developer")).await.unwrap(),
            ),
            1 => world.engine.remove_member(&root, organization, member).await.unwrap(),
            2 => world.engine.sign_out(&admin).await.unwrap(),
            _ => world.clock.advance(Duration::from_hours(31 * 24)),
        }
        assert_over(enter(&world, &opened).await);
    }
}

#[tokio::test]
async fn it_is_over_while_the_service_account_is_disabled() {
    let (world, account, _, opened) = stage().await;
    world.engine.set_service_account_enabled(&world.root(), account.id, false).await.unwrap();
    assert_over(enter(&world, &opened).await);
    world.engine.set_service_account_enabled(&world.root(), account.id, true).await.unwrap();
    let visitor = enter(&world, &opened).await.unwrap();
    world.engine.delete_service_account(&world.root(), account.id).await.unwrap();
    assert_over(enter(&world, &opened).await);
    let late = PortalKeyDraft {
        name: Some("late".to_owned()),
        permissions: texts(&["photo.read"]),
        ..PortalKeyDraft::default()
    };
    assert!(world.engine.create_portal_key(&visitor, late).await.is_err());
}

#[tokio::test]
async fn nothing_is_handed_out_beyond_any_of_the_three() {
    let world = World::new().await;
    let account = world.service_account("customers", &["photo.read", "photo.upload", "album.read"]).await;
    let (key, secret) = world.issue(&world.root(), draft(&["portalSession.create", "photo.*"])).await;
    let backend = world.actor(&secret);
    // More than its opener has: not at all.
    let wide = PortalSessionDraft {
        permissions: Some(texts(&["photo.read", "album.read"])),
        ..session_draft(&account, "customer-1")
    };
    assert_forbidden(world.engine.create_portal_session(&backend, wide).await, "album.read");
    let all = PortalSessionDraft {
        permissions: Some(texts(&["photo.*"])),
        ..session_draft(&account, "customer-1")
    };
    let opened = open_by(&world, &backend, all).await;
    let offered = async || {
        let visitor = enter(&world, &opened).await.unwrap();
        let mut names: Vec<_> = visitor.permissions().into_iter().map(|offered| offered.name).collect();
        names.sort();
        names
    };
    assert_eq!(offered().await, ["photo.read", "photo.upload"], "within what the service account has");
    let attempt = async |permission: &str| {
        let visitor = enter(&world, &opened).await.unwrap();
        let draft = PortalKeyDraft {
            name: Some("x".to_owned()),
            permissions: texts(&[permission]),
            ..PortalKeyDraft::default()
        };
        world.engine.create_portal_key(&visitor, draft).await
    };
    assert!(attempt("photo.upload").await.is_ok());
    for beyond in
        ["photo.*", "photo.delete", "album.read", "all", "*.read", "apiKey.read", "portalSession.create"]
    {
        assert_forbidden(attempt(beyond).await, "nobody grants what they lack");
    }
    // The opener's key loses some of it, then the service account the rest.
    let permissions = Change::Set(Some(texts(&["portalSession.create", "photo.read"])));
    let patch = KeyPatch { permissions, ..KeyPatch::default() };
    world.engine.update_key(&world.root(), key.key.id, patch).await.unwrap();
    assert_eq!(offered().await, ["photo.read"]);
    assert_forbidden(attempt("photo.upload").await, "nobody grants what they lack");
    let visitor = enter(&world, &opened).await.unwrap();
    let made = world.engine.portal_keys(&visitor, false, &Paging::whole()).await.unwrap().items.remove(0);
    let rotated = world.engine.rotate_portal_key(&visitor, made.key.id, 0).await;
    assert_forbidden(rotated, "nobody grants what they lack");
    world.engine.revoke_portal_key(&visitor, made.key.id).await.unwrap();
    let permissions = Change::Set(Some(texts(&["album.read"])));
    let patch = ServiceAccountPatch { permissions, ..ServiceAccountPatch::default() };
    world.engine.update_service_account(&world.root(), account.id, patch).await.unwrap();
    assert!(offered().await.is_empty());
}

#[tokio::test]
async fn a_pattern_never_reaches_what_governs() {
    let world = World::new().await;
    let account = world.service_account("customers", &["all"]).await;
    let all =
        PortalSessionDraft { permissions: Some(texts(&["all"])), ..session_draft(&account, "customer-1") };
    let opened = open_by(&world, &world.root(), all).await;
    let visitor = enter(&world, &opened).await.unwrap();
    let make = async |permission: &str| {
        let draft = PortalKeyDraft {
            name: Some("x".to_owned()),
            permissions: texts(&[permission]),
            ..PortalKeyDraft::default()
        };
        world.engine.create_portal_key(&visitor, draft).await
    };
    let secret = make("all").await.unwrap().secret.unwrap().expose().to_owned();
    assert_eq!(
        (world.code(&secret, &["photo.read"]), world.code(&secret, &["apiKey.read"])),
        ("VALID", "INSUFFICIENT_PERMISSIONS")
    );
    assert_forbidden(make("apiKey.manage").await, "nobody grants what they lack");
}

#[tokio::test]
async fn keys_are_bound_as_the_opening_key_is() {
    let world = World::new().await;
    let account = world.service_account("customers", &["photo.*"]).await;
    let ends = "2027-02-01T00:00:00.000Z";
    let bound = KeyDraft {
        ip_allowlist: Some(texts(&["192.0.2.0/24"])),
        expires_at: Some(ends.to_owned()),
        ..draft(&["portalSession.create", "photo.*"])
    };
    let (_, secret) = world.issue(&world.root(), bound).await;
    let opened = open_by(&world, &world.actor_from(&secret, "192.0.2.7"), session_draft(&account, "c")).await;
    // The customer is elsewhere.
    let origin = Origin::new(Some("198.51.100.1".parse().unwrap()), None, None);
    let visitor = world.engine.authenticate_portal(opened.session.id, &opened.token, origin).await.unwrap();
    let end: Timestamp = ends.parse().unwrap();
    assert_eq!(visitor.latest_expiry(world.engine.now()), Some(end));
    assert_eq!(visitor.networks(), ["192.0.2.0/24"]);
    let (made, key) = make(&world, &visitor, "bound").await;
    assert_eq!(made.key.expires_at, Some(end));
    let from = |address: &str| VerifyRequest {
        address: Some(address.parse().unwrap()),
        ..VerifyRequest::of(keywright_domain::PresentedKey::new(&key))
    };
    assert_eq!(world.verdict(&from("192.0.2.9")).code, "VALID");
    assert_eq!(world.verdict(&from("198.51.100.1")).code, "IP_NOT_ALLOWED");
    // One that is counted must not have others made that are not.
    let metered = KeyDraft {
        rate_limits: Some(harness::limits(&[("default", 5, 60)])),
        ..draft(&["portalSession.create", "photo.*"])
    };
    let (_, secret) = world.issue(&world.root(), metered).await;
    let refused =
        world.engine.create_portal_session(&world.actor(&secret), session_draft(&account, "c")).await;
    assert_forbidden(refused, "rate limits or credits");
}

#[tokio::test]
async fn a_customer_has_so_many_keys() {
    let (world, account, backend, opened) = stage().await;
    let portal = PortalSettingsPatch { max_keys: Some(2), ..PortalSettingsPatch::default() };
    let patch = OrganizationPatch { portal: Change::Set(Some(portal)), ..OrganizationPatch::default() };
    let organization = world.root().organization_id();
    world.engine.update_organization(&world.root(), organization, patch).await.unwrap();
    let visitor = enter(&world, &opened).await.unwrap();
    assert_eq!(visitor.max_keys(), 2);
    let (first, _) = make(&world, &visitor, "one").await;
    make(&world, &visitor, "two").await;
    let third = || PortalKeyDraft {
        name: Some("three".to_owned()),
        permissions: texts(&["photo.read"]),
        ..PortalKeyDraft::default()
    };
    assert_conflict(world.engine.create_portal_key(&visitor, third()).await, "as many keys");
    // Another session is no way around it; another customer has room of their own.
    let again = open_by(&world, &backend, session_draft(&account, "customer-1")).await;
    let again = enter(&world, &again).await.unwrap();
    assert_conflict(world.engine.create_portal_key(&again, third()).await, "as many keys");
    let other = open_by(&world, &backend, session_draft(&account, "customer-2")).await;
    make(&world, &enter(&world, &other).await.unwrap(), "one").await;
    world.engine.revoke_portal_key(&visitor, first.key.id).await.unwrap();
    world.engine.create_portal_key(&visitor, third()).await.unwrap();
}

#[tokio::test]
async fn making_and_revoking_in_a_loop_ends() {
    let (world, account, backend, opened) = stage().await;
    let portal = PortalSettingsPatch { max_keys: Some(2), ..PortalSettingsPatch::default() };
    let patch = OrganizationPatch { portal: Change::Set(Some(portal)), ..OrganizationPatch::default() };
    let organization = world.root().organization_id();
    world.engine.update_organization(&world.root(), organization, patch).await.unwrap();
    let draft = || PortalKeyDraft {
        name: Some("more".to_owned()),
        permissions: texts(&["photo.read"]),
        ..PortalKeyDraft::default()
    };
    let visitor = enter(&world, &opened).await.unwrap();
    for _ in 0..20 {
        let (made, _) = make(&world, &visitor, "short-lived").await;
        world.engine.revoke_portal_key(&visitor, made.key.id).await.unwrap();
    }
    let refused = world.engine.create_portal_key(&visitor, draft()).await;
    assert!(matches!(refused, Err(Error::TooManyAttempts { .. })), "{refused:?}");
    let again = open_by(&world, &backend, session_draft(&account, "customer-1")).await;
    let again = enter(&world, &again).await.unwrap();
    let refused = world.engine.create_portal_key(&again, draft()).await;
    assert!(matches!(refused, Err(Error::TooManyAttempts { .. })), "another session is no way around it");
}

#[tokio::test]
async fn rotating_in_a_loop_ends() {
    let (world, _, _, opened) = stage().await;
    let visitor = enter(&world, &opened).await.unwrap();
    let (made, _) = make(&world, &visitor, "one").await;
    let rotate = || world.engine.rotate_portal_key(&visitor, made.key.id, 0);
    for _ in 0..29 {
        rotate().await.unwrap();
    }
    for _ in 0..2 {
        assert!(matches!(rotate().await, Err(Error::TooManyAttempts { .. })));
    }
    // What is to be undone is undone.
    world.clock.advance(Duration::from_secs(10));
    rotate().await.unwrap();
    assert!(matches!(rotate().await, Err(Error::TooManyAttempts { .. })));
    world.engine.revoke_portal_key(&visitor, made.key.id).await.unwrap();
    world.engine.revoke_portal_key(&visitor, made.key.id).await.unwrap();
}

#[tokio::test]
async fn who_is_let_go_is_out_of_the_portal_too() {
    let (world, account, backend, opened) = stage().await;
    let others = open_by(&world, &backend, session_draft(&account, "customer-2")).await;
    let visitor = enter(&world, &opened).await.unwrap();
    let (_, secret) = make(&world, &visitor, "one").await;
    let revoke = async |filter: RevokeFilter, dry_run| {
        world.engine.revoke_keys(&world.root(), filter, dry_run).await.unwrap()
    };
    let customer = || RevokeFilter { external_id: Some("customer-1".to_owned()), ..RevokeFilter::default() };
    // No one is let go by these.
    assert_eq!(revoke(customer(), true).await, 1);
    let narrower = RevokeFilter { service_account: Some(account.id.to_string()), ..customer() };
    assert_eq!(revoke(narrower, false).await, 1);
    assert_eq!(world.code(&secret, &[]), "REVOKED");
    assert!(enter(&world, &opened).await.is_ok());
    let (_, secret) = make(&world, &visitor, "two").await;
    assert_eq!(revoke(customer(), false).await, 1);
    assert_eq!(world.code(&secret, &[]), "REVOKED");
    assert_over(enter(&world, &opened).await);
    let late = PortalKeyDraft {
        name: Some("late".to_owned()),
        permissions: texts(&["photo.read"]),
        ..PortalKeyDraft::default()
    };
    assert!(world.engine.create_portal_key(&visitor, late).await.is_err(), "a page that is still open");
    assert!(enter(&world, &others).await.is_ok());
}

#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_key() {
    let (world, _, _, opened) = stage().await;
    let send = async |body: &[u8]| {
        let visitor = enter(&world, &opened).await.unwrap();
        let visitor = world.engine.portal_answered_once(visitor, "/portal/x/keys/new", "once", body).unwrap();
        let draft = PortalKeyDraft {
            name: Some("one".to_owned()),
            permissions: texts(&["photo.read"]),
            ..PortalKeyDraft::default()
        };
        world.engine.create_portal_key(&visitor, draft).await
    };
    let first = send(b"form").await.unwrap();
    let second = send(b"form").await.unwrap();
    assert_eq!(first.listing.key.id, second.listing.key.id);
    assert_eq!(first.secret.unwrap().expose(), second.secret.unwrap().expose());
    assert_conflict(send(b"another").await, "another");
    assert_eq!(names(&world, &enter(&world, &opened).await.unwrap()).await, ["one"]);
}

#[tokio::test]
async fn a_session_is_checked_when_it_is_made() {
    let world = World::new().await;
    let account = world.service_account("customers", &["photo.*"]).await;
    let root = world.root();
    let good = || session_draft(&account, "customer-1");
    let refused = async |draft: PortalSessionDraft, field: &str| {
        assert_invalid(world.engine.create_portal_session(&root, draft).await, field);
    };
    refused(PortalSessionDraft { external_id: None, ..good() }, "externalId").await;
    refused(PortalSessionDraft { external_id: Some("a\u{0}b".to_owned()), ..good() }, "externalId").await;
    refused(PortalSessionDraft { external_id: Some("x".repeat(256)), ..good() }, "externalId").await;
    refused(PortalSessionDraft { service_account: None, ..good() }, "serviceAccountId").await;
    refused(PortalSessionDraft { service_account: Some("x".to_owned()), ..good() }, "serviceAccountId").await;
    let nobody = root.organization_id().to_string();
    refused(PortalSessionDraft { service_account: Some(nobody), ..good() }, "serviceAccountId").await;
    refused(PortalSessionDraft { permissions: None, ..good() }, "permissions").await;
    refused(PortalSessionDraft { permissions: Some(Vec::new()), ..good() }, "permissions").await;
    refused(PortalSessionDraft { permissions: Some(texts(&["?"])), ..good() }, "permissions[0]").await;
    for seconds in [0, 59, 86_401, u64::MAX] {
        refused(PortalSessionDraft { ttl_seconds: Some(seconds), ..good() }, "ttlSeconds").await;
    }
    world.engine.set_service_account_enabled(&root, account.id, false).await.unwrap();
    refused(good(), "serviceAccountId").await;
    let (_, narrow) = world.issue(&root, draft(&["photo.*", "apiKey.*", "apiKey.manage"])).await;
    let narrow = world.actor(&narrow);
    assert_forbidden(world.engine.create_portal_session(&narrow, good()).await, "portalSession.create");
    assert_forbidden(
        world.engine.portal_sessions(&narrow, None, &Paging::whole()).await,
        "portalSession.read",
    );
    let id = keywright_domain::Id::from_uuid(root_id(&root));
    assert_forbidden(world.engine.end_portal_session(&narrow, id).await, "portalSession.delete");
}

#[tokio::test]
async fn use_is_told_of_those_keys_alone() {
    let (world, account, _, opened) = stage().await;
    let visitor = enter(&world, &opened).await.unwrap();
    let (listing, secret) = make(&world, &visitor, "one").await;
    let operators = KeyDraft {
        service_account: Some(account.id.to_string()),
        external_id: Some("customer-1".to_owned()),
        ..draft(&["photo.read"])
    };
    let (_, operators) = world.issue(&world.root(), operators).await;
    for _ in 0..3 {
        assert_eq!(world.code(&secret, &["photo.read"]), "VALID");
        assert_eq!(world.code(&operators, &["photo.read"]), "VALID");
    }
    assert_eq!(world.code(&secret, &["photo.upload"]), "INSUFFICIENT_PERMISSIONS");
    world.engine.stop().await;
    let (days, since, until) = world.engine.portal_usage(&visitor, None).await.unwrap();
    assert_eq!(days.len(), 1);
    let counts = &days[0].counts;
    assert_eq!(*counts, [("INSUFFICIENT_PERMISSIONS".to_owned(), 1), ("VALID".to_owned(), 3)]);
    assert_eq!(until.since(since), Duration::from_hours(30 * 24));
    let (of_it, ..) = world.engine.portal_usage(&visitor, Some(listing.key.id)).await.unwrap();
    assert_eq!(of_it, days);
}
