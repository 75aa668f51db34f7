//! The orders in which keys are listed.

use std::sync::Arc;

use keywright_domain::{KeyId, OrganizationId, Timestamp, Verb, VerbSet};

use super::world::{ALL, World, key_ids, key_query, later};
use crate::{
    Command, GivenPermission, KeyOrder, KeyOrderBy, KeyOwner, KeyQuery, KeyRecord, KeyUse, LookAt,
    PageRequest, Store, StoredGrants,
};

const ORDERS: [KeyOrderBy; 4] = [KeyOrderBy::Age, KeyOrderBy::Name, KeyOrderBy::Expiry, KeyOrderBy::LastUse];

/// Seven keys: those with even places end, the first two at the same time; the last three were used, two of them at
/// the same time.
async fn seven(world: &World) -> (OrganizationId, KeyOwner, Vec<KeyId>) {
    let (organization, owner) = world.add_owner().await;
    let (elsewhere, stranger) = world.add_owner().await;
    let foreign = world.add_key(elsewhere, stranger).await.id;
    let names = ["delta", "Alpha", "golf", "bravo", "echo", "alpha", "Charlie"];
    let ends = [Some(50), None, Some(50), None, Some(30), None, Some(40)];
    let mut ids = Vec::new();
    for (name, end) in names.iter().zip(ends) {
        let key = KeyRecord {
            name: (*name).to_owned(),
            expires_at: end.map(later),
            ..world.key(organization, owner)
        };
        ids.push(world.add(key).await.id);
    }
    let used = |seconds| KeyUse { at: later(seconds), address: None, agent: None };
    let uses = vec![(ids[4], used(20)), (ids[5], used(10)), (ids[6], used(10)), (foreign, used(15))];
    world.store.record_uses(uses).await.unwrap();
    (organization, owner, ids)
}

/// Walks a query to its end.
async fn walk(world: &World, mut query: KeyQuery) -> (Vec<KeyId>, usize) {
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let page = world.store.keys(query.clone()).await.unwrap();
        found.extend(key_ids(&page.items));
        pages += 1;
        query.after = page.next;
        if query.after.is_none() {
            return (found, pages);
        }
    }
}

pub async fn each_order_goes_both_ways_and_in_pages(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner, ids) = seven(&world).await;
    for (by, expected) in [
        (KeyOrderBy::Age, [6, 5, 4, 3, 2, 1, 0]),
        (KeyOrderBy::Name, [1, 5, 3, 6, 0, 4, 2]),
        (KeyOrderBy::Expiry, [4, 6, 0, 2, 5, 3, 1]),
        (KeyOrderBy::LastUse, [4, 6, 5, 3, 2, 1, 0]),
    ] {
        let expected: Vec<KeyId> = expected.into_iter().map(|place| ids[place]).collect();
        let backwards: Vec<KeyId> = expected.iter().rev().copied().collect();
        for (reversed, expected) in [(false, &expected), (true, &backwards)] {
            for limit in [1, 2, 3, 6, 7, 8] {
                for look_at in [
                    LookAt::UntilFull,
                    LookAt::AtMost(1),
                    LookAt::AtMost(3),
                    LookAt::AtMost(100),
                    LookAt::OwnersAll,
                ] {
                    for owner in [None, Some(owner)] {
                        let query = KeyQuery {
                            order: KeyOrder { by, reversed },
                            owner,
                            look_at,
                            page: PageRequest { limit, ..ALL },
                            ..key_query(organization)
                        };
                        let (found, _) = walk(&world, query).await;
                        assert_eq!(&found, expected, "{by:?} {reversed} {limit} {look_at:?} {owner:?}");
                    }
                }
            }
        }
    }
}

pub async fn a_page_ends_where_enough_was_looked_at(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, _, ids) = seven(&world).await;
    for by in ORDERS {
        let query = KeyQuery {
            order: KeyOrder { by, reversed: false },
            text: Some("golf".to_owned()),
            look_at: LookAt::AtMost(2),
            ..key_query(organization)
        };
        let (found, pages) = walk(&world, query.clone()).await;
        assert_eq!(found, [ids[2]], "{by:?}");
        assert!(pages >= 4, "{by:?}: {pages} pages");
        let (found, pages) = walk(&world, KeyQuery { look_at: LookAt::AtMost(7), ..query.clone() }).await;
        assert_eq!((found, pages <= 2), (vec![ids[2]], true), "{by:?}");
        let (found, pages) = walk(&world, KeyQuery { look_at: LookAt::UntilFull, ..query }).await;
        assert_eq!((found, pages), (vec![ids[2]], 1), "{by:?}");
    }
}

pub async fn what_an_index_tells_apart_is_not_looked_at(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, _, ids) = seven(&world).await;
    let one = |by, reversed| KeyQuery {
        order: KeyOrder { by, reversed },
        look_at: LookAt::AtMost(1),
        page: PageRequest { limit: 1, ..ALL },
        ..key_query(organization)
    };
    let ending = KeyQuery { ending: Some((later(40), later(50))), ..one(KeyOrderBy::Expiry, false) };
    assert_eq!(key_ids(&world.store.keys(ending).await.unwrap().items), [ids[0]]);
    let unused = KeyQuery { unused_since: Some(later(15)), ..one(KeyOrderBy::LastUse, false) };
    assert_eq!(key_ids(&world.store.keys(unused).await.unwrap().items), [ids[6]]);
}

pub async fn ending_and_unused_keys_are_found_in_every_order(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner, ids) = seven(&world).await;
    for by in ORDERS {
        let every = || KeyQuery { order: KeyOrder { by, reversed: true }, ..key_query(organization) };
        let sorted = async |query| {
            let (mut found, _) = walk(&world, query).await;
            found.sort();
            found
        };
        let ending = KeyQuery { ending: Some((later(30), later(50))), ..every() };
        assert_eq!(sorted(ending).await, [ids[0], ids[2], ids[6]], "{by:?}");
        let unused = |since: Timestamp| KeyQuery { unused_since: Some(since), ..every() };
        assert_eq!(
            sorted(unused(later(15))).await,
            [ids[0], ids[1], ids[2], ids[3], ids[5], ids[6]],
            "{by:?}"
        );
        assert_eq!(sorted(unused(later(10))).await, ids[..4], "{by:?}");
        assert_eq!(sorted(unused(later(0))).await, [], "{by:?}: they were not there before");
        let of_nobody = KeyQuery { owner: Some(owner), look_at: LookAt::AtMost(100), ..unused(later(15)) };
        assert_eq!(sorted(of_nobody).await.len(), 6, "{by:?}");
    }
}

pub async fn a_key_that_is_used_moves_and_is_listed_once(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, _, ids) = seven(&world).await;
    let by_use =
        KeyQuery { order: KeyOrder { by: KeyOrderBy::LastUse, reversed: false }, ..key_query(organization) };
    let used = KeyUse { at: later(60), address: None, agent: None };
    world.store.record_uses(vec![(ids[0], used.clone()), (ids[5], used)]).await.unwrap();
    let expected = [5, 0, 4, 6, 3, 2, 1].map(|place| ids[place]);
    assert_eq!(walk(&world, by_use).await.0, expected);
}

pub async fn a_permission_is_found_in_each_of_its_spellings(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let row = world.role(organization, "readers");
    let role = row.id;
    world.done(Command::CreateRole(row)).await;
    let add = async |grants: Option<&[&str]>, verbs| {
        let grants = grants.map_or(StoredGrants::Owner, |list| {
            StoredGrants::Listed(list.iter().map(|text| text.parse().unwrap()).collect())
        });
        let key = KeyRecord { grants, verbs, roles: Vec::new(), ..world.key(organization, owner) };
        world.add(key).await.id
    };
    let literal = add(Some(&["asset.read", "b"]), VerbSet::ALL).await;
    let pattern = add(Some(&["asset.*"]), VerbSet::READ).await;
    let owners = add(None, VerbSet::READ).await;
    add(Some(&["asset.reader", "asset.Read"]), VerbSet::ALL).await;
    let listed = StoredGrants::Listed(Vec::new());
    let by_role = KeyRecord { grants: listed, roles: vec![role], ..world.key(organization, owner) };
    let by_role = world.add(by_role).await.id;
    let given = |verb| GivenPermission {
        spellings: vec!["asset.read".to_owned(), "asset.*".to_owned()],
        roles: vec![role],
        verb,
    };
    let with = |verb| KeyQuery { given: Some(given(verb)), ..key_query(organization) };
    assert_eq!(walk(&world, with(Verb::Read)).await.0, [by_role, owners, pattern, literal]);
    let found = walk(&world, with(Verb::Delete)).await.0;
    assert!(!found.contains(&pattern) && !found.contains(&owners) && found.contains(&literal));
}
