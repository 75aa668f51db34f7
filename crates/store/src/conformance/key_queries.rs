//! Listing keys.

use std::sync::Arc;

use keywright_domain::{KeyId, KeyStatus, OrganizationId};

use super::world::{ALL, World, key_ids, key_query, later};
use crate::{
    Command, KeyOwner, KeyPlace, KeyPlaceAt, KeyQuery, KeyRecord, KeySecret, KeySelector, KeyStatusAt,
    PageRequest, Store,
};

async fn ids(world: &World, query: KeyQuery) -> Vec<KeyId> {
    key_ids(&world.store.keys(query).await.unwrap().items)
}

pub async fn keys_are_listed_newest_first_and_by_owner(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let other = KeyOwner::ServiceAccount(world.add_service_account(organization).await.id);
    let (elsewhere, stranger) = world.add_owner().await;
    world.add_key(elsewhere, stranger).await;
    let first = world.add_key(organization, owner).await;
    let second = world.add_key(organization, other).await;
    let third = world.add_key(organization, owner).await;
    assert_eq!(ids(&world, key_query(organization)).await, [third.id, second.id, first.id]);
    let of = |owner| KeyQuery { owner: Some(owner), ..key_query(organization) };
    assert_eq!(ids(&world, of(owner)).await, [third.id, first.id]);
    assert_eq!(ids(&world, of(stranger)).await, []);
}

/// A key for each status at `later(100)`, and one more that never expires.
async fn one_of_each_status(world: &World) -> (OrganizationId, [KeyId; 5]) {
    let (organization, owner) = world.add_owner().await;
    let key = || KeyRecord { expires_at: Some(later(100)), ..world.key(organization, owner) };
    let revoked = world.add(KeyRecord { enabled: false, ..key() }).await.id;
    let disabled = world.add(KeyRecord { enabled: false, ..key() }).await.id;
    let expired = world.add(key()).await.id;
    let active = world.add(KeyRecord { expires_at: Some(later(101)), ..key() }).await.id;
    let eternal = world.add(KeyRecord { expires_at: None, ..key() }).await.id;
    let which = KeySelector { ids: Some(vec![revoked]), ..KeySelector::default() };
    world.done(Command::RevokeKeys { organization, which }).await;
    (organization, [revoked, disabled, expired, active, eternal])
}

pub async fn a_status_is_the_first_that_applies_at_a_time(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, [revoked, disabled, expired, active, eternal]) = one_of_each_status(&world).await;
    let standing = |status, seconds| KeyQuery {
        status: Some(KeyStatusAt { status, at: later(seconds) }),
        ..key_query(organization)
    };
    assert_eq!(ids(&world, standing(KeyStatus::Revoked, 100)).await, [revoked]);
    assert_eq!(ids(&world, standing(KeyStatus::Disabled, 100)).await, [disabled]);
    assert_eq!(ids(&world, standing(KeyStatus::Expired, 100)).await, [expired]);
    assert_eq!(ids(&world, standing(KeyStatus::Active, 100)).await, [eternal, active]);
    assert_eq!(ids(&world, standing(KeyStatus::Expired, 99)).await, []);
    assert_eq!(ids(&world, standing(KeyStatus::Active, 99)).await, [eternal, active, expired]);
    let live = KeyQuery { live_only: true, ..key_query(organization) };
    assert_eq!(ids(&world, live).await, [eternal, active, expired, disabled]);
}

pub async fn by_customer_exactly(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let named =
        |name: &str| KeyRecord { external_id: Some(name.to_owned()), ..world.key(organization, owner) };
    let first = world.add(named("customer-1")).await.id;
    world.add(named("customer-10")).await;
    world.add(named("Customer-1")).await;
    world.add_key(organization, owner).await;
    let query = KeyQuery { external_id: Some("customer-1".to_owned()), ..key_query(organization) };
    assert_eq!(ids(&world, query).await, [first]);
}

pub async fn text_is_found_anywhere_in_a_name_as_it_is(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let names =
        ["Backup 100% nightly", "backup 1000 nightly", "deploy_prod", "deployXprod", r"C:\temp", "Ärger ÉTÉ"];
    for name in names {
        world.add(KeyRecord { name: name.to_owned(), ..world.key(organization, owner) }).await;
    }
    for (text, expected) in [
        ("backup", &[1, 0][..]),
        ("100%", &[0]),
        ("%", &[0]),
        ("Y_P", &[2]),
        ("_", &[2]),
        (r"\", &[4]),
        ("NIGHTLY", &[1, 0]),
        ("ärger été", &[5]),
        ("missing", &[]),
    ] {
        let query = KeyQuery { text: Some(text.to_owned()), ..key_query(organization) };
        let found = world.store.keys(query).await.unwrap().items;
        let found: Vec<&str> = found.iter().map(|listing| listing.key.name.as_str()).collect();
        let expected: Vec<&str> = expected.iter().map(|place: &usize| names[*place]).collect();
        assert_eq!(found, expected, "{text}");
    }
}

pub async fn text_is_found_at_the_start_of_a_shown_prefix(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let mut made = Vec::new();
    for shown in [Some("kw_Abc123"), Some("kw_abc123"), Some("xkw_Abc1"), None] {
        let key = world.key(organization, owner);
        let secret = KeySecret { shown_prefix: shown.map(str::to_owned), ..world.secret() };
        world.done(Command::CreateKey { key: key.clone(), secret }).await;
        made.push(key);
    }
    let starting = |text: &str| KeyQuery { text: Some(text.to_owned()), ..key_query(organization) };
    assert_eq!(ids(&world, starting("kw_Abc")).await, [made[0].id], "letters differ by case");
    assert_eq!(ids(&world, starting("kw_")).await, [made[1].id, made[0].id]);
    assert_eq!(ids(&world, starting("kw%")).await, []);

    let rotate = Command::RotateKey {
        organization,
        id: made[0].id,
        unchanged_since: world.stored(&made[0]).await.key.revision,
        secret: KeySecret { shown_prefix: Some("kw_Zzz".to_owned()), ..world.secret() },
        supersede_at: later(5),
    };
    world.done(rotate).await;
    assert_eq!(ids(&world, starting("kw_Zzz")).await, [made[0].id]);
    assert_eq!(ids(&world, starting("kw_Abc")).await, [made[0].id], "a replaced secret is found too");
}

pub async fn pages_have_no_gap_and_no_duplicate(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let mut made = Vec::new();
    for _ in 0..10 {
        made.insert(0, world.add_key(organization, owner).await.id);
    }
    for limit in [1, 3, 5, 9, 10, 11] {
        let (mut by_cursor, mut by_offset) = (Vec::new(), Vec::new());
        let mut query = KeyQuery { page: PageRequest { limit, ..ALL }, ..key_query(organization) };
        loop {
            let found = world.store.keys(query.clone()).await.unwrap();
            by_cursor.extend(key_ids(&found.items));
            query.after = found.next;
            // A key that is made meanwhile is newer than all, and moves nothing.
            if query.after.is_none() {
                break;
            }
        }
        for offset in (0..10).step_by(limit as usize) {
            let page = PageRequest { limit, offset, after: None };
            by_offset.extend(ids(&world, KeyQuery { page, ..key_query(organization) }).await);
        }
        assert_eq!(by_cursor, made, "{limit} at a time");
        assert_eq!(by_offset, made, "{limit} at a time");
    }
    let past = PageRequest { offset: 10, ..ALL };
    assert_eq!(ids(&world, KeyQuery { page: past, ..key_query(organization) }).await, []);
}

pub async fn conditions_hold_together_across_pages(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let other = KeyOwner::ServiceAccount(world.add_service_account(organization).await.id);
    let mut wanted = Vec::new();
    for round in 0..6 {
        let named = |owner| KeyRecord { name: format!("Job {round}"), ..world.key(organization, owner) };
        wanted.insert(0, world.add(named(owner)).await.id);
        world.add(named(other)).await;
        world.add_key(organization, owner).await;
    }
    let mut query = KeyQuery {
        owner: Some(owner),
        text: Some("job".to_owned()),
        live_only: true,
        status: Some(KeyStatusAt { status: KeyStatus::Active, at: later(0) }),
        page: PageRequest { limit: 4, ..ALL },
        ..key_query(organization)
    };
    let first = world.store.keys(query.clone()).await.unwrap();
    let last = KeyPlace { id: wanted[3], at: KeyPlaceAt::Age };
    assert_eq!((key_ids(&first.items).as_slice(), first.next.as_ref()), (&wanted[..4], Some(&last)));
    query.after = first.next;
    let second = world.store.keys(query).await.unwrap();
    assert_eq!((key_ids(&second.items).as_slice(), second.next), (&wanted[4..], None));
}

pub async fn an_owners_keys_in_force_are_counted(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, [.., eternal]) = one_of_each_status(&world).await;
    let owner = world.store.key(organization, eternal).await.unwrap().unwrap().key.owner;
    let other = KeyOwner::ServiceAccount(world.add_service_account(organization).await.id);
    world.add_key(organization, other).await;
    let count = async |owner, seconds, at_most| {
        world.store.count_keys_in_force(organization, owner, later(seconds), at_most).await.unwrap()
    };
    assert_eq!(count(owner, 100, 10).await, 2);
    assert_eq!(count(owner, 99, 10).await, 3);
    assert_eq!(count(owner, 99, 2).await, 2, "no further than was asked");
    assert_eq!(count(other, 100, 10).await, 1);
}
