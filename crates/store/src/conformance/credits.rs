//! Credits: reserved in lots, put back, set and added to.

use std::sync::Arc;

use keywright_domain::{Budget, CreditLotId, KeyId, MAX_CREDITS, NodeId, Refill, RefillInterval, Timestamp};

use super::world::{NOW, World, audit_query, later, nobody};
use crate::{
    Applied, AuditedCommand, Change, Command, CreditChange, CreditReservation, KeyChanges, KeyRecord,
    KeySelector, OrganizationChanges, Refusal, Reserved, Store,
};

fn budget(remaining: u64) -> Budget {
    Budget { remaining, refill: None, low_threshold: None, since: NOW }
}

fn daily(remaining: u64, amount: u64) -> Budget {
    Budget { refill: Some(Refill { amount, interval: RefillInterval::Daily }), ..budget(remaining) }
}

/// The first day that begins after [`NOW`], which is 2027-01-15T08:00:00Z, in UTC.
const MIDNIGHT: Timestamp = later(16 * 3600);

async fn with_budget(world: &World, budget: Budget) -> KeyRecord {
    let (organization, owner) = world.add_owner().await;
    world.add(KeyRecord { credits: Some(budget), ..world.key(organization, owner) }).await
}

fn asked(world: &World, key: KeyId, lot: CreditLotId, held: u64, at_least: u64) -> CreditReservation {
    CreditReservation { key, lot, holder: holder(1), held, at_least, wanted: at_least, event: world.id() }
}

fn holder(number: u8) -> NodeId {
    NodeId::new(NOW, &[number; 10])
}

/// What a reservation comes to.
async fn reserve(world: &World, at: Timestamp, asked: CreditReservation) -> Reserved {
    let outcome = world.batch_at(at, vec![Command::ReserveCredits(asked)]).await;
    assert_eq!(outcome.revision, None, "a reservation takes no revision");
    match &outcome.outcomes[..] {
        [Ok(Applied::Reserved(reserved))] => *reserved,
        other => panic!("{other:?}"),
    }
}

async fn give_back(world: &World, lot: CreditLotId, unused: u64) -> u64 {
    match world.one(Command::GiveBackCredits { lot, unused }).await {
        Ok(Applied::Count(count)) => count,
        other => panic!("{other:?}"),
    }
}

async fn change(world: &World, key: &KeyRecord, change: CreditChange) -> Result<u64, Refusal> {
    let command = Command::ChangeCredits { organization: key.organization, id: key.id, change, held: 0 };
    match world.one(command).await? {
        Applied::Budget(budget) => Ok(budget.remaining),
        other => panic!("{other:?}"),
    }
}

async fn remaining(world: &World, key: &KeyRecord) -> u64 {
    world.stored(key).await.key.credits.unwrap().remaining
}

pub async fn what_is_reserved_does_not_remain(store: Arc<dyn Store>) {
    let world = World::new(store);
    let key = with_budget(&world, budget(160)).await;
    let lot = world.id();
    let first = reserve(&world, NOW, asked(&world, key.id, lot, 0, 1)).await;
    let lot_of_10 = Reserved { held: 10, is_continued: false, remaining: 150, next_refill: None };
    assert_eq!(first, lot_of_10);
    // Three were used. The lot becomes as large as it may be, not larger by that.
    let again = reserve(&world, later(1), asked(&world, key.id, lot, 7, 8)).await;
    assert_eq!(again, Reserved { held: 9, is_continued: true, remaining: 148, next_refill: None });
    let large = reserve(&world, later(2), asked(&world, key.id, lot, 9, 100)).await;
    assert_eq!((large.held, large.remaining), (100, 57));
    assert_eq!(remaining(&world, &key).await, 57);
    let stored = world.stored(&key).await.key;
    assert_eq!((stored.revision, stored.updated_at), (key.revision, NOW), "uses leave the key as it is");
}

pub async fn too_few_are_left_where_they_are(store: Arc<dyn Store>) {
    let world = World::new(store);
    let key = with_budget(&world, budget(5)).await;
    let lot = world.id();
    let one = reserve(&world, NOW, asked(&world, key.id, lot, 0, 1)).await;
    assert_eq!((one.held, one.remaining), (1, 4));
    let none = reserve(&world, NOW, asked(&world, key.id, lot, 1, 6)).await;
    assert_eq!((none.held, none.is_continued, none.remaining), (1, true, 4));
    let all = reserve(&world, NOW, asked(&world, key.id, lot, 1, 5)).await;
    assert_eq!((all.held, all.remaining), (5, 0));
    let other = reserve(&world, NOW, asked(&world, key.id, world.id(), 0, 1)).await;
    assert_eq!((other.held, other.is_continued), (0, false));
    let unknown = world.one(Command::ReserveCredits(asked(&world, nobody(), lot, 0, 1))).await;
    assert_eq!(unknown, Err(Refusal::NotFound));
}

pub async fn a_lot_is_given_back_once(store: Arc<dyn Store>) {
    let world = World::new(store);
    let key = with_budget(&world, budget(1600)).await;
    let lot = world.id();
    assert_eq!(reserve(&world, NOW, asked(&world, key.id, lot, 0, 1)).await.held, 100);
    assert_eq!(give_back(&world, lot, 60).await, 60);
    assert_eq!(give_back(&world, lot, 60).await, 0);
    assert_eq!(remaining(&world, &key).await, 1560);
    assert_eq!(give_back(&world, nobody(), 60).await, 0);
    // Never more than was reserved, whatever is said.
    let lot = world.id();
    reserve(&world, NOW, asked(&world, key.id, lot, 0, 1)).await;
    assert_eq!(give_back(&world, lot, MAX_CREDITS).await, 97);
    assert_eq!(remaining(&world, &key).await, 1560);
    // What its former holder claims to hold in a lot that was ended is nothing.
    let late = reserve(&world, NOW, asked(&world, key.id, lot, 97, 1)).await;
    assert_eq!((late.held, late.is_continued, late.remaining), (97, false, 1463));
}

pub async fn nobody_claims_more_than_was_reserved(store: Arc<dyn Store>) {
    let world = World::new(store);
    let key = with_budget(&world, budget(160)).await;
    let lot = world.id();
    reserve(&world, NOW, asked(&world, key.id, lot, 0, 1)).await;
    let claimed = reserve(&world, NOW, asked(&world, key.id, lot, 99, 1)).await;
    assert_eq!((claimed.held, claimed.remaining), (10, 150));
    assert_eq!(world.store.credit_lot(lot).await.unwrap(), Some(10));
    give_back(&world, lot, 10).await;
    assert_eq!(world.store.credit_lot(lot).await.unwrap(), None);
}

pub async fn a_refill_fills_up_once_and_voids_lots(store: Arc<dyn Store>) {
    let world = World::new(store);
    let key = with_budget(&world, daily(160, 100)).await;
    let (mine, others) = (world.id(), world.id());
    let held = reserve(&world, NOW, asked(&world, key.id, mine, 0, 1)).await;
    assert_eq!((held.held, held.next_refill), (10, Some(MIDNIGHT)));
    reserve(&world, NOW, asked(&world, key.id, others, 0, 100)).await;
    assert_eq!(remaining(&world, &key).await, 50);
    // Two days late, and once all the same. What the holder has not used is put back first: 50 + 4 are fewer than 100.
    let filled = reserve(&world, later(3 * 86_400), asked(&world, key.id, mine, 4, 1)).await;
    let expected = Reserved {
        held: 6,
        is_continued: false,
        remaining: 94,
        next_refill: Some(later(3 * 86_400 + 16 * 3600)),
    };
    assert_eq!(filled, expected);
    assert_eq!(give_back(&world, others, 100).await, 0, "a lot of the days before is void");
    assert_eq!(give_back(&world, mine, 6).await, 6);
    assert_eq!(remaining(&world, &key).await, 100);
}

pub async fn a_refill_takes_nothing_away(store: Arc<dyn Store>) {
    let world = World::new(store);
    let key = with_budget(&world, daily(500, 100)).await;
    let lot = world.id();
    assert_eq!(reserve(&world, NOW, asked(&world, key.id, lot, 0, 1)).await.held, 31);
    let filled = reserve(&world, MIDNIGHT, asked(&world, key.id, lot, 31, 1)).await;
    assert_eq!((filled.held, filled.is_continued, filled.remaining), (31, false, 469));
}

pub async fn days_begin_in_the_organizations_time_zone(store: Arc<dyn Store>) {
    let world = World::new(store);
    let key = with_budget(&world, daily(0, 7)).await;
    let organization = world.store.organization(key.organization).await.unwrap().unwrap();
    let zone: keywright_domain::TimeZone = "Asia/Tokyo".parse().unwrap();
    let changes =
        OrganizationChanges { time_zone: Change::Set(zone.clone()), ..OrganizationChanges::default() };
    let unchanged_since = organization.revision;
    world.done(Command::UpdateOrganization { id: organization.id, unchanged_since, changes }).await;
    let stored = world.store.organization(key.organization).await.unwrap().unwrap();
    assert_eq!(stored.time_zone, zone);
    // 2027-01-15T15:00:00Z
    let at = later(7 * 3600);
    let early = reserve(&world, later(7 * 3600 - 1), asked(&world, key.id, world.id(), 0, 1)).await;
    assert_eq!((early.held, early.next_refill), (0, Some(at)));
    assert_eq!(reserve(&world, at, asked(&world, key.id, world.id(), 0, 1)).await.held, 1);
}

pub async fn setting_voids_lots_and_adding_does_not(store: Arc<dyn Store>) {
    let world = World::new(store);
    let key = with_budget(&world, budget(160)).await;
    let lot = world.id();
    reserve(&world, NOW, asked(&world, key.id, lot, 0, 1)).await;
    assert_eq!(change(&world, &key, CreditChange::Add(100)).await, Ok(250));
    let stored = world.stored(&key).await.key;
    assert!(stored.revision > key.revision, "followers are told");
    assert_eq!(reserve(&world, NOW, asked(&world, key.id, lot, 10, 11)).await.held, 16);
    assert_eq!(change(&world, &key, CreditChange::Set(3)).await, Ok(3));
    let anew = reserve(&world, NOW, asked(&world, key.id, lot, 16, 1)).await;
    assert_eq!((anew.held, anew.is_continued, anew.remaining), (1, false, 2));
    assert_eq!(change(&world, &key, CreditChange::Set(9)).await, Ok(9));
    assert_eq!(give_back(&world, lot, 1).await, 0);
    assert_eq!(remaining(&world, &key).await, 9);
}

pub async fn the_answer_to_adding_counts_what_the_asker_holds(store: Arc<dyn Store>) {
    let world = World::new(store);
    let key = with_budget(&world, budget(160)).await;
    reserve(&world, NOW, asked(&world, key.id, world.id(), 0, 1)).await;
    let told = async |change| {
        let command = Command::ChangeCredits { organization: key.organization, id: key.id, change, held: 10 };
        let record = world.answer(NOW);
        let digest = record.digest;
        let record = crate::IdempotencyRecord { answer: String::new(), ..record };
        let audited = AuditedCommand { command, audit: Vec::new(), idempotency: Some(record) };
        let Ok(Applied::Budget(told)) = world.audited(audited).await else { panic!("no budget") };
        let kept = world.store.idempotency(digest).await.unwrap().unwrap();
        assert_eq!(serde_json::from_str::<Budget>(&kept.answer).unwrap(), told, "kept for a repetition");
        told.remaining
    };
    assert_eq!(told(CreditChange::Add(5)).await, 165);
    assert_eq!(remaining(&world, &key).await, 155);
    assert_eq!(told(CreditChange::Set(5)).await, 5);
}

pub async fn a_refill_that_is_due_comes_before_a_change(store: Arc<dyn Store>) {
    let world = World::new(store);
    let key = with_budget(&world, daily(0, 100)).await;
    let add = Command::ChangeCredits {
        organization: key.organization,
        id: key.id,
        change: CreditChange::Add(5),
        held: 0,
    };
    let outcome = world.batch_at(MIDNIGHT, vec![add]).await;
    let Ok(Applied::Budget(after)) = &outcome.outcomes[0] else { panic!("{outcome:?}") };
    assert_eq!((after.remaining, after.since), (105, MIDNIGHT));
}

pub async fn credits_that_cannot_be_changed_stay(store: Arc<dyn Store>) {
    let world = World::new(store);
    let key = with_budget(&world, budget(MAX_CREDITS - 1)).await;
    assert_eq!(change(&world, &key, CreditChange::Add(2)).await, Err(Refusal::TooManyCredits));
    assert_eq!(change(&world, &key, CreditChange::Add(u64::MAX)).await, Err(Refusal::TooManyCredits));
    assert_eq!(change(&world, &key, CreditChange::Set(u64::MAX)).await, Err(Refusal::TooManyCredits));
    assert_eq!(change(&world, &key, CreditChange::Add(1)).await, Ok(MAX_CREDITS));
    let unknown = KeyRecord { id: nobody(), ..key.clone() };
    assert_eq!(change(&world, &unknown, CreditChange::Set(1)).await, Err(Refusal::NotFound));
    let elsewhere = KeyRecord { organization: nobody(), ..key.clone() };
    assert_eq!(change(&world, &elsewhere, CreditChange::Set(1)).await, Err(Refusal::NotFound));
    let (organization, owner) = world.add_owner().await;
    let plain = world.add_key(organization, owner).await;
    assert_eq!(change(&world, &plain, CreditChange::Add(1)).await, Err(Refusal::NoCredits));
    let which = KeySelector { ids: Some(vec![key.id]), ..KeySelector::default() };
    world.done(Command::RevokeKeys { organization: key.organization, which }).await;
    assert_eq!(change(&world, &key, CreditChange::Set(1)).await, Err(Refusal::Revoked));
}

pub async fn a_key_is_given_other_credits_or_none(store: Arc<dyn Store>) {
    let world = World::new(store);
    let key = with_budget(&world, budget(160)).await;
    let lot = world.id();
    reserve(&world, NOW, asked(&world, key.id, lot, 0, 1)).await;
    let update = async |credits| {
        let changes = KeyChanges { credits, ..KeyChanges::default() };
        let unchanged_since = world.stored(&key).await.key.revision;
        let (organization, id) = (key.organization, key.id);
        let command = Command::UpdateKey { organization, id, unchanged_since, changes: Box::new(changes) };
        world.done(command).await;
        world.stored(&key).await.key.credits
    };
    assert_eq!(update(Change::Keep).await, Some(budget(150)), "a change of something else");
    assert_eq!(reserve(&world, NOW, asked(&world, key.id, lot, 10, 1)).await.held, 10);
    let other = Budget { low_threshold: Some(1), ..daily(20, 30) };
    assert_eq!(update(Change::Set(Some(other.clone()))).await, Some(other));
    assert_eq!(give_back(&world, lot, 10).await, 0, "lots of the former are void");
    let lot = world.id();
    reserve(&world, NOW, asked(&world, key.id, lot, 0, 1)).await;
    assert_eq!(update(Change::Set(None)).await, None);
    let gone = world.one(Command::ReserveCredits(asked(&world, key.id, lot, 1, 1))).await;
    assert_eq!(gone, Err(Refusal::NotFound));
    assert_eq!(update(Change::Set(Some(budget(4)))).await, Some(budget(4)));
    assert_eq!(give_back(&world, lot, 1).await, 0);
    assert_eq!(remaining(&world, &key).await, 4);
}

pub async fn that_few_are_left_is_told_once(store: Arc<dyn Store>) {
    let world = World::new(store);
    let key = with_budget(&world, Budget { low_threshold: Some(100), ..daily(107, 150) }).await;
    let told = async || {
        let page = world.store.audit_events(audit_query(key.organization)).await.unwrap();
        let low = page.items.into_iter().filter(|event| event.action == "credits.low");
        low.map(|event| {
            assert_eq!((event.target_kind.as_str(), event.target), ("apiKey", Some(key.id.uuid())));
            event.details["remaining"].as_u64().unwrap()
        })
        .collect::<Vec<_>>()
    };
    let lot: CreditLotId = world.id();
    reserve(&world, NOW, asked(&world, key.id, lot, 0, 5)).await;
    assert!(told().await.is_empty());
    reserve(&world, NOW, asked(&world, key.id, lot, 5, 6)).await;
    assert_eq!(told().await, [100]);
    reserve(&world, NOW, asked(&world, key.id, lot, 1, 20)).await;
    give_back(&world, lot, 20).await;
    reserve(&world, NOW, asked(&world, key.id, world.id(), 0, 20)).await;
    assert_eq!(told().await, [100], "what is put back is no reason to tell it again");
    change(&world, &key, CreditChange::Set(50)).await.unwrap();
    reserve(&world, NOW, asked(&world, key.id, world.id(), 0, 1)).await;
    assert_eq!(told().await, [100], "it never was more than that");
    change(&world, &key, CreditChange::Set(101)).await.unwrap();
    reserve(&world, NOW, asked(&world, key.id, world.id(), 0, 1)).await;
    assert_eq!(told().await, [95, 100]);
    reserve(&world, MIDNIGHT, asked(&world, key.id, world.id(), 0, 60)).await;
    assert_eq!(told().await, [90, 95, 100], "and after a refill");
}

pub async fn lots_of_processes_that_are_gone_are_void(store: Arc<dyn Store>) {
    let world = World::new(store);
    let key = with_budget(&world, budget(1600)).await;
    let (mine, theirs) = (world.id(), world.id());
    reserve(&world, NOW, asked(&world, key.id, mine, 0, 1)).await;
    let gone = CreditReservation { holder: holder(2), ..asked(&world, key.id, theirs, 0, 1) };
    reserve(&world, NOW, gone).await;
    let void = || Command::VoidCreditLots { except: holder(1) };
    assert_eq!(world.one(void()).await, Ok(Applied::Count(1)));
    assert_eq!(world.one(void()).await, Ok(Applied::Count(0)));
    assert_eq!(give_back(&world, theirs, 93).await, 0);
    assert_eq!(give_back(&world, mine, 100).await, 100);
    assert_eq!(remaining(&world, &key).await, 1600 - 93);
}

pub async fn a_change_that_is_refused_with_others_leaves_credits_alone(store: Arc<dyn Store>) {
    let world = World::new(store);
    let key = with_budget(&world, budget(160)).await;
    let set = |organization| Command::ChangeCredits {
        organization,
        id: key.id,
        change: CreditChange::Set(1),
        held: 0,
    };
    let all = Command::All(vec![
        Command::ReserveCredits(asked(&world, key.id, world.id(), 0, 1)),
        set(key.organization),
        set(nobody()),
    ]);
    assert_eq!(world.one(all).await, Err(Refusal::NotFound));
    assert_eq!(remaining(&world, &key).await, 160);
}
