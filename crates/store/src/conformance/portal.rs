//! The portal: sessions of customers, and the keys that they make.

use std::sync::Arc;

use keywright_domain::{OrganizationId, PortalSettings, ServiceAccountId};

use super::world::{ALL, NOW, World, key_ids, key_query, later, nobody};
use crate::{
    Applied, Change, Command, Condition, Gathered, KeyOwner, KeyQuery, KeyRecord, KeySelector, LinkPurpose,
    OrganizationChanges, PageRequest, PortalOpener, PortalSession, PortalSessionQuery, Refusal, Store,
    UniqueField, UsageCount, UsageGrouping, UsageQuery,
};

async fn place(world: &World) -> (OrganizationId, ServiceAccountId) {
    let organization = world.add_organization().await.id;
    (organization, world.add_service_account(organization).await.id)
}

fn session(world: &World, (organization, account): (OrganizationId, ServiceAccountId)) -> PortalSession {
    PortalSession {
        id: world.id(),
        organization,
        external_id: "customer-1".to_owned(),
        service_account: account,
        permissions: vec!["photo.read".parse().unwrap(), "album:*".parse().unwrap()],
        opener: PortalOpener::Key(world.id(), world.digest()),
        created_by: world.id::<()>().uuid(),
        created_at: NOW,
        expires_at: later(3600),
        digest: None,
        opened_at: None,
        ended_at: None,
    }
}

async fn add(world: &World, session: PortalSession) -> PortalSession {
    let made = world.done(Command::CreatePortalSession(Box::new(session.clone()))).await;
    assert_eq!(made, None, "it takes no revision");
    session
}

async fn open(world: &World, session: &PortalSession) -> Result<Applied, Refusal> {
    world.one(Command::OpenPortalSession { id: session.id, digest: world.digest() }).await
}

async fn meets(world: &World, seconds: i64, condition: Condition) -> Result<(), Refusal> {
    let command = Command::If { conditions: vec![condition], then: Box::new(Command::Note) };
    world.one_at(later(seconds), command).await.map(drop)
}

/// A key that the customer of a session made there.
fn made_there(world: &World, session: &PortalSession) -> KeyRecord {
    KeyRecord {
        external_id: Some(session.external_id.clone()),
        portal_customer: Some(session.external_id.clone()),
        ..world.key(session.organization, KeyOwner::ServiceAccount(session.service_account))
    }
}

pub async fn a_portal_session_is_stored_as_it_was_given(store: Arc<dyn Store>) {
    let world = World::new(store);
    let place = place(&world).await;
    let full = PortalSession {
        digest: Some(world.digest()),
        opened_at: Some(later(1)),
        ended_at: Some(later(2)),
        ..session(&world, place)
    };
    let bare = PortalSession { opener: PortalOpener::Session(world.id()), ..session(&world, place) };
    for made in [full, bare] {
        let made = add(&world, made).await;
        assert_eq!(world.store.portal_session(made.id).await.unwrap(), Some(made.clone()));
        let twin = Command::CreatePortalSession(Box::new(PortalSession { digest: None, ..made }));
        assert_eq!(world.one(twin).await, Err(Refusal::NotUnique(UniqueField::Identity)));
    }
    assert_eq!(world.store.portal_session(nobody()).await.unwrap(), None);
}

pub async fn a_portal_session_needs_a_service_account_that_is_there(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, account) = place(&world).await;
    let elsewhere = world.add_organization().await.id;
    let gone = world.add_service_account(organization).await.id;
    world.done(Command::DeleteServiceAccount { organization, id: gone }).await;
    for place in [(organization, nobody()), (elsewhere, account), (organization, gone)] {
        let command = Command::CreatePortalSession(Box::new(session(&world, place)));
        assert_eq!(world.one(command).await, Err(Refusal::OwnerGone));
    }
}

pub async fn a_portal_session_begins_once_by_its_link(store: Arc<dyn Store>) {
    let world = World::new(store);
    let made = add(&world, session(&world, place(&world).await)).await;
    let link = world.link(made.organization, LinkPurpose::Portal(made.id));
    world.done(Command::CreateLinkToken(link.clone())).await;
    assert_eq!(world.store.link_token(link.digest).await.unwrap(), Some(link.clone()));
    let (first, second) = (world.digest(), world.digest());
    let begin = |digest| Command::UseLinkToken {
        id: link.id,
        then: vec![Command::OpenPortalSession { id: made.id, digest }],
    };
    let outcome = world.batch_at(later(1), vec![begin(first), begin(second)]).await;
    assert_eq!(outcome.outcomes, [Ok(Applied::Done), Err(Refusal::LinkUsed)]);
    assert_eq!(open(&world, &made).await, Err(Refusal::LinkUsed), "another link would not do either");
    let begun = world.store.portal_session(made.id).await.unwrap().unwrap();
    assert_eq!((begun.digest, begun.opened_at), (Some(first), Some(later(1))));

    let place = (made.organization, made.service_account);
    let (ended, over) =
        (add(&world, session(&world, place)).await, add(&world, session(&world, place)).await);
    world.done(Command::EndPortalSession { organization: made.organization, id: ended.id }).await;
    assert_eq!(open(&world, &ended).await, Err(Refusal::LinkUsed));
    let late = Command::OpenPortalSession { id: over.id, digest: world.digest() };
    assert_eq!(world.one_at(over.expires_at, late).await, Err(Refusal::LinkUsed));
}

pub async fn a_portal_session_is_open_while_all_it_rests_on_is(store: Arc<dyn Store>) {
    const GONE: Result<(), Refusal> = Err(Refusal::CredentialGone);
    let world = World::new(store);
    let (organization, account) = place(&world).await;
    let made = add(&world, session(&world, (organization, account))).await;
    let is_open = Condition::PortalOpen(made.id);
    assert_eq!(meets(&world, 0, is_open).await, GONE, "its link was not used");
    open(&world, &made).await.unwrap();
    assert_eq!(meets(&world, 3599, is_open).await, Ok(()));
    assert_eq!(meets(&world, 3600, is_open).await, GONE);
    for (enabled, outcome) in [(false, GONE), (true, Ok(()))] {
        world.done(Command::SetServiceAccountEnabled { organization, id: account, enabled }).await;
        assert_eq!(meets(&world, 0, is_open).await, outcome);
    }
    let end = |organization| Command::EndPortalSession { organization, id: made.id };
    assert_eq!(world.one(end(nobody())).await, Err(Refusal::NotFound), "another organization's");
    assert_eq!(meets(&world, 0, is_open).await, Ok(()));
    assert_eq!(world.one_at(later(5), end(organization)).await, Ok(Applied::Done));
    assert_eq!(world.one_at(later(9), end(organization)).await, Ok(Applied::Done), "it has ended already");
    assert_eq!(meets(&world, 0, is_open).await, GONE);
    assert_eq!(world.store.portal_session(made.id).await.unwrap().unwrap().ended_at, Some(later(5)));

    let other = add(&world, session(&world, (organization, account))).await;
    open(&world, &other).await.unwrap();
    world.done(Command::DeleteServiceAccount { organization, id: account }).await;
    assert_eq!(meets(&world, 0, Condition::PortalOpen(other.id)).await, GONE);
    let closing = place(&world).await;
    let third = add(&world, session(&world, closing)).await;
    open(&world, &third).await.unwrap();
    let row = world.store.organization(closing.0).await.unwrap().unwrap();
    world.done(Command::DeleteOrganization { id: row.id, unchanged_since: row.revision }).await;
    assert_eq!(meets(&world, 0, Condition::PortalOpen(third.id)).await, GONE);
}

pub async fn there_is_room_for_so_many_keys_that_work(store: Arc<dyn Store>) {
    let world = World::new(store);
    let place = place(&world).await;
    let made = add(&world, session(&world, place)).await;
    let has_room = async |most| meets(&world, 0, Condition::PortalHasRoom(made.id, most)).await;
    // None of these is one that this customer made there for that account.
    let own = made_there(&world, &made);
    let elsewhere = KeyOwner::ServiceAccount(world.add_service_account(place.0).await.id);
    for other in [
        KeyRecord { portal_customer: None, ..made_there(&world, &made) },
        KeyRecord { owner: elsewhere, ..made_there(&world, &made) },
        KeyRecord { external_id: Some("customer-2".to_owned()), ..made_there(&world, &made) },
        KeyRecord { expires_at: Some(NOW), ..made_there(&world, &made) },
    ] {
        world.add(other).await;
    }
    assert_eq!(has_room(1).await, Ok(()));
    let own = world.add(own).await;
    assert_eq!((has_room(1).await, has_room(2).await), (Err(Refusal::PortalFull), Ok(())));
    // Within one batch, too: of two that race, one finds room.
    let create = || {
        let command = Command::CreateKey { key: made_there(&world, &made), secret: world.secret() };
        Command::If { conditions: vec![Condition::PortalHasRoom(made.id, 2)], then: Box::new(command) }
    };
    let outcomes = world.batch(vec![create(), create()]).await.outcomes;
    assert_eq!(outcomes, [Ok(Applied::Done), Err(Refusal::PortalFull)]);
    let which = KeySelector { ids: Some(vec![own.id]), ..KeySelector::default() };
    world.done(Command::RevokeKeys { organization: place.0, which }).await;
    assert_eq!(has_room(2).await, Ok(()));
}

pub async fn a_customer_makes_so_many_keys_in_a_day(store: Arc<dyn Store>) {
    const SPENT: Result<(), Refusal> = Err(Refusal::PortalSpent);
    const DAY: i64 = 24 * 60 * 60;
    let world = World::new(store);
    let place = place(&world).await;
    let made = add(&world, session(&world, place)).await;
    let add_and_revoke = async |customer: &str, count| {
        for _ in 0..count {
            let external_id = Some(customer.to_owned());
            let portal_customer = external_id.clone();
            let key =
                world.add(KeyRecord { external_id, portal_customer, ..made_there(&world, &made) }).await;
            let which = KeySelector { ids: Some(vec![key.id]), ..KeySelector::default() };
            world.done(Command::RevokeKeys { organization: place.0, which }).await;
        }
    };
    let has_room =
        async |seconds, most| meets(&world, seconds, Condition::PortalHasRoom(made.id, most)).await;
    add_and_revoke("customer-2", 10).await;
    add_and_revoke("customer-1", 9).await;
    assert_eq!(has_room(0, 1).await, Ok(()), "another customer's do not count");
    add_and_revoke("customer-1", 1).await;
    assert_eq!((has_room(0, 1).await, has_room(0, 2).await), (SPENT, Ok(())), "revoked ones count");
    assert_eq!((has_room(DAY, 1).await, has_room(DAY + 1, 1).await), (SPENT, Ok(())));
    assert_eq!(meets(&world, 0, Condition::PortalHasRoom(nobody(), 1)).await, Err(Refusal::CredentialGone));
}

pub async fn a_customer_is_let_go_with_their_sessions(store: Arc<dyn Store>) {
    let world = World::new(store);
    let place = place(&world).await;
    let of = |customer: &str| PortalSession { external_id: customer.to_owned(), ..session(&world, place) };
    let (begun, waiting) = (add(&world, of("customer-1")).await, add(&world, of("customer-1")).await);
    let others = add(&world, of("customer-2")).await;
    let elsewhere = add(&world, session(&world, self::place(&world).await)).await;
    for session in [&begun, &others, &elsewhere] {
        open(&world, session).await.unwrap();
    }
    world.add(made_there(&world, &begun)).await;
    let revoke = async |seconds, count_only, ends_portal_sessions| {
        let external_id = Some("customer-1".to_owned());
        let which = KeySelector { external_id, count_only, ends_portal_sessions, ..KeySelector::default() };
        world.one_at(later(seconds), Command::RevokeKeys { organization: place.0, which }).await
    };
    assert_eq!(revoke(1, true, true).await, Ok(Applied::Count(1)));
    assert_eq!(meets(&world, 1, Condition::PortalOpen(begun.id)).await, Ok(()), "it was only counted");
    assert_eq!(revoke(2, false, false).await, Ok(Applied::Count(1)));
    assert_eq!(meets(&world, 2, Condition::PortalOpen(begun.id)).await, Ok(()), "its keys alone were meant");
    assert_eq!(revoke(3, false, true).await, Ok(Applied::Count(0)));
    let gone = Err(Refusal::CredentialGone);
    assert_eq!(meets(&world, 3, Condition::PortalOpen(begun.id)).await, gone);
    assert_eq!(open(&world, &waiting).await, Err(Refusal::LinkUsed), "its link leads nowhere");
    for session in [&others, &elsewhere] {
        assert_eq!(meets(&world, 3, Condition::PortalOpen(session.id)).await, Ok(()));
    }
}

pub async fn portal_sessions_in_force_are_listed_newest_first(store: Arc<dyn Store>) {
    let world = World::new(store);
    let place = place(&world).await;
    let mut made = Vec::new();
    for customer in ["customer-1", "customer-2", "customer-1", "customer-1"] {
        let external_id = customer.to_owned();
        made.push(add(&world, PortalSession { external_id, ..session(&world, place) }).await.id);
    }
    add(&world, PortalSession { expires_at: later(1), ..session(&world, place) }).await;
    let ended = add(&world, session(&world, place)).await;
    world.done(Command::EndPortalSession { organization: place.0, id: ended.id }).await;
    let query = PortalSessionQuery { organization: place.0, external_id: None, at: later(1), page: ALL };
    let listed = async |query: &PortalSessionQuery| {
        let page = world.store.portal_sessions(query.clone()).await.unwrap();
        (page.items.iter().map(|session| session.id).collect::<Vec<_>>(), page.next)
    };
    assert_eq!(listed(&query).await.0, [made[3], made[2], made[1], made[0]]);
    let one = PortalSessionQuery { external_id: Some("customer-1".to_owned()), ..query.clone() };
    assert_eq!(listed(&one).await.0, [made[3], made[2], made[0]]);
    let mut page = PageRequest { limit: 3, offset: 0, after: None };
    let (first, next) = listed(&PortalSessionQuery { page: page.clone(), ..query.clone() }).await;
    page.after = next;
    let (second, next) = listed(&PortalSessionQuery { page, ..query.clone() }).await;
    assert_eq!((first.len(), second, next), (3, vec![made[0]], None));
    assert_eq!(listed(&PortalSessionQuery { organization: nobody(), ..query }).await.0, []);
}

pub async fn portal_sessions_that_are_long_over_are_forgotten(store: Arc<dyn Store>) {
    let world = World::new(store);
    let place = place(&world).await;
    let short = add(&world, PortalSession { expires_at: later(9), ..session(&world, place) }).await;
    let long = add(&world, PortalSession { expires_at: later(11), ..session(&world, place) }).await;
    world.store.prune(crate::Revision::ZERO, later(10)).await.unwrap();
    assert_eq!(world.store.portal_session(short.id).await.unwrap(), None);
    assert!(world.store.portal_session(long.id).await.unwrap().is_some());
}

pub async fn keys_and_counts_are_told_by_the_customer_who_made_them(store: Arc<dyn Store>) {
    let world = World::new(store);
    let place = place(&world).await;
    let made = session(&world, place);
    let own = world.add(made_there(&world, &made)).await;
    let operators = world.add(KeyRecord { portal_customer: None, ..made_there(&world, &made) }).await;
    let moved = KeyRecord { external_id: Some("customer-2".to_owned()), ..made_there(&world, &made) };
    let moved = world.add(moved).await;
    assert_eq!(world.stored(&own).await.key, own);
    let query = KeyQuery { portal_customer: Some("customer-1".to_owned()), ..key_query(place.0) };
    let listed = world.store.keys(query.clone()).await.unwrap().items;
    assert_eq!(key_ids(&listed), [moved.id, own.id]);
    let both = KeyQuery { external_id: Some("customer-1".to_owned()), ..query };
    assert_eq!(key_ids(&world.store.keys(both).await.unwrap().items), [own.id]);

    let count = |key: &KeyRecord, count| UsageCount {
        organization: place.0,
        key: key.id,
        minute: NOW.as_minutes(),
        outcome: "VALID",
        count,
    };
    let rows = vec![count(&own, 1), count(&operators, 10), count(&moved, 100)];
    world.store.record_usage(Gathered { id: world.id(), now: NOW, rows }).await.unwrap();
    let query = UsageQuery {
        organization: place.0,
        key: None,
        owner: Some(own.owner),
        external_id: Some("customer-1".to_owned()),
        portal_customer: Some("customer-1".to_owned()),
        outcome: None,
        since: 0,
        until: i64::MAX / 2,
        step: None,
        grouping: UsageGrouping::None,
        page: ALL,
    };
    let told = world.store.usage(query.clone()).await.unwrap().items;
    assert_eq!(told[0].counts, [("VALID".to_owned(), 1)]);
    let told = world.store.usage(UsageQuery { external_id: None, ..query }).await.unwrap().items;
    assert_eq!(told[0].counts, [("VALID".to_owned(), 101)]);
}

pub async fn a_portal_is_set_and_changed_with_its_organization(store: Arc<dyn Store>) {
    let world = World::new(store);
    let before = world.add_organization().await;
    let portal = PortalSettings {
        frame_origins: vec!["https://app.example.com".parse().unwrap()],
        accent: Some("#1f5fbf".parse().unwrap()),
        max_keys: 3,
        ..PortalSettings::default()
    };
    let (id, unchanged_since) = (before.id, before.revision);
    let changes =
        OrganizationChanges { portal: Change::Set(portal.clone()), ..OrganizationChanges::default() };
    world.done(Command::UpdateOrganization { id, unchanged_since, changes }).await;
    let after = world.store.organization(id).await.unwrap().unwrap();
    assert_eq!((after.portal, after.name), (portal, before.name));
}
