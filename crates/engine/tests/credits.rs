//! Credits through verification: counted down, filled up, set, added to, and never used twice.

mod harness;

use std::sync::Arc;
use std::time::Duration;

use harness::{World, assert_conflict, assert_forbidden, assert_invalid, draft, now_or_never};
use keywright_domain::{Budget, Credits, KeyId, PresentedKey, RateLimit, Refill, RefillInterval, Timestamp};
use keywright_engine::{
    Actor, Cost, CreditsPatch, Engine, Error, KeyDraft, KeyPatch, OrganizationPatch, Verdict, VerifyRequest,
};
use keywright_store::{AuditQuery, Change, PageRequest};

fn credits(remaining: u64) -> Credits {
    Credits { remaining, refill: None, low_threshold: None }
}

fn refilled(remaining: u64, amount: u64, interval: RefillInterval) -> Credits {
    Credits { refill: Some(Refill { amount, interval }), ..credits(remaining) }
}

fn metered(credits: Credits) -> KeyDraft {
    KeyDraft { credits: Some(credits), ..draft(&["asset.read"]) }
}

fn add(count: u64) -> CreditsPatch {
    CreditsPatch { add: Some(count), set: None }
}

fn set(count: u64) -> CreditsPatch {
    CreditsPatch { add: None, set: Some(count) }
}

/// Asks about a key, for a use at this price.
async fn ask(engine: &Engine, root: &Actor, key: &str, cost: u64) -> Result<Verdict, Error> {
    let cost = Cost { credits: cost, limits: &[] };
    engine.verify(root, &VerifyRequest { cost, ..VerifyRequest::of(PresentedKey::new(key)) }).await
}

impl Metered {
    async fn new(credits: Credits) -> Self {
        let world = World::new().await;
        let (listing, key) = world.issue(&world.root(), metered(credits)).await;
        Self { id: listing.key.id, key, world }
    }

    /// The code, and what is told of the credits.
    async fn use_at(&self, cost: u64) -> (&'static str, Option<u64>) {
        let verdict = ask(&self.world.engine, &self.world.root(), &self.key, cost).await.unwrap();
        (verdict.code, verdict.credits.map(|state| state.remaining))
    }

    async fn use_once(&self) -> &'static str {
        self.use_at(1).await.0
    }

    /// Uses it until it is exhausted; how often that was.
    async fn use_up(&self) -> u64 {
        let mut uses = 0;
        while self.use_once().await == "VALID" {
            uses += 1;
        }
        assert_eq!(self.use_once().await, "CREDITS_EXHAUSTED");
        uses
    }

    /// What the key's facts say is left.
    async fn shown(&self) -> u64 {
        let listing = self.world.engine.key(&self.world.root(), self.id).await.unwrap();
        listing.key.credits.unwrap().remaining
    }

    async fn change(&self, patch: CreditsPatch) -> u64 {
        self.world.engine.change_credits(&self.world.root(), self.id, patch).await.unwrap().remaining
    }

    /// The audit log of this, newest first, with what remained.
    async fn told_low(&self) -> Vec<u64> {
        let query = AuditQuery {
            organization: self.world.root().organization_id(),
            action: Some("credits.low".to_owned()),
            user: None,
            service_account: None,
            key: None,
            target: Some(self.id.uuid()),
            since: None,
            until: None,
            page: PageRequest { limit: 100, offset: 0, after: None },
        };
        let events = self.world.parts.store.audit_events(query).await.unwrap().items;
        events.iter().map(|event| event.details["remaining"].as_u64().unwrap()).collect()
    }

    fn go_to(&self, time: &str) {
        let time: Timestamp = time.parse().unwrap();
        self.world.clock.advance(time.since(self.world.engine.now()));
    }
}

/// A key with credits, in a world of its own. It is 2027-01-15T08:00:00Z.
struct Metered {
    id: KeyId,
    key: String,
    world: World,
}

#[tokio::test]
async fn a_key_is_used_as_often_as_it_has_credits() {
    let metered = Metered::new(credits(40)).await;
    for left in (0..40).rev() {
        assert_eq!(metered.use_once().await, "VALID");
        assert_eq!(metered.shown().await, left);
    }
    assert_eq!(metered.use_at(1).await, ("CREDITS_EXHAUSTED", Some(0)));
    let verdict = ask(&metered.world.engine, &metered.world.root(), &metered.key, 1).await.unwrap();
    assert_eq!((verdict.valid, verdict.retry_after), (false, None), "nothing fills it up");
}

#[tokio::test]
async fn a_use_costs_what_is_said_and_nothing_when_it_is_refused() {
    let metered = Metered::new(credits(100)).await;
    assert_eq!(metered.use_at(60).await, ("VALID", Some(40)));
    assert_eq!(metered.use_at(41).await, ("CREDITS_EXHAUSTED", Some(40)));
    assert_eq!(metered.use_at(30).await, ("VALID", Some(10)));
    for _ in 0..3 {
        let code = metered.world.code(&metered.key, &["asset.delete"]);
        assert_eq!(code, "INSUFFICIENT_PERMISSIONS");
    }
    assert_eq!(metered.use_at(0).await, ("VALID", Some(10)));
    assert_eq!(metered.use_at(10).await, ("VALID", Some(0)));
    assert_eq!(metered.use_at(0).await, ("VALID", Some(0)), "what costs nothing can be had with nothing");
    let too_much = ask(&metered.world.engine, &metered.world.root(), &metered.key, 1 << 53).await;
    assert_invalid(too_much, "cost.credits");
}

#[tokio::test]
async fn a_use_that_a_rate_limit_refuses_costs_no_credits() {
    let world = World::new().await;
    let limit = RateLimit { name: "default".to_owned(), limit: 3, window_seconds: 30 };
    let draft = KeyDraft { rate_limits: Some(vec![limit]), ..metered(credits(5)) };
    let (listing, key) = world.issue(&world.root(), draft).await;
    let metered = Metered { id: listing.key.id, key, world };
    for left in [4, 3, 2] {
        assert_eq!(metered.use_at(1).await, ("VALID", Some(left)));
    }
    for _ in 0..4 {
        assert_eq!(metered.use_at(1).await, ("RATE_LIMITED", Some(2)));
    }
    metered.world.clock.advance(Duration::from_secs(30));
    assert_eq!(metered.use_at(1).await, ("VALID", Some(1)));
    assert_eq!(metered.use_at(1).await, ("VALID", Some(0)));
    // Of two reasons the first in order is told, and the limit is not counted.
    assert_eq!(metered.use_at(1).await, ("CREDITS_EXHAUSTED", Some(0)));
}

#[tokio::test]
async fn a_key_without_credits_waits_for_nothing() {
    let world = World::new().await;
    let (_, key) = world.issue(&world.root(), draft(&["asset.read"])).await;
    let root = world.root();
    let verdict = now_or_never(ask(&world.engine, &root, &key, 1_000)).unwrap();
    assert_eq!((verdict.code, verdict.credits), ("VALID", None));
}

#[tokio::test]
async fn a_reserved_use_and_an_exhausted_key_are_answered_from_memory() {
    let metered = Metered::new(credits(160)).await;
    assert_eq!(metered.use_once().await, "VALID");
    let commits = metered.world.engine.counters().commits();
    for _ in 0..9 {
        assert_eq!(metered.world.code(&metered.key, &[]), "VALID", "without waiting");
    }
    assert_eq!(metered.use_up().await, 150);
    let after = metered.world.engine.counters().commits();
    assert!(after - commits < 70, "{} commits for 150 uses", after - commits);
    for _ in 0..100 {
        assert_eq!(metered.world.code(&metered.key, &[]), "CREDITS_EXHAUSTED");
    }
    assert_eq!(metered.world.engine.counters().commits(), after, "the store is left in peace");
}

#[tokio::test]
async fn credits_are_filled_up_when_a_day_begins() {
    let metered = Metered::new(refilled(3, 20, RefillInterval::Daily)).await;
    assert_eq!(metered.use_up().await, 3);
    let verdict = ask(&metered.world.engine, &metered.world.root(), &metered.key, 1).await.unwrap();
    assert_eq!(verdict.retry_after, Some(Duration::from_hours(16)));
    metered.go_to("2027-01-15T23:59:59.999Z");
    assert_eq!(metered.use_once().await, "CREDITS_EXHAUSTED");
    metered.go_to("2027-01-16T00:00:00Z");
    assert_eq!(metered.shown().await, 20, "also before anybody uses it");
    assert_eq!(metered.use_up().await, 20);
    // A key that was idle for months is filled up once.
    metered.go_to("2027-05-03T12:00:00Z");
    assert_eq!(metered.use_up().await, 20);
}

#[tokio::test]
async fn what_a_day_left_over_is_not_added_to_the_next() {
    let metered = Metered::new(refilled(1_600, 1_600, RefillInterval::Daily)).await;
    assert_eq!(metered.use_once().await, "VALID");
    metered.go_to("2027-01-16T00:00:00Z");
    assert_eq!(metered.shown().await, 1_600);
    assert_eq!(metered.use_up().await, 1_600, "and none of the lot of the day before");
}

#[tokio::test]
async fn a_refill_takes_nothing_away() {
    let metered = Metered::new(refilled(50, 20, RefillInterval::Monthly)).await;
    assert_eq!(metered.use_at(10).await.0, "VALID");
    metered.go_to("2027-02-01T00:00:00Z");
    assert_eq!(metered.shown().await, 40);
    assert_eq!(metered.use_up().await, 40);
    metered.go_to("2027-03-01T00:00:00Z");
    assert_eq!(metered.use_up().await, 20);
}

#[tokio::test]
async fn days_begin_in_the_organizations_time_zone() {
    let metered = Metered::new(refilled(0, 7, RefillInterval::Daily)).await;
    let root = metered.world.root();
    let zone = async |name: Option<&str>| {
        let time_zone = Change::Set(name.map(str::to_owned));
        let patch = OrganizationPatch { time_zone, ..OrganizationPatch::default() };
        metered.world.engine.update_organization(&root, root.organization_id(), patch).await
    };
    assert_eq!(metered.use_once().await, "CREDITS_EXHAUSTED");
    assert_invalid(zone(Some("Berlin")).await, "timeZone");
    assert_eq!(zone(Some("Asia/Tokyo")).await.unwrap().time_zone.name(), "Asia/Tokyo");
    let verdict = ask(&metered.world.engine, &root, &metered.key, 1).await.unwrap();
    assert_eq!(verdict.retry_after, Some(Duration::from_hours(7)), "at once, also where none were left");
    metered.go_to("2027-01-15T15:00:00Z");
    assert_eq!(metered.use_up().await, 7);
    assert_eq!(zone(None).await.unwrap().time_zone.name(), "UTC");
}

#[tokio::test]
async fn credits_are_added_and_set_at_once() {
    let metered = Metered::new(credits(160)).await;
    assert_eq!(metered.use_once().await, "VALID");
    assert_eq!(metered.change(add(40)).await, 199);
    assert_eq!(metered.shown().await, 199);
    assert_eq!(metered.use_up().await, 199);
    assert_eq!(metered.change(add(2)).await, 2);
    assert_eq!(metered.use_up().await, 2);
    assert_eq!(metered.change(set(500)).await, 500);
    assert_eq!(metered.use_once().await, "VALID");
    assert_eq!(metered.change(set(3)).await, 3, "what was reserved before is void");
    assert_eq!(metered.shown().await, 3);
    assert_eq!(metered.use_up().await, 3);
    assert_eq!(metered.change(set(10)).await, 10);
    assert_eq!(metered.use_once().await, "VALID");
    assert_eq!(metered.change(set(0)).await, 0);
    assert_eq!(metered.use_once().await, "CREDITS_EXHAUSTED");
}

#[tokio::test]
async fn a_key_is_given_credits_and_loses_them_by_a_patch() {
    let metered = Metered::new(credits(1)).await;
    let root = metered.world.root();
    let patch = async |credits| {
        let patch = KeyPatch { credits: Change::Set(credits), ..KeyPatch::default() };
        metered.world.engine.update_key(&root, metered.id, patch).await.unwrap()
    };
    assert_eq!(metered.use_up().await, 1);
    patch(Some(credits(20))).await;
    assert_eq!(metered.use_up().await, 20);
    patch(None).await;
    assert_eq!(metered.use_at(1).await, ("VALID", None));
    let nothing_to_add_to = metered.world.engine.change_credits(&root, metered.id, add(1)).await;
    assert_conflict(nothing_to_add_to, "no credits");
    patch(Some(credits(2))).await;
    assert_eq!(metered.use_up().await, 2);
    // Another change leaves them alone.
    metered.change(set(32)).await;
    assert_eq!(metered.use_once().await, "VALID");
    let rename = KeyPatch { name: Change::Set(Some("another".to_owned())), ..KeyPatch::default() };
    let renamed = metered.world.engine.update_key(&root, metered.id, rename).await.unwrap();
    assert_eq!(renamed.key.credits.unwrap().remaining, 31);
    let rotated = metered.world.engine.rotate_key(&root, metered.id, 60).await.unwrap();
    assert_eq!(rotated.listing.key.credits.unwrap().remaining, 31);
    assert_eq!(metered.use_up().await, 31, "by the secret before");
    let secret = rotated.secret.unwrap();
    let verdict = ask(&metered.world.engine, &root, secret.expose(), 1).await.unwrap();
    assert_eq!(verdict.code, "CREDITS_EXHAUSTED", "and by the new one");
}

#[tokio::test]
async fn who_may_change_limits_may_change_credits() {
    let metered = Metered::new(credits(5)).await;
    let root = metered.world.root();
    let draft =
        KeyDraft { credits: Some(credits(5)), ..draft(&["apiKey.update", "apiKey.read", "asset.read"]) };
    let (own, key) = metered.world.issue(&root, draft).await;
    let holder = metered.world.actor(&key);
    let change = async |id, patch| metered.world.engine.change_credits(&holder, id, patch).await;
    assert_forbidden(change(own.key.id, add(1)).await, "needs apiKey.manage");
    assert_forbidden(change(metered.id, set(1)).await, "needs apiKey.manage");
    let reader = metered.world.issue(&root, harness::draft(&["apiKey.read", "asset.read"])).await.1;
    let reader = metered.world.actor(&reader);
    assert_forbidden(metered.world.engine.change_credits(&reader, metered.id, add(1)).await, "apiKey.update");
    let narrow = metered.world.issue(&root, harness::draft(&["apiKey.update"])).await.1;
    let narrow = metered.world.actor(&narrow);
    let beyond = metered.world.engine.change_credits(&narrow, metered.id, add(1)).await;
    assert_forbidden(beyond, "nobody grants what they lack");
    for (patch, field) in [
        (CreditsPatch::default(), "add"),
        (CreditsPatch { add: Some(1), set: Some(1) }, "set"),
        (add(1 << 53), "add"),
        (add((1 << 53) - 1), "add"),
        (set(1 << 53), "set"),
    ] {
        assert_invalid(metered.world.engine.change_credits(&root, metered.id, patch).await, field);
    }
    metered.world.engine.revoke_key(&root, metered.id).await.unwrap();
    assert_conflict(metered.world.engine.change_credits(&root, metered.id, add(1)).await, "revoked");
}

#[tokio::test]
async fn a_repeated_addition_is_made_once() {
    let metered = Metered::new(credits(160)).await;
    assert_eq!(metered.use_once().await, "VALID");
    let sending = |body: &[u8]| {
        let root = metered.world.root();
        metered.world.engine.with_idempotency(root, "POST", "/credits", "top-up-1", body).unwrap()
    };
    let add_100 = async || metered.world.engine.change_credits(&sending(b"100"), metered.id, add(100)).await;
    let first: Budget = add_100().await.unwrap();
    assert_eq!(first.remaining, 259);
    assert_eq!(metered.use_once().await, "VALID");
    assert_eq!(add_100().await.unwrap(), first, "the first answer");
    let other = metered.world.engine.change_credits(&sending(b"7"), metered.id, add(7)).await;
    assert_conflict(other, "another body");
    assert_eq!(metered.shown().await, 258);
}

#[tokio::test]
async fn that_few_are_left_is_told_once() {
    let low = Credits { low_threshold: Some(10), ..refilled(20, 20, RefillInterval::Daily) };
    let metered = Metered::new(low).await;
    for _ in 0..9 {
        assert_eq!(metered.use_once().await, "VALID");
    }
    assert!(metered.told_low().await.is_empty());
    assert_eq!(metered.use_up().await, 11);
    assert_eq!(metered.told_low().await, [10]);
    metered.go_to("2027-01-16T00:00:00Z");
    assert_eq!(metered.use_up().await, 20);
    assert_eq!(metered.told_low().await, [10, 10]);
}

#[tokio::test]
async fn a_restart_gives_back_and_a_crash_loses_a_lot_at_most() {
    let mut metered = Metered::new(credits(1_600)).await;
    assert_eq!(metered.use_once().await, "VALID");
    metered.world.restart().await;
    assert_eq!(metered.shown().await, 1_599);
    assert_eq!(metered.use_once().await, "VALID");
    // Another process on the same store, as if the first had been killed.
    let crashed = Arc::clone(&metered.world.engine);
    metered.world.engine =
        Engine::start(metered.world.parts.clone(), |_| panic!("it is not the first start")).await.unwrap();
    assert_eq!(metered.shown().await, 1_599 - 99);
    // What it held is void, should it live on.
    crashed.stop().await;
    assert_eq!(metered.shown().await, 1_500);
    assert_eq!(metered.use_up().await, 1_500);
}

#[tokio::test]
async fn nothing_is_used_once_what_is_left_is_given_back() {
    let metered = Metered::new(credits(1_600)).await;
    assert_eq!(metered.use_once().await, "VALID");
    metered.world.engine.stop().await;
    let refused = ask(&metered.world.engine, &metered.world.root(), &metered.key, 1).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    let stored = metered.world.parts.store.key(metered.world.root().organization_id(), metered.id).await;
    assert_eq!(stored.unwrap().unwrap().key.credits.unwrap().remaining, 1_599);
}

#[tokio::test]
async fn an_imported_key_has_credits_too() {
    let world = World::new().await;
    let foreign = keywright_domain::PlaintextKey::imported("sk_live_4eC39HqLyjWDarjtT1zdp7dc".to_owned());
    let item = keywright_engine::ImportItem {
        secret: keywright_engine::ImportedSecret::Plaintext(foreign.clone()),
        draft: metered(credits(4)),
    };
    let imported = world.engine.import_keys(&world.root(), vec![item]).await.unwrap().remove(0).unwrap();
    let metered = Metered { id: imported.key.id, key: foreign.expose().to_owned(), world };
    assert_eq!(metered.use_up().await, 4);
}

#[tokio::test]
async fn credits_that_are_too_many_are_refused() {
    let world = World::new().await;
    let make = async |credits| world.engine.create_key(&world.root(), metered(credits)).await;
    assert_invalid(make(credits(1 << 53)).await, "credits.remaining");
    let low = Credits { low_threshold: Some(1 << 53), ..credits(1) };
    assert_invalid(make(low).await, "credits.lowThreshold");
    assert_invalid(make(refilled(1, 0, RefillInterval::Daily)).await, "credits.refill.amount");
}

/// Asks from many tasks at once, each so often; how often the key might be used. Nobody is told that a key is exhausted
/// because the store is slow.
async fn use_from_many(metered: &Metered, callers: usize, times: usize) -> u64 {
    let (root, key): (_, Arc<str>) = (Arc::new(metered.world.root()), metered.key.as_str().into());
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let (engine, root, key) =
                (Arc::clone(&metered.world.engine), Arc::clone(&root), Arc::clone(&key));
            tokio::spawn(async move {
                let mut valid = 0;
                for _ in 0..times {
                    loop {
                        match ask(&engine, &root, &key, 1).await {
                            Ok(verdict) => {
                                valid += u64::from(verdict.valid);
                                break;
                            }
                            // A machine that is busy with much else: try again, as a caller would.
                            Err(Error::Unavailable(_)) => {}
                            Err(other) => panic!("{other}"),
                        }
                    }
                }
                valid
            })
        })
        .collect();
    let mut valid = 0;
    for task in tasks {
        valid += task.await.unwrap();
    }
    valid
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn under_many_callers_exactly_the_credits_are_used() {
    let metered = Metered::new(credits(1_000)).await;
    assert_eq!(use_from_many(&metered, 128, 10).await, 1_000);
    assert_eq!(metered.shown().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_added_meanwhile_is_used_too_and_no_more() {
    let metered = Arc::new(Metered::new(credits(200)).await);
    let adding = {
        let metered = Arc::clone(&metered);
        tokio::spawn(async move {
            for _ in 0..20 {
                metered.change(add(25)).await;
            }
        })
    };
    let mut valid = use_from_many(&metered, 32, 20).await;
    adding.await.unwrap();
    valid += metered.use_up().await;
    assert_eq!(valid, 200 + 20 * 25);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_number_that_is_set_under_load_is_never_exceeded() {
    let metered = Arc::new(Metered::new(credits(1_000_000)).await);
    for round in 0..5 {
        let load = {
            let metered = Arc::clone(&metered);
            tokio::spawn(async move { use_from_many(&metered, 16, 50).await })
        };
        tokio::task::yield_now().await;
        let number = 100 + round;
        assert_eq!(metered.change(set(number)).await, number);
        // From here on no use counts against what there was before.
        let left = metered.shown().await;
        assert!(left <= number);
        let valid = load.await.unwrap() + metered.use_up().await;
        assert!(valid >= number, "all that was set can be used: {valid}");
        assert_eq!(metered.change(set(10_000)).await, 10_000);
        assert_eq!(metered.use_at(1_000).await.0, "VALID");
        assert_eq!(metered.change(set(50)).await, 50);
        assert_eq!(use_from_many(&metered, 16, 10).await, 50);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_is_slow_never_looks_like_no_credits() {
    let metered = Metered::new(credits(160)).await;
    assert_eq!(metered.use_at(10).await.0, "VALID");
    let blocker = metered.world.connection();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    for _ in 0..2 {
        let refused = ask(&metered.world.engine, &metered.world.root(), &metered.key, 1).await;
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    }
    // A key without credits is not concerned.
    assert_eq!(metered.world.code(&metered.world.root_key, &[]), "VALID");
    blocker.execute_batch("ROLLBACK").unwrap();
    assert_eq!(use_from_many(&metered, 1, 200).await, 150, "and nothing was lost");
}
