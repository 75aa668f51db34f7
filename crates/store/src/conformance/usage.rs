//! Usage counts.

use std::sync::Arc;

use keywright_domain::{KeyId, OrganizationId, Timestamp};

use super::world::{ALL, NOW, World, nobody};
use crate::{
    Gathered, KeyOwner, KeyRecord, Minute, PageRequest, Store, UsageCount, UsageGroup, UsageGrouping,
    UsageItem, UsageQuery, UsageSpan,
};

/// A minute at which a day begins: no earlier than [`NOW`].
const DAY: Minute = (NOW.as_minutes() / 1440 + 1) * 1440;

fn counted(key: &KeyRecord, minute: Minute, outcome: &'static str, count: u64) -> UsageCount {
    UsageCount { organization: key.organization, key: key.id, minute, outcome, count }
}

async fn add(world: &World, rows: Vec<UsageCount>) {
    world.store.record_usage(Gathered { id: world.id(), now: NOW, rows }).await.unwrap();
}

/// All counts of an organization's keys, together.
fn all_of(organization: OrganizationId) -> UsageQuery {
    UsageQuery {
        organization,
        key: None,
        owner: None,
        external_id: None,
        portal_customer: None,
        outcome: None,
        since: 0,
        until: Minute::MAX / 2,
        step: None,
        grouping: UsageGrouping::None,
        page: ALL,
    }
}

async fn told(world: &World, query: UsageQuery) -> Vec<UsageItem> {
    world.store.usage(query).await.unwrap().items
}

/// Outcomes with their counts, of all items.
async fn outcomes(world: &World, query: UsageQuery) -> Vec<(String, u64)> {
    told(world, query).await.into_iter().flat_map(|item| item.counts).collect()
}

fn pairs(pairs: &[(&str, u64)]) -> Vec<(String, u64)> {
    pairs.iter().map(|(outcome, count)| ((*outcome).to_owned(), *count)).collect()
}

async fn two_keys(world: &World) -> (KeyRecord, KeyRecord) {
    let (organization, owner) = world.add_owner().await;
    (world.add_key(organization, owner).await, world.add_key(organization, owner).await)
}

pub async fn counts_are_added_to_those_that_are_there(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (key, other) = two_keys(&world).await;
    let before = world.revision().await;
    add(&world, vec![counted(&key, DAY, "VALID", 2), counted(&key, DAY, "EXPIRED", 1)]).await;
    add(&world, vec![counted(&key, DAY, "VALID", 3), counted(&other, DAY, "VALID", 10)]).await;
    add(&world, Vec::new()).await;
    let all = all_of(key.organization);
    assert_eq!(outcomes(&world, all.clone()).await, pairs(&[("EXPIRED", 1), ("VALID", 15)]));
    let one = UsageQuery { key: Some(key.id), ..all };
    assert_eq!(outcomes(&world, one).await, pairs(&[("EXPIRED", 1), ("VALID", 5)]));
    assert_eq!(outcomes(&world, all_of(nobody())).await, []);
    assert_eq!(world.revision().await.0, before.0 + 1, "counts take no revision");
}

pub async fn a_batch_of_counts_is_added_once(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (key, _) = two_keys(&world).await;
    let batch = Gathered { id: world.id(), now: NOW, rows: vec![counted(&key, DAY, "VALID", 2)] };
    for _ in 0..3 {
        world.store.record_usage(batch.clone()).await.unwrap();
    }
    assert_eq!(outcomes(&world, all_of(key.organization)).await, pairs(&[("VALID", 2)]));
    assert_eq!(world.store.find_batch(batch.id).await.unwrap(), Some(crate::Revision::ZERO));
}

pub async fn counts_are_told_in_steps_and_by_group(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let account = KeyOwner::ServiceAccount(world.add_service_account(organization).await.id);
    let (own, other) = (world.add_key(organization, owner).await, world.add_key(organization, account).await);
    let customers = KeyRecord { external_id: Some("c 1".to_owned()), ..world.key(organization, account) };
    let customers = world.add(customers).await;
    add(
        &world,
        vec![
            counted(&own, DAY + 59, "VALID", 1),
            counted(&own, DAY + 60, "VALID", 2),
            counted(&other, DAY + 60, "EXPIRED", 4),
            counted(&customers, DAY + 1500, "VALID", 8),
        ],
    )
    .await;
    let all = all_of(organization);
    let steps = |step| UsageQuery { step: Some(step), ..all.clone() };
    let item = |start: Minute, counts: &[(&str, u64)]| UsageItem {
        start: Some(Timestamp::from_minutes(start)),
        group: UsageGroup::All,
        counts: pairs(counts),
    };
    assert_eq!(
        told(&world, steps(60)).await,
        [
            item(DAY, &[("VALID", 1)]),
            item(DAY + 60, &[("EXPIRED", 4), ("VALID", 2)]),
            item(DAY + 1500, &[("VALID", 8)]),
        ]
    );
    assert_eq!(
        told(&world, steps(1440)).await,
        [item(DAY, &[("EXPIRED", 4), ("VALID", 3)]), item(DAY + 1440, &[("VALID", 8)])]
    );

    let by = |grouping| UsageQuery { grouping, ..all.clone() };
    let group = |key: &KeyRecord| UsageGroup::Key {
        id: key.id,
        name: key.name.clone(),
        owner: key.owner,
        external_id: key.external_id.clone(),
    };
    let together = |group, counts: &[(&str, u64)]| UsageItem { start: None, group, counts: pairs(counts) };
    assert_eq!(
        told(&world, by(UsageGrouping::Key)).await,
        [
            together(group(&customers), &[("VALID", 8)]),
            together(group(&other), &[("EXPIRED", 4)]),
            together(group(&own), &[("VALID", 3)]),
        ],
        "the most first"
    );
    assert_eq!(
        told(&world, by(UsageGrouping::Owner)).await,
        [
            together(UsageGroup::Owner(account), &[("EXPIRED", 4), ("VALID", 8)]),
            together(UsageGroup::Owner(owner), &[("VALID", 3)]),
        ]
    );
    assert_eq!(
        told(&world, by(UsageGrouping::ExternalId)).await,
        [
            together(UsageGroup::ExternalId(Some("c 1".to_owned())), &[("VALID", 8)]),
            together(UsageGroup::ExternalId(None), &[("EXPIRED", 4), ("VALID", 3)]),
        ]
    );
    let in_steps = UsageQuery { step: Some(60), ..by(UsageGrouping::Key) };
    assert_eq!(told(&world, in_steps).await.len(), 4);
}

pub async fn every_condition_selects_counts(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (organization, owner) = world.add_owner().await;
    let account = KeyOwner::ServiceAccount(world.add_service_account(organization).await.id);
    let one = world.add_key(organization, owner).await;
    let two = KeyRecord { external_id: Some("c".to_owned()), ..world.key(organization, account) };
    let two = world.add(two).await;
    let (elsewhere, _) = two_keys(&world).await;
    add(
        &world,
        vec![
            counted(&one, DAY, "VALID", 1),
            counted(&two, DAY + 1, "VALID", 2),
            counted(&two, DAY + 2, "EXPIRED", 4),
            counted(&elsewhere, DAY, "VALID", 100),
        ],
    )
    .await;
    let all = || all_of(organization);
    for (query, expected) in [
        (all(), 7),
        (UsageQuery { key: Some(two.id), ..all() }, 6),
        (UsageQuery { key: Some(elsewhere.id), ..all() }, 0),
        (UsageQuery { owner: Some(owner), ..all() }, 1),
        (UsageQuery { owner: Some(account), ..all() }, 6),
        (UsageQuery { owner: Some(account), key: Some(one.id), ..all() }, 0),
        (UsageQuery { external_id: Some("c".to_owned()), ..all() }, 6),
        (UsageQuery { external_id: Some("C".to_owned()), ..all() }, 0),
        (UsageQuery { outcome: Some("VALID".to_owned()), ..all() }, 3),
        (UsageQuery { since: DAY + 1, ..all() }, 6),
        (UsageQuery { until: DAY + 2, ..all() }, 3),
        (UsageQuery { since: DAY + 1, until: DAY + 2, ..all() }, 2),
    ] {
        for grouping in
            [UsageGrouping::None, UsageGrouping::Key, UsageGrouping::Owner, UsageGrouping::ExternalId]
        {
            let query = UsageQuery { grouping, ..query.clone() };
            let sum: u64 = outcomes(&world, query.clone()).await.iter().map(|(_, count)| count).sum();
            assert_eq!(sum, expected, "{query:?}");
        }
    }
}

pub async fn pages_of_counts_have_no_gap_and_no_duplicate(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (key, other) = two_keys(&world).await;
    let mut rows = Vec::new();
    for minute in 0..7 {
        rows.push(counted(&key, DAY + minute, "VALID", 1));
        rows.push(counted(&key, DAY + minute, "EXPIRED", 1));
        rows.push(counted(&other, DAY + minute, "VALID", 1));
    }
    add(&world, rows).await;
    let query = UsageQuery { step: Some(1), grouping: UsageGrouping::Key, ..all_of(key.organization) };
    let whole = told(&world, query.clone()).await;
    assert_eq!(whole.len(), 14);
    for limit in [1, 3, 7, 14] {
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { limit, offset: 0, after };
            let page = world.store.usage(UsageQuery { page, ..query.clone() }).await.unwrap();
            paged.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(paged, whole, "{limit} at a time");
    }
    let page = PageRequest { offset: 12, ..ALL };
    assert_eq!(told(&world, UsageQuery { page, ..query }).await, whole[12..]);
}

/// Adds up all that is older than a minute, `limit` rows at a time; in how many steps.
async fn roll_up(world: &World, span: UsageSpan, before: Minute, limit: u32) -> usize {
    let mut steps = 1;
    while world.store.roll_up_usage(span, before, limit).await.unwrap() {
        steps += 1;
    }
    steps
}

/// Starts and counts of a key, by minute.
async fn minutes(world: &World, organization: OrganizationId, key: KeyId) -> Vec<(Minute, u64)> {
    let query = UsageQuery { key: Some(key), step: Some(1), ..all_of(organization) };
    let sum = |item: UsageItem| {
        (item.start.unwrap().as_minutes(), item.counts.iter().map(|(_, count)| count).sum())
    };
    told(world, query).await.into_iter().map(sum).collect()
}

pub async fn what_is_old_is_added_up_and_nothing_is_lost(store: Arc<dyn Store>) {
    let world = World::new(store);
    assert_eq!(roll_up(&world, UsageSpan::Hour, DAY, 10).await, 1, "of nothing");
    let (key, other) = two_keys(&world).await;
    let (elsewhere, _) = two_keys(&world).await;
    let keys = [&key, &other, &elsewhere];
    // Two days, the first, a middle and the last minute of every third hour.
    let mut rows = Vec::new();
    for hour in (0..48).step_by(3) {
        for minute in [0, 31, 59] {
            for key in keys {
                rows.push(counted(key, DAY + hour * 60 + minute, "VALID", 1));
            }
            rows.push(counted(&key, DAY + hour * 60 + minute, "EXPIRED", 2));
        }
    }
    add(&world, rows).await;
    let by_hour = |key: &KeyRecord| UsageQuery { step: Some(60), ..all_of(key.organization) };
    let by_day = |key: &KeyRecord| UsageQuery { step: Some(1440), ..all_of(key.organization) };
    let hours = told(&world, by_hour(&key)).await;
    let days = told(&world, by_day(&key)).await;
    let of_others = told(&world, by_hour(&elsewhere)).await;

    // All but the last twelve hours, in steps so small that none holds an hour.
    let steps = roll_up(&world, UsageSpan::Hour, DAY + 36 * 60 + 59, 3).await;
    assert!(steps > 12 * 3, "{steps}");
    assert_eq!(told(&world, by_hour(&key)).await, hours);
    assert_eq!(told(&world, by_hour(&elsewhere)).await, of_others);
    let left = minutes(&world, other.organization, other.id).await;
    let expected: Vec<(Minute, u64)> = (0..12)
        .map(|third| (DAY + third * 180, 3))
        .chain((12..16).flat_map(|third| [0, 31, 59].map(|minute| (DAY + third * 180 + minute, 1))))
        .collect();
    assert_eq!(left, expected);
    assert_eq!(
        roll_up(&world, UsageSpan::Hour, DAY + 36 * 60, 1000).await,
        1,
        "again: nothing is left to do"
    );

    roll_up(&world, UsageSpan::Hour, DAY + 48 * 60, 1000).await;
    roll_up(&world, UsageSpan::Day, DAY + 48 * 60 - 1, 1000).await;
    assert_eq!(told(&world, by_day(&key)).await, days);
    let left = minutes(&world, other.organization, other.id).await;
    assert_eq!(left[0], (DAY, 24), "the first day is one row");
    assert_eq!(left.len(), 9, "the second is not over: {left:?}");
}

pub async fn counts_that_come_late_count(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (key, _) = two_keys(&world).await;
    add(&world, vec![counted(&key, DAY + 5, "VALID", 1), counted(&key, DAY + 200, "VALID", 1)]).await;
    roll_up(&world, UsageSpan::Hour, DAY + 120, 1000).await;
    add(&world, vec![counted(&key, DAY + 7, "VALID", 1)]).await;
    let query = UsageQuery { step: Some(60), ..all_of(key.organization) };
    let told = told(&world, query).await;
    assert_eq!(told[0].counts, pairs(&[("VALID", 2)]));
    // The day takes them in.
    roll_up(&world, UsageSpan::Day, DAY + 1440, 1000).await;
    assert_eq!(minutes(&world, key.organization, key.id).await, [(DAY, 3)]);
}

/// The counts of all keys together are kept apart from those of each: they say the same whatever happens.
pub async fn all_keys_together_have_what_each_has(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (key, other) = two_keys(&world).await;
    let (elsewhere, _) = two_keys(&world).await;
    let check = async || {
        for organization in [key.organization, elsewhere.organization] {
            for step in [1, 60, 1440] {
                let all = UsageQuery { step: Some(step), ..all_of(organization) };
                let mut sums: std::collections::BTreeMap<_, u64> = std::collections::BTreeMap::new();
                for item in told(&world, UsageQuery { grouping: UsageGrouping::Key, ..all.clone() }).await {
                    for (outcome, count) in item.counts {
                        *sums.entry((item.start, outcome)).or_default() += count;
                    }
                }
                let together: std::collections::BTreeMap<_, u64> = told(&world, all)
                    .await
                    .into_iter()
                    .flat_map(|item| {
                        item.counts.into_iter().map(move |(outcome, count)| ((item.start, outcome), count))
                    })
                    .collect();
                assert_eq!(together, sums, "in steps of {step}");
                assert!(!sums.is_empty());
            }
        }
    };
    for round in 0..3 {
        let mut rows = Vec::new();
        for minute in (0..3 * 1440).step_by(97) {
            for key in [&key, &other, &elsewhere] {
                rows.push(counted(key, DAY + minute, "VALID", 1 + round));
                rows.push(counted(key, DAY + minute + 1, "EXPIRED", 2));
            }
        }
        add(&world, rows).await;
        check().await;
        // In the middle of a span, then whole ones; what comes in the next round is late.
        world.store.roll_up_usage(UsageSpan::Hour, DAY + 2 * 1440, 7).await.unwrap();
        check().await;
        roll_up(&world, UsageSpan::Hour, DAY + 2 * 1440, 7).await;
        roll_up(&world, UsageSpan::Day, DAY + 1440, 1000).await;
        check().await;
    }
    while world.store.forget_usage(DAY + 1440, 5).await.unwrap() {}
    check().await;
}

pub async fn how_much_is_added_up_is_known_beforehand(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (key, other) = two_keys(&world).await;
    let rows = (0..30).map(|minute| counted(&key, DAY + minute, "VALID", 5)).collect();
    add(&world, rows).await;
    add(&world, vec![counted(&other, DAY + 7, "EXPIRED", 5)]).await;
    let all = all_of(key.organization);
    let extent = async |query, at_most| world.store.usage_extent(query, at_most).await.unwrap();
    assert_eq!(extent(all.clone(), 100).await, 31);
    assert_eq!(extent(all.clone(), 10).await, 10, "further is not looked");
    assert_eq!(extent(UsageQuery { key: Some(other.id), ..all.clone() }, 100).await, 1);
    assert_eq!(extent(UsageQuery { since: DAY + 20, until: DAY + 25, ..all }, 100).await, 5);
    assert_eq!(extent(all_of(nobody()), 100).await, 0);
}

pub async fn what_is_too_old_is_forgotten(store: Arc<dyn Store>) {
    let world = World::new(store);
    let (key, _) = two_keys(&world).await;
    let (elsewhere, _) = two_keys(&world).await;
    for key in [&key, &elsewhere] {
        add(&world, (0..5).map(|day| counted(key, DAY + day * 1440, "VALID", 1)).collect()).await;
    }
    let forget = async |before, limit| world.store.forget_usage(before, limit).await.unwrap();
    assert!(forget(DAY + 3 * 1440, 4).await, "six rows go, four at a time");
    assert!(!forget(DAY + 3 * 1440, 4).await);
    for key in [&key, &elsewhere] {
        let left = minutes(&world, key.organization, key.id).await;
        assert_eq!(left, [(DAY + 3 * 1440, 1), (DAY + 4 * 1440, 1)]);
    }
    assert!(!forget(DAY, 4).await);
}
