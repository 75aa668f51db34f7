//! The request log.

use std::sync::Arc;

use keywright_domain::{OrganizationId, RequestId, Timestamp};

use super::world::{ALL, NOW, World, address, later, nobody};
use crate::{Gathered, KeyOwner, KeyRecord, KeyRequest, LoggedRequest, PageRequest, RequestQuery, Store};

fn request(world: &World, key: &KeyRecord, at: Timestamp) -> LoggedRequest {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&world.count().to_be_bytes());
    LoggedRequest {
        id: RequestId::new(at, &random),
        request: KeyRequest {
            organization: key.organization,
            key: key.id,
            owner: key.owner,
            at,
            method: None,
            path: None,
            route: None,
            status: 200,
            outcome: None,
            duration_ms: None,
            address: None,
            agent: None,
            request_id: None,
        },
    }
}

async fn add(world: &World, rows: Vec<LoggedRequest>) {
    world.store.record_requests(Gathered { id: world.id(), now: NOW, rows }).await.unwrap();
}

fn all_of(organization: OrganizationId) -> RequestQuery {
    RequestQuery { organization, key: None, owner: None, page: ALL }
}

async fn told(world: &World, query: RequestQuery) -> Vec<LoggedRequest> {
    world.store.requests(query).await.unwrap().items
}

pub async fn an_entry_is_stored_as_it_was_given(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let key = world.add_key(organization, owner).await;
    let bare = request(&world, &key, NOW);
    let full = LoggedRequest {
        request: KeyRequest {
            method: Some("GET".to_owned()),
            path: Some("/v1/ü".to_owned()),
            route: Some("/v1/{id}".to_owned()),
            status: 429,
            outcome: Some("RATE_LIMITED".to_owned()),
            duration_ms: Some(u32::MAX),
            address: Some(address("2001:db8::7")),
            agent: Some("curl/8".to_owned()),
            request_id: Some("r 1".to_owned()),
            ..bare.request.clone()
        },
        ..request(&world, &key, later(1))
    };
    let before = world.revision().await;
    add(&world, vec![full.clone(), bare.clone()]).await;
    assert_eq!(world.revision().await.0, before.0 + 1, "entries take no revision");
    assert_eq!(told(&world, all_of(organization)).await, [full, bare]);
    assert_eq!(told(&world, all_of(nobody())).await, []);
}

pub async fn entries_are_told_newest_first_by_organization_owner_and_key(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let account = KeyOwner::ServiceAccount(world.add_service_account(organization).await.id);
    let mine = world.add_key(organization, owner).await;
    let other = world.add_key(organization, account).await;
    let (elsewhere, stranger) = world.add_owner().await;
    let strange = world.add_key(elsewhere, stranger).await;
    let mut rows: Vec<LoggedRequest> = (0..9)
        .map(|second| {
            request(&world, [&mine, &other, &strange][second % 3], later(i64::try_from(second / 3).unwrap()))
        })
        .collect();
    // Whatever the order in which they are written.
    add(&world, rows.iter().rev().cloned().collect()).await;
    rows.sort_by_key(|row| std::cmp::Reverse(row.id));
    let of = |wanted: &dyn Fn(&KeyRequest) -> bool| -> Vec<LoggedRequest> {
        rows.iter().filter(|row| wanted(&row.request)).cloned().collect()
    };
    let all = || all_of(organization);
    for (query, expected) in [
        (all(), of(&|row| row.organization == organization)),
        (RequestQuery { key: Some(mine.id), ..all() }, of(&|row| row.key == mine.id)),
        (RequestQuery { owner: Some(account), ..all() }, of(&|row| row.owner == account)),
        (RequestQuery { owner: Some(account), key: Some(mine.id), ..all() }, Vec::new()),
        (RequestQuery { key: Some(strange.id), ..all() }, Vec::new()),
        (all_of(elsewhere), of(&|row| row.organization == elsewhere)),
    ] {
        assert_eq!(told(&world, query.clone()).await, expected, "{query:?}");
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { limit: 2, offset: 0, after };
            let page = world.store.requests(RequestQuery { page, ..query.clone() }).await.unwrap();
            paged.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(paged, expected, "in pages: {query:?}");
    }
}

pub async fn a_batch_of_entries_is_written_once(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let key = world.add_key(organization, owner).await;
    let batch = Gathered { id: world.id(), now: NOW, rows: vec![request(&world, &key, NOW)] };
    for _ in 0..3 {
        world.store.record_requests(batch.clone()).await.unwrap();
    }
    assert_eq!(told(&world, all_of(organization)).await, batch.rows);
}

pub async fn what_is_old_or_too_much_is_forgotten_in_steps(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let key = world.add_key(organization, owner).await;
    let forget = async |before, keep, limit| world.store.forget_requests(before, keep, limit).await.unwrap();
    assert!(!forget(NOW, 0, 10).await, "of nothing");
    let rows: Vec<LoggedRequest> = (0..10).map(|second| request(&world, &key, later(second))).collect();
    add(&world, rows.clone()).await;
    let left = async || told(&world, all_of(organization)).await.len();
    assert!(!forget(NOW, 10, 4).await);
    assert_eq!(left().await, 10);
    assert!(forget(later(5), 100, 4).await, "five are old, four go at a time");
    assert!(!forget(later(5), 100, 4).await);
    assert_eq!(left().await, 5);
    assert!(!forget(NOW, 2, 4).await);
    assert_eq!(told(&world, all_of(organization)).await.last(), Some(&rows[8]), "the newest two stay");
    add(&world, vec![request(&world, &key, later(11))]).await;
    assert!(!forget(later(100), 100, 4).await);
    assert_eq!(left().await, 0);
}
